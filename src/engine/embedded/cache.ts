import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import { diskFault } from '../../store/disk-fault.ts';
import { type LayoutStore, openLayout } from '../../store/layout-store.ts';
import { takeLease } from './cache-lease.ts';
import { CacheRecords } from './cache-records.ts';

/** The build cache while a build uses it. */
export interface BuildCache {
  readonly root: string;
  /** Layers, configs and manifests by digest. */
  readonly store: LayoutStore;
  readonly records: CacheRecords;
  /** The time as the file system of the cache has it, in nanoseconds since 1970, when the build began. */
  readonly openedNs: bigint;
  /** Lets `pruneCache` take what this build has used. */
  readonly close: () => void;
}

/**
 * Opens the build cache, and makes it where there is none. Everything in it may be deleted at any time but while a
 * build runs; several builds may use it at once.
 * @throws {Fault} STORE_FULL, STORE_DENIED, LAYOUT_MALFORMED
 */
export async function openCache(root: string, host: Host): Promise<BuildCache> {
  try {
    mkdirSync(root, { recursive: true });
  } catch (error) {
    throw diskFault(error, `make the build cache "${root}"`, root);
  }
  const { release, takenNs } = await takeLease(root);
  // Whoever finds content cut off by a power failure reads its digest first; waiting for the disk would gain nothing.
  const store = await openLayout(join(root, 'store'), { host, create: true, durability: 'none' });
  const takenMs = Number(takenNs / 1_000_000n) + 1;
  // Never earlier than the lease, whatever the clock says: what this build uses must count as used by it.
  const records = new CacheRecords({ root, now: () => new Date(Math.max(host.clock.now().getTime(), takenMs)) });
  return { root, store, records, openedNs: takenNs, close: release };
}
