import { join, relative } from 'node:path/posix';
import type { Cell, Recipe } from './cell.ts';
import type { Destination, Plan } from './plan.ts';

/**
 * The same plan for a checkout at another path. What lies in the config's folder moves with it, and so does what lies
 * beside it in the same checkout (`context: ..`); a path that has nothing in common with the folder stays as it was planned.
 *
 * @param root absolute
 */
export function relocatePlan(plan: Plan, root: string): Plan {
  if (plan.root === root) return plan;
  const move = moverOf(plan.root, root);
  return {
    ...plan,
    root,
    cells: plan.cells.map((cell): Cell => ({ ...cell, recipe: relocateRecipe(cell.recipe, move) })),
    releases: plan.releases.map((release) => ({
      ...release,
      destinations: release.destinations.map((destination) => relocateDestination(destination, move)),
    })),
  };
}

type Move = (path: string) => string;

function moverOf(from: string, to: string): Move {
  const first = firstName(from);
  return (path) => (first !== '' && firstName(path) === first ? join(to, relative(from, path)) : path);
}

function firstName(path: string): string {
  return path.split('/')[1] ?? '';
}

const layoutScheme = 'oci-layout://';

function relocateRecipe(recipe: Recipe, move: Move): Recipe {
  return {
    ...recipe,
    context: move(recipe.context),
    dockerfile: move(recipe.dockerfile),
    contexts: Object.fromEntries(
      Object.entries(recipe.contexts).map(([name, source]) => [name, relocate(source, move)]),
    ),
    secrets: recipe.secrets.map((secret) =>
      secret.file === undefined ? secret : { ...secret, file: move(secret.file) },
    ),
  };
}

function relocate(source: string, move: Move): string {
  if (source.startsWith(layoutScheme)) return `${layoutScheme}${move(source.slice(layoutScheme.length))}`;
  return source.startsWith('/') ? move(source) : source;
}

function relocateDestination(destination: Destination, move: Move): Destination {
  return 'path' in destination ? { ...destination, path: move(destination.path) } : destination;
}
