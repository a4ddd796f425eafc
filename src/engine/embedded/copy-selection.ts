import { posix } from 'node:path';
import { filepathMatch } from '../../dockerfile/filepath-match.ts';
import { IgnoreMatcher } from '../../dockerfile/ignore-matcher.ts';
import { cleanPatterns } from '../../dockerfile/ignore-pattern.ts';
import { Fault, isFault } from '../../errors/fault.ts';
import type { PathSelection } from './copy-files.ts';
import type { FileTree } from './file-tree.ts';
import { resolvePath } from './resolve-path.ts';
import { cleanPath, isInside } from './tree-path.ts';
import { expandWildcards, hasWildcard } from './wildcards.ts';

export interface SelectionOptions {
  /** The patterns of `--exclude`. */
  readonly exclude: readonly string[];
  /** Whether `--parents` keeps the folders that lead to what is copied. */
  readonly parents: boolean;
}

/** What one source of COPY or ADD comes down to: paths, and what is taken below them. */
export interface CopySelection {
  readonly paths: readonly string[];
  readonly selection: PathSelection;
}

/**
 * Settles a source of COPY or ADD in the tree that it is taken from.
 * @throws {Fault} COPY_SOURCE_MISSING, PATTERN_MALFORMED, SYMLINK_CYCLE
 */
export function selectSource(tree: FileTree, source: string, options: SelectionOptions): CopySelection {
  const exclude = options.exclude.length === 0 ? {} : { exclude: new IgnoreMatcher(cleanPatterns(options.exclude)) };
  if (!options.parents) return { paths: matchingPaths(tree, source), selection: exclude };
  const { root, pattern } = splitPivot(source);
  if (!hasWildcard(root) && !hasWildcard(pattern)) requirePath(tree, posix.join('/', root, pattern));
  const selection = { ...exclude, include: new IgnoreMatcher(cleanPatterns([pattern])), reaches: reachOf(pattern) };
  return { paths: matchingPaths(tree, root), selection };
}

/** `base/./below`: the folders of `below` are kept, those of `base` are not. Without a pivot all of them are kept. */
function splitPivot(source: string): { readonly root: string; readonly pattern: string } {
  const pivot = source.indexOf('/./');
  if (pivot < 0) return { root: '/', pattern: cleanPath(source) };
  return { root: source.slice(0, pivot), pattern: cleanPath(source.slice(pivot + 3)) };
}

function matchingPaths(tree: FileTree, source: string): readonly string[] {
  const paths = expandWildcards(tree, source, fits);
  const folder = cleanPath(source).split('/');
  const first = folder.findIndex(hasWildcard);
  // A wildcard may fit nothing, but the folder that it stands in must be there.
  if (first > 0 && paths.length === 0) requirePath(tree, folder.slice(0, first).join('/'));
  return paths;
}

function fits(pattern: string, path: string): boolean {
  try {
    return filepathMatch(pattern, path);
  } catch (error) {
    if (isFault(error, 'PATTERN_MALFORMED')) return false;
    throw error;
  }
}

function requirePath(tree: FileTree, path: string): void {
  if (tree.lookup(resolvePath(tree, path, { followLast: false })) !== undefined) return;
  throw new Fault(
    'COPY_SOURCE_MISSING',
    `Cannot copy "/${cleanPath(path)}": it does not exist, expected a file or directory`,
    {
      where: { path: `/${cleanPath(path)}` },
    },
  );
}

/** Whether a pattern can match below a folder, judged by what stands before its first wildcard. */
function reachOf(pattern: string): (folder: string) => boolean {
  const parts = pattern.split('/');
  const first = parts.findIndex(hasWildcard);
  const plain = (first < 0 ? parts : parts.slice(0, first)).join('/');
  return (folder) => isInside(plain, folder) || isInside(folder, plain);
}
