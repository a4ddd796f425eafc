import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { IgnoreMatcher } from '../../dockerfile/ignore-matcher.ts';
import { cleanPatterns, type IgnorePattern, parseIgnore } from '../../dockerfile/ignore-pattern.ts';
import { Fault } from '../../errors/fault.ts';
import type { BuildCache } from './cache.ts';
import { unreadable } from './context-fault.ts';
import { ContextTree } from './context-tree.ts';
import { StatIndex } from './stat-index.ts';

export interface ContextRequest {
  /** The folder, absolute. */
  readonly folder: string;
  /** The Dockerfile whose own ignore file, `NAME.dockerignore`, goes before the one of the folder. */
  readonly dockerfile?: string;
  /** Patterns that are left out besides. */
  readonly ignore?: readonly string[];
}

/** The folders that a build copies from, each looked at once for all platforms. */
export class Contexts {
  readonly #cache: BuildCache;
  readonly #trees = new Map<string, ContextTree>();
  readonly #indexes = new Map<string, StatIndex>();

  constructor(cache: BuildCache) {
    this.#cache = cache;
  }

  /** @throws {Fault} CONTEXT_MISSING, CONTEXT_UNREADABLE, PATTERN_MALFORMED */
  open(request: ContextRequest): ContextTree {
    const root = realFolder(request.folder);
    const patterns = [...readIgnore(root, request.dockerfile), ...cleanPatterns(request.ignore ?? [])];
    const key = JSON.stringify([root, patterns]);
    const known = this.#trees.get(key);
    if (known !== undefined) return known;
    const ignore = patterns.length === 0 ? undefined : new IgnoreMatcher(patterns);
    const tree = new ContextTree({ root, index: this.#indexOf(root), ignore });
    this.#trees.set(key, tree);
    return tree;
  }

  /** Keeps what was learnt for the next build. */
  save(): void {
    for (const index of this.#indexes.values()) index.save();
  }

  #indexOf(root: string): StatIndex {
    const known = this.#indexes.get(root);
    if (known !== undefined) return known;
    const name = createHash('sha256').update(root).digest('hex');
    const index = new StatIndex(join(this.#cache.root, 'contexts', name), this.#cache.openedNs);
    this.#indexes.set(root, index);
    return index;
  }
}

function realFolder(folder: string): string {
  try {
    const root = realpathSync(folder);
    if (statSync(root).isDirectory()) return root;
  } catch (cause) {
    throw noFolder(folder, cause);
  }
  throw noFolder(folder);
}

function noFolder(folder: string, cause?: unknown): Fault {
  return new Fault('CONTEXT_MISSING', `Cannot use "${folder}" as a build context: it is no folder`, {
    where: { path: folder },
    ...(cause === undefined ? {} : { cause }),
  });
}

function readIgnore(root: string, dockerfile: string | undefined): readonly IgnorePattern[] {
  const files = [...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]), join(root, '.dockerignore')];
  for (const file of files) {
    const text = readText(file);
    if (text !== undefined) return parseIgnore(text, file);
  }
  return [];
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(String(error.code)))
      return undefined;
    throw unreadable(file, error);
  }
}
