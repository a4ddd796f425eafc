import type { Host } from '../../host/host.ts';
import { CacheRecords } from './cache-records.ts';

/** A fact in the build cache that somebody else than the engine keeps there, such as what a layer was proven to hold. */
export interface CacheFile {
  /** The JSON value as it was written; undefined where it was never written, was pruned or is damaged. */
  readonly read: () => unknown;
  /** @throws {Fault} STORE_FULL, STORE_DENIED */
  readonly write: (value: object) => void;
}

export interface CacheFileName {
  /** A folder of its own for each kind of fact: lower-case letters and dashes. */
  readonly kind: string;
  /** All that the fact depends on, the version of its form too. */
  readonly key: string;
}

/** Opens a place for a fact; it is listed and pruned with everything else in the cache. */
export function cacheFile(cacheDirectory: string, host: Host, { kind, key }: CacheFileName): CacheFile {
  const records = new CacheRecords({ root: cacheDirectory, now: () => host.clock.now() });
  return {
    read: () => records.read(kind, key),
    write: (value) => {
      records.write(kind, key, value);
    },
  };
}
