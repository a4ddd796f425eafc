import { CacheRecords } from '../../engine/embedded/cache-records.ts';
import { keptReadings } from '../../engine/embedded/kept-readings.ts';
import { isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import { cacheDirectory } from '../../host/user-directories.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { isLayerType } from '../../oci/media-types.ts';
import type { Part } from '../../plan/part.ts';
import type { ContentStore } from '../../store/content-store.ts';
import { forEachLimited } from '../../store/for-each-limited.ts';
import { parseLocation } from '../../store/location.ts';
import { openLocation } from '../../store/open-location.ts';
import { type KeptReadings, readLayerFacts } from '../../store/read-layer-facts.ts';

/** Layers that are read at once; each holds about 10 MiB. */
const parallelLayers = 4;

/**
 * Looks into the layers of parts as soon as they are built, while others still are, so that the proof of a release need not
 * fetch them at the end. What cannot be read now is left to the proof, which tells.
 */
export class EarlyReadings {
  readonly #host: Host;
  readonly #kept: KeptReadings;
  readonly #begun = new Set<Digest>();
  #last: Promise<void> = Promise.resolve();

  constructor(host: Host) {
    this.#host = host;
    this.#kept = keptReadings(new CacheRecords({ root: cacheDirectory(host), now: () => host.clock.now() }));
  }

  /** A part that lies in the engine's own store was looked into while it was made. */
  begin({ location, layers }: Part): void {
    if (location === undefined) return;
    const fresh = layers.map(({ descriptor }) => descriptor).filter((layer) => this.#isFresh(layer));
    for (const { digest } of fresh) this.#begun.add(digest);
    if (fresh.length === 0) return;
    this.#last = this.#last.then(() => this.#read(location, fresh));
    // Whoever waits for it is told.
    this.#last.catch(() => undefined);
  }

  /** Resolves when nothing is being read any more. */
  settled(): Promise<void> {
    return this.#last;
  }

  #isFresh({ digest, mediaType }: Descriptor): boolean {
    return isLayerType(mediaType) && !this.#begun.has(digest);
  }

  async #read(location: string, layers: readonly Descriptor[]): Promise<void> {
    try {
      const store = await openLocation(parseLocation(location), { host: this.#host, mode: 'read' });
      await forEachLimited(layers, parallelLayers, (layer) => this.#readLayer(store, layer)).finally(() =>
        store.close?.(),
      );
    } catch (problem) {
      if (!isFault(problem)) throw problem;
    }
  }

  async #readLayer(store: ContentStore, layer: Descriptor): Promise<void> {
    if (this.#kept.read(layer) === undefined) this.#kept.write(layer, await readLayerFacts(store, layer));
  }
}
