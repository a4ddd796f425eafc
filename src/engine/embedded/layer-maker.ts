import { writeLayer } from '../../archive/layer-writer.ts';
import { packTar } from '../../archive/tar-writer.ts';
import { tee } from '../../archive/tee.ts';
import type { Host } from '../../host/host.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import type { Compression } from '../../plan/cell.ts';
import { collectFacts } from '../../store/read-layer-facts.ts';
import { type BuiltLayer, decodeBuiltLayer, encodeBuiltLayer } from './built-layer.ts';
import type { BuildCache } from './cache.ts';
import { keptReadings } from './kept-readings.ts';
import { Semaphore } from './semaphore.ts';
import { fingerprintLayer, type LayerEntry, tarInputs } from './tar-layer.ts';

export interface MakeLayerOptions {
  readonly compression: Compression;
  /** Whether a layer that an earlier build made is not taken. */
  readonly noCache: boolean;
  /** Called with the bytes of the tar made so far, and those it will have, near enough. */
  readonly onBytes?: (doneBytes: number, totalBytes: number) => void;
}

/** A layer, and whether it was there already: from an earlier build, or from another platform of this one. */
export interface MadeLayer extends BuiltLayer {
  readonly cached: boolean;
}

/** What an entry of a tar takes besides its content. */
const headerBytes = 512;

/** Two layers at once keep all cores busy; more would only hold more memory. */
const layersAtOnce = 2;

/** Makes layers out of entries, each only once: for all platforms of a build, and for all builds that share the cache. */
export class LayerMaker {
  readonly #cache: BuildCache;
  readonly #host: Host;
  readonly #made = new Map<string, Promise<MadeLayer>>();
  readonly #places = new Semaphore(layersAtOnce);

  constructor(cache: BuildCache, host: Host) {
    this.#cache = cache;
    this.#host = host;
  }

  /** @throws {Fault} CONTEXT_UNREADABLE, CONTEXT_CHANGED, STORE_FULL, STORE_DENIED */
  async make(entries: readonly LayerEntry[], options: MakeLayerOptions): Promise<MadeLayer> {
    const key = `${await fingerprintLayer(entries, this.#host.signal)} ${compressionKey(options.compression)}`;
    const known = this.#made.get(key);
    if (known !== undefined) return { ...(await known), cached: true };
    const making = this.#takeOrWrite(key, entries, options);
    this.#made.set(key, making);
    return making;
  }

  /** A layer of an earlier build, where the store still holds it. */
  async recall(kind: string, key: string): Promise<BuiltLayer | undefined> {
    const layer = decodeBuiltLayer(this.#cache.records.read(kind, key));
    if (layer === undefined) return undefined;
    const path = await this.#cache.store.localPath(layer.descriptor);
    if (path === undefined) return undefined;
    this.#cache.records.touch(path);
    return layer;
  }

  remember(kind: string, key: string, layer: BuiltLayer): void {
    this.#cache.records.write(kind, key, encodeBuiltLayer(layer));
  }

  async #takeOrWrite(key: string, entries: readonly LayerEntry[], options: MakeLayerOptions): Promise<MadeLayer> {
    const kept = options.noCache ? undefined : await this.recall('layers', key);
    if (kept !== undefined) return { ...kept, cached: true };
    const layer = await this.#places.run(() => this.#write(entries, options));
    this.remember('layers', key, layer);
    return { ...layer, cached: false };
  }

  async #write(entries: readonly LayerEntry[], { compression, onBytes }: MakeLayerOptions): Promise<BuiltLayer> {
    const { type, level, reproducible } = compression;
    const totalBytes = entries.reduce((sum, { entry }) => sum + headerBytes + entry.sizeBytes, 0);
    const tar = counted(packTar(tarInputs(entries)), (doneBytes) =>
      onBytes?.(Math.min(doneBytes, totalBytes), totalBytes),
    );
    // The proof needs to know what lies in the layer: looking now spares unpacking it again.
    const { stream, result: reading } = tee(tar, collectFacts);
    const made = await writeLayer(stream, {
      compression: type,
      ...(level === undefined ? {} : { level }),
      ...(reproducible === undefined ? {} : { reproducible }),
      signal: this.#host.signal,
      consume: (content) => this.#cache.store.write(content),
    });
    const mediaType = type === 'zstd' ? mediaTypes.layerZstd : mediaTypes.layerGzip;
    const { diffId, digest, sizeBytes: size } = made;
    const descriptor = { mediaType, digest, size };
    keptReadings(this.#cache.records).write(descriptor, { diffId, facts: await reading });
    return { descriptor, diffId };
  }
}

/** All that decides the compressed bytes of the same tar: zlib's differ from version to version, the others never do. */
export function compressionKey({ type, level, reproducible }: Compression): string {
  const library = type === 'gzip' && reproducible !== true ? process.versions.zlib : '';
  return JSON.stringify(['compression 1', type, level, reproducible === true, library]);
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onBytes: (doneBytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let doneBytes = 0;
  for await (const chunk of source) {
    doneBytes += chunk.length;
    onBytes(doneBytes);
    yield chunk;
  }
}
