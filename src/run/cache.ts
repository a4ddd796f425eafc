import { type CacheEntry, listCache, type PruneOutcome, pruneCache } from '../engine/embedded/cache-prune.ts';
import type { Host } from '../host/host.ts';
import { cacheDirectory } from '../host/user-directories.ts';

export interface ListedCache {
  /** Absolute. */
  readonly directory: string;
  readonly entries: readonly CacheEntry[];
}

/** What the build cache holds, least recently used first. */
export function listBuildCache(host: Host): ListedCache {
  const directory = cacheDirectory(host);
  return { directory, entries: listCache(directory) };
}

export interface PruneRequest {
  readonly all: boolean;
  /** Bytes. */
  readonly keepBytes?: number;
  readonly olderThanMs?: number;
  /** Only tell what would go. */
  readonly isDryRun: boolean;
}

/** Removes what is not wanted any more from the build cache; what a running build uses stays. */
export async function pruneBuildCache(request: PruneRequest, host: Host): Promise<PruneOutcome> {
  return pruneCache(cacheDirectory(host), { ...request, now: host.clock.now() });
}
