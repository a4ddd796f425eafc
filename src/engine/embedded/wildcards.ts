import type { FileTree } from './file-tree.ts';
import { resolvePath } from './resolve-path.ts';
import { cleanPath, joinPath } from './tree-path.ts';

/** Whether a pattern of Go's filepath.Match fits a whole path; a malformed pattern fits none. */
export type PathMatch = (pattern: string, path: string) => boolean;

/** Whether a word has a wildcard of Go's filepath.Match that is not escaped. */
export function hasWildcard(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '*' || character === '?' || character === '[') return true;
  }
  return false;
}

/**
 * The paths that a source of COPY or ADD means: itself where it has no wildcard, else all that fit, sorted.
 * Symlinks are followed before the first wildcard only. Nothing fitting is no fault.
 */
export function expandWildcards(tree: FileTree, source: string, match: PathMatch): readonly string[] {
  const parts = cleanPath(source).split('/');
  const first = parts.findIndex(hasWildcard);
  if (first < 0) return [cleanPath(source)];
  const folder = resolvePath(tree, parts.slice(0, first).join('/'));
  const pattern = parts.slice(first).join('/');
  const search = { tree, pattern, match, depth: pattern.includes('[') ? Infinity : parts.length - first };
  return [...fitting(search, folder, '')];
}

interface Search {
  readonly tree: FileTree;
  readonly pattern: string;
  readonly match: PathMatch;
  /** How many parts a fitting path can have; a class such as `[!a]` may stand for a slash. */
  readonly depth: number;
}

function* fitting(search: Search, folder: string, relative: string): Generator<string> {
  for (const name of search.tree.children(folder)) {
    const path = joinPath(folder, name);
    const below = joinPath(relative, name);
    if (search.match(search.pattern, below)) yield path;
    else if (below.split('/').length < search.depth && search.tree.lookup(path)?.type === 'directory') {
      yield* fitting(search, path, below);
    }
  }
}
