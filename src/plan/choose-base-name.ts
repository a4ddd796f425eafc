import { parseDockerfile } from '../dockerfile/parse-dockerfile.ts';
import { platformArgs } from '../dockerfile/platform-args.ts';
import { type ResolvedStages, resolveStages } from '../dockerfile/resolve-stages.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Recipe } from './cell.ts';
import type { Facts } from './facts.ts';

/**
 * The image that a cell's result stands on, as its FROM names it with variables expanded; `scratch` where it stands on
 * nothing; undefined where a named context takes its place.
 *
 * @throws {Fault} what is wrong with the Dockerfile
 */
export function chooseBaseName(recipe: Recipe, platform: string, facts: Facts): string | undefined {
  const source = facts.dockerfiles[recipe.dockerfile];
  if (source === undefined) return undefined;
  const resolved = resolveStages(parseDockerfile(source, { file: recipe.dockerfile }), {
    ...(recipe.target === undefined ? {} : { target: recipe.target }),
    buildArgs: recipe.args,
    platformArgs: platformArgs(parsePlatform(platform), parsePlatform(facts.hostPlatform)),
    contexts: Object.keys(recipe.contexts),
  });
  return baseBelow(resolved, resolved.target);
}

/** Stages stand on stages; circles were refused when they were resolved. */
function baseBelow(resolved: ResolvedStages, index: number): string | undefined {
  const base = resolved.stages.find(({ stage }) => stage.index === index)?.base;
  if (base?.kind === 'stage') return baseBelow(resolved, base.stage);
  if (base?.kind === 'scratch') return 'scratch';
  return base?.kind === 'image' ? base.reference : undefined;
}
