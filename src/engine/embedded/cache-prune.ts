import { type Dirent, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { oldestLeaseMs } from './cache-lease.ts';
import { partialSuffix } from './write-whole.ts';

/** What a file of the cache holds. `content`: layers, configs, manifests · `records`: what steps made · `contexts`: what folders held · `spools`: files taken out of layers. */
export type CacheEntryKind = 'content' | 'records' | 'contexts' | 'spools';

export interface CacheEntry {
  readonly kind: CacheEntryKind;
  /** Relative to the cache folder. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly lastUsed: Date;
}

export interface PruneOptions {
  /** What may stay, in bytes; the least recently used goes first. Default: everything. */
  readonly keepBytes?: number;
  /** What was not used for longer goes. Default: nothing goes for its age. */
  readonly olderThanMs?: number;
  /** Everything goes. Default: false. */
  readonly all?: boolean;
  /** Only tell what would go. Default: false. */
  readonly isDryRun?: boolean;
  readonly now: Date;
}

export interface PruneOutcome {
  readonly removed: readonly CacheEntry[];
  readonly freedBytes: number;
  readonly keptBytes: number;
}

const folders: Readonly<Record<CacheEntryKind, string>> = {
  content: join('store', 'blobs'),
  records: 'records',
  contexts: 'contexts',
  spools: 'spools',
};
const kinds: readonly CacheEntryKind[] = ['content', 'records', 'contexts', 'spools'];
/** A file that a killed process left half written. */
const abandonedMs = 60 * 60 * 1000;

/** All that the build cache holds, least recently used first; empty where there is no cache. */
export function listCache(cacheDirectory: string): readonly CacheEntry[] {
  return kinds
    .flatMap((kind) => filesBelow(join(cacheDirectory, folders[kind])).map((file) => ({ kind, file })))
    .flatMap(({ kind, file }) => {
      const facts = statSync(file, { throwIfNoEntry: false });
      if (facts?.isFile() !== true) return [];
      return [{ kind, path: relative(cacheDirectory, file), sizeBytes: facts.size, lastUsed: facts.atime }];
    })
    .sort((a, b) => a.lastUsed.getTime() - b.lastUsed.getTime() || (a.path < b.path ? -1 : 1));
}

/**
 * Removes what is not wanted any more from the build cache. What a running build has used is kept, whatever the
 * options say; nothing that stays depends on what goes.
 */
export async function pruneCache(cacheDirectory: string, options: PruneOptions): Promise<PruneOutcome> {
  const nowMs = options.now.getTime();
  const inUseSinceMs = (await oldestLeaseMs(cacheDirectory, nowMs)) ?? Infinity;
  const entries = listCache(cacheDirectory);
  const removed: CacheEntry[] = [];
  let keptBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  for (const entry of entries) {
    const usedMs = entry.lastUsed.getTime();
    if (usedMs >= inUseSinceMs || !isUnwanted(entry, { ...options, keptBytes })) continue;
    if (options.isDryRun !== true) rmSync(join(cacheDirectory, entry.path), { force: true });
    removed.push(entry);
    keptBytes -= entry.sizeBytes;
  }
  return { removed, freedBytes: removed.reduce((sum, entry) => sum + entry.sizeBytes, 0), keptBytes };
}

function isUnwanted(entry: CacheEntry, options: PruneOptions & { readonly keptBytes: number }): boolean {
  const ageMs = options.now.getTime() - entry.lastUsed.getTime();
  if (options.all === true) return true;
  if (entry.path.endsWith(partialSuffix) && ageMs > abandonedMs) return true;
  if (options.olderThanMs !== undefined && ageMs > options.olderThanMs) return true;
  return options.keepBytes !== undefined && options.keptBytes > options.keepBytes;
}

function filesBelow(folder: string): readonly string[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
