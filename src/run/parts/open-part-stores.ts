import { openCache } from '../../engine/embedded/cache.ts';
import type { Host } from '../../host/host.ts';
import { cacheDirectory } from '../../host/user-directories.ts';
import type { CellOutcome } from '../../plan/outcome.ts';
import { partOf } from '../../plan/part-of.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { JoinedStore } from '../../store/joined-store.ts';
import { parseLocation } from '../../store/location.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { openLocation } from '../../store/open-location.ts';

export interface OpenPartStoresOptions {
  readonly host: Host;
  /** Holds what was built now, and is written to. Default: a store in memory. */
  readonly first?: ImageStore;
}

/** The content of several parts as one store, open for a while. */
export interface OpenedParts {
  readonly store: ImageStore;
  readonly close: () => Promise<void>;
}

/**
 * Opens every place that parts lie in as one store. A part without a location lies in the build cache of this machine.
 *
 * @throws {Fault} LAYOUT_MISSING and those of the places
 */
export async function openPartStores(
  outcomes: ReadonlyMap<string, CellOutcome>,
  { host, first }: OpenPartStoresOptions,
): Promise<OpenedParts> {
  const parts = [...outcomes.values()].flatMap((outcome) => partOf(outcome) ?? []);
  const isCached = first === undefined && parts.some(({ location }) => location === undefined);
  const cache = isCached ? await openCache(cacheDirectory(host), host) : undefined;
  const locations = new Set(parts.flatMap(({ location }) => location ?? []));
  const opened: ImageStore[] = cache === undefined ? [] : [cache.store];
  try {
    for (const location of locations) opened.push(await openLocation(parseLocation(location), { host, mode: 'read' }));
  } catch (problem) {
    cache?.close();
    throw problem;
  }
  const store =
    first !== undefined && opened.length === 0 ? first : new JoinedStore(first ?? new MemoryStore(), opened);
  return {
    store,
    close: async () => {
      cache?.close();
      for (const place of opened) if (place !== cache?.store) await place.close?.();
    },
  };
}
