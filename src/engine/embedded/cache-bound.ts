import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import { pruneCache } from './cache-prune.ts';
import { writeWhole } from './write-whole.ts';

/** What the cache may hold when nobody says otherwise, in bytes. */
export const defaultKeepBytes = 20 * 1024 ** 3;

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Keeps the build cache within its bound: `POLYARCH_CACHE_BYTES`, else 20 GiB. It looks at most once a day, since
 * counting a large cache takes longer than a build that finds nothing changed.
 */
export async function boundCache(root: string, host: Host): Promise<void> {
  const stamp = join(root, 'last-bound');
  const now = host.clock.now();
  const lastMs = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs;
  if (lastMs !== undefined && Math.abs(now.getTime() - lastMs) < dayMs) return;
  const written = Number(host.env['POLYARCH_CACHE_BYTES'] ?? '');
  try {
    writeWhole(stamp, '');
    await pruneCache(root, { keepBytes: written > 0 ? written : defaultKeepBytes, now });
  } catch {
    // A cache that cannot be tidied is no reason to lose a build.
  }
}
