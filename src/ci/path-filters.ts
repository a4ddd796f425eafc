import { join, relative } from 'node:path/posix';
import { parseIgnore } from '../dockerfile/ignore-pattern.ts';
import type { UsedPath } from './used-paths.ts';

/** What is known of the files of a repository. Paths are absolute. */
export interface SourceTree {
  /** The root of the repository. */
  readonly repository: string;
  /** The texts of the .dockerignore files that are there, by path. */
  readonly ignoreFiles: Readonly<Record<string, string>>;
  /** Those of the used paths that are folders. */
  readonly folders: ReadonlySet<string>;
  /** Those of the used paths that are files. */
  readonly files: ReadonlySet<string>;
}

/** Characters that mean something else, or nothing, in the globs of a CI service. */
const foreign = /[?[\]{}+!\\#]/;

/**
 * Globs of the paths whose changes can change an image, from the root of the repository, in order: what is read, then
 * what .dockerignore takes out of it (`!`). A pattern that cannot be said exactly becomes a wider one, never a narrower.
 */
export function pathFilters(used: readonly UsedPath[], tree: SourceTree): readonly string[] {
  const taken = used.flatMap(({ context, path }) => globsOf(context, path, tree));
  const left = contextsOf(used)
    .filter((context, _at, all) => all.every((other) => other === context || !overlap(other.context, context.context)))
    .flatMap(({ context, dockerfile }) => {
      const file = ignoreFileNames(context, dockerfile).find((name) => tree.ignoreFiles[name] !== undefined);
      return ignoredGlobs(context, tree.ignoreFiles[file ?? ''] ?? '', tree);
    });
  const kept = new Set(shortened(taken));
  return [...kept, ...new Set(left.filter((glob) => [...kept].some((other) => mayMeet(glob.slice(1), other))))];
}

/**
 * Where a .dockerignore may lie, best first; none for a named context, for which none holds.
 * https://docs.docker.com/build/concepts/context/#filename-and-location
 */
export function ignoreFileNames(context: string, dockerfile: string | undefined): readonly string[] {
  return dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`, join(context, '.dockerignore')];
}

/** Without those that a wider one holds already. */
function shortened(globs: readonly string[]): readonly string[] {
  const wholes = globs.filter((glob) => glob.endsWith('**')).map((glob) => glob.slice(0, -2));
  return globs.filter((glob) => !wholes.some((whole) => glob !== `${whole}**` && glob.startsWith(whole)));
}

function globsOf(context: string, path: string, tree: SourceTree): readonly string[] {
  const known = path.split('/').findIndex((part) => foreign.test(part));
  const kept = known === -1 ? path : join(...path.split('/').slice(0, known), '.');
  const place = join(context, kept);
  const below = relativeTo(tree.repository, place);
  if (below === undefined) return [];
  if (below === '' || kept === '.' || known !== -1) return [below === '' ? '**' : `${below}/**`];
  if (tree.files.has(place)) return [below];
  return tree.folders.has(place) ? [`${below}/**`] : [below, `${below}/**`];
}

interface MainContext {
  readonly context: string;
  readonly dockerfile: string | undefined;
}

/** Every context once with each .dockerignore that holds for it, and the named ones, for which none does. */
function contextsOf(used: readonly UsedPath[]): readonly MainContext[] {
  const found = new Map<string, MainContext>();
  for (const { context, dockerfile } of used) found.set(`${context}\0${dockerfile ?? ''}`, { context, dockerfile });
  return [...found.values()];
}

function overlap(one: string, other: string): boolean {
  return relativeTo(one, other) !== undefined || relativeTo(other, one) !== undefined;
}

function ignoredGlobs(context: string, text: string, { repository }: SourceTree): readonly string[] {
  const below = relativeTo(repository, context);
  if (below === undefined) return [];
  const patterns = parseIgnore(text);
  // What is taken out and then put back in parts cannot be said without the parts: it stays in.
  return patterns
    .filter(({ text: pattern, exception }) => !exception && !foreign.test(pattern))
    .filter(({ text: pattern }) => !patterns.some((other) => other.exception && mayMeet(pattern, other.text)))
    .flatMap(({ text: pattern }) => {
      const glob = join(below, pattern);
      return /\*[^/]*$/.test(pattern) ? [`!${glob}`] : [`!${glob}`, `!${glob}/**`];
    });
}

/** Whether two patterns may name one path, or one what lies below the other: part by part, until one is all wildcard. */
function mayMeet(one: string, other: string): boolean {
  const others = other.split('/');
  for (const [at, part] of one.split('/').entries()) {
    const against = others[at];
    if (against === undefined || part.includes('**') || against.includes('**')) return true;
    if (!mayBeEqual(part, against)) return false;
  }
  return true;
}

/** Of two parts of a path; with wildcards in both nothing is known. */
function mayBeEqual(one: string, other: string): boolean {
  if (isWild(one)) return isWild(other) || foreign.test(one) || wildcard(one).test(other);
  return isWild(other) ? foreign.test(other) || wildcard(other).test(one) : one === other;
}

function isWild(part: string): boolean {
  return part.includes('*') || foreign.test(part);
}

function wildcard(part: string): RegExp {
  return new RegExp(`^${part.replace(/[.^$|()]/g, '\\$&').replaceAll('*', '.*')}$`, 's');
}

/** A path from a folder; empty for the folder itself, `undefined` for what lies outside. */
export function relativeTo(folder: string, path: string): string | undefined {
  const way = relative(folder, path);
  return way === '..' || way.startsWith('../') || way.startsWith('/') ? undefined : way;
}
