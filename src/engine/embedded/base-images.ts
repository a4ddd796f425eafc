import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { decodeConfig, type ImageConfig, platformOf } from '../../oci/image-config.ts';
import { decodeNode, type ImageNode } from '../../oci/image-graph.ts';
import type { ImageManifest } from '../../oci/image-manifest.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { formatPlatform, normalizePlatform, type Platform } from '../../oci/platform.ts';
import { chooseByPlatform } from '../../oci/platform-match.ts';
import { parseReference, tagOrDigest } from '../../oci/reference.ts';
import { readBytes } from '../../store/collect-content.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { parseLocation } from '../../store/location.ts';
import type { OpenImage } from '../engine.ts';
import type { BuiltLayer } from './built-layer.ts';
import type { BuildCache } from './cache.ts';

/** A base image for one platform. Its layers are on their way; see `ready`. */
export interface BaseImage {
  readonly config: ImageConfig;
  readonly layers: readonly BuiltLayer[];
}

interface PinnedImage {
  readonly source: ImageStore;
  readonly node: ImageNode;
}

/**
 * The images that stages stand on or copy from. Each reference is looked up once for all platforms, so that every
 * platform stands on the same index, whatever moves its tag meanwhile.
 */
export class BaseImages {
  readonly #cache: BuildCache;
  readonly #host: Host;
  readonly #openImage: OpenImage;
  readonly #pinned = new Map<string, Promise<PinnedImage>>();
  readonly #fetches = new Map<Digest, Promise<void>>();
  readonly #images = new Map<string, Promise<BaseImage>>();

  constructor(cache: BuildCache, { host, openImage }: { readonly host: Host; readonly openImage: OpenImage }) {
    this.#cache = cache;
    this.#host = host;
    this.#openImage = openImage;
  }

  /**
   * @param reference An image, or a location such as `oci-layout://DIR:TAG`.
   * @throws {Fault} BASE_MISSING, BASE_PLATFORM_MISSING, BASE_UNUSABLE, REFERENCE_MALFORMED and those of the store
   */
  open(reference: string, platform: Platform): Promise<BaseImage> {
    const key = `${formatPlatform(platform)} ${reference}`;
    const known = this.#images.get(key);
    if (known !== undefined) return known;
    const opening = this.#open(reference, platform);
    this.#images.set(key, opening);
    return opening;
  }

  /** Resolves once these layers lie in the store of the cache; those that no base brought do. */
  async ready(layers: readonly Digest[]): Promise<void> {
    await Promise.all(layers.flatMap((digest) => this.#fetches.get(digest) ?? []));
  }

  async #open(reference: string, platform: Platform): Promise<BaseImage> {
    const { source, node } = await this.#pin(reference);
    const manifest =
      node.kind === 'manifest' ? node.manifest : await this.#choose(reference, { source, node }, platform);
    if (manifest.config.mediaType !== mediaTypes.config && manifest.config.mediaType !== mediaTypes.dockerConfig) {
      throw unusable(reference, `its config is of the type ${manifest.config.mediaType}, expected an image`);
    }
    const config = decodeConfig(await this.#document(source, manifest.config));
    if (node.kind === 'manifest') this.#warnOfPlatform(reference, config, platform);
    const layers = pairLayers(reference, manifest, config);
    const fetching = this.#fetch(reference, source, manifest.layers);
    // Whoever needs the layers waits for them; until then a failure must not end the process.
    fetching.catch(() => undefined);
    for (const { descriptor } of layers) {
      if (!this.#fetches.has(descriptor.digest)) this.#fetches.set(descriptor.digest, fetching);
    }
    return { config, layers };
  }

  #pin(reference: string): Promise<PinnedImage> {
    const known = this.#pinned.get(reference);
    if (known !== undefined) return known;
    const pinning = this.#lookUp(reference);
    this.#pinned.set(reference, pinning);
    return pinning;
  }

  async #lookUp(reference: string): Promise<PinnedImage> {
    const source = await this.#openImage(reference);
    if (source === undefined) throw missing(reference, 'this machine cannot reach it');
    const descriptor = await source.resolve(nameWithin(reference));
    if (descriptor === undefined) throw missing(reference, 'there is no such image');
    const node = decodeNode(await this.#document(source, descriptor), descriptor.mediaType);
    if (node === undefined)
      throw unusable(reference, `it is of the type ${descriptor.mediaType}, expected an image or an index`);
    return { source, node };
  }

  async #choose(reference: string, { source, node }: PinnedImage, platform: Platform): Promise<ImageManifest> {
    const entries = node.kind === 'index' ? node.index.manifests : [];
    const chosen = chooseByPlatform(entries, platform);
    // A machine may run the images of an older architecture too, but an image made of both would be a lie.
    const isSame = normalizePlatform(chosen?.platform ?? platform).architecture === platform.architecture;
    if (chosen === undefined || !isSame) throw platformMissing(reference, platform, entries);
    const found = decodeNode(await this.#document(source, chosen), chosen.mediaType);
    if (found?.kind === 'manifest') return found.manifest;
    throw unusable(reference, `its entry for ${formatPlatform(platform)} is of the type ${chosen.mediaType}`);
  }

  /** From the cache where it lies there: then a registry is asked for nothing but what a tag points at. */
  async #document(source: ImageStore, descriptor: Descriptor): Promise<Uint8Array> {
    const { store, records } = this.#cache;
    const path = await store.localPath(descriptor);
    if (path === undefined) await takeContent(store, source, descriptor);
    else records.touch(path);
    return readBytes(store, descriptor);
  }

  async #fetch(reference: string, source: ImageStore, layers: readonly Descriptor[]): Promise<void> {
    const { store, records } = this.#cache;
    const wanted: Descriptor[] = [];
    for (const layer of layers) {
      const path = await store.localPath(layer);
      if (path === undefined) wanted.push(layer);
      else records.touch(path);
    }
    if (wanted.length === 0) return;
    const totalBytes = wanted.reduce((sum, { size }) => sum + size, 0);
    const id = `base/${reference}/${wanted[0]?.digest ?? ''}`;
    this.#host.emit({ kind: 'task-started', id, title: `fetch ${reference}`, totalBytes });
    let doneBytes = 0;
    try {
      await Promise.all(
        wanted.map(async (layer) => {
          this.#host.signal.throwIfAborted();
          await takeContent(store, source, layer);
          doneBytes += layer.size;
          this.#host.emit({ kind: 'task-progressed', id, doneBytes, totalBytes });
        }),
      );
      this.#host.emit({ kind: 'task-ended', id, outcome: 'done' });
    } catch (error) {
      this.#host.emit({ kind: 'task-ended', id, outcome: 'failed' });
      throw error;
    }
  }

  #warnOfPlatform(reference: string, config: ImageConfig, platform: Platform): void {
    const offered = platformOf(config);
    if (offered.os === platform.os && offered.architecture === platform.architecture) return;
    const text = `${reference} is an image for ${formatPlatform(offered)} only, and is used for ${formatPlatform(platform)}`;
    this.#host.emit({ kind: 'note', level: 'warning', text });
  }
}

async function takeContent(store: BuildCache['store'], source: ImageStore, descriptor: Descriptor): Promise<void> {
  if ((await store.takeFrom(source, descriptor)) === undefined) await store.write(source.read(descriptor), descriptor);
}

/** What the image is called in the place that it lies in. */
function nameWithin(reference: string): string {
  const location = parseLocation(reference);
  return location.kind === 'registry' ? tagOrDigest(parseReference(reference)) : location.image;
}

const layerTypes: Readonly<Record<string, string>> = {
  [mediaTypes.dockerLayer]: mediaTypes.layer,
  [mediaTypes.dockerLayerGzip]: mediaTypes.layerGzip,
};

/** The layers with their diff ids, the types of Docker's written as those of OCI. */
function pairLayers(reference: string, { layers }: ImageManifest, { rootfs }: ImageConfig): readonly BuiltLayer[] {
  if (layers.length !== rootfs.diff_ids.length) {
    throw unusable(
      reference,
      `it has ${layers.length} layers and ${rootfs.diff_ids.length} diff ids, expected as many of each`,
    );
  }
  return layers.map(({ mediaType, digest, size }, at) => {
    const diffId = rootfs.diff_ids[at];
    if (diffId === undefined) throw unusable(reference, 'a layer has no diff id');
    return { descriptor: { mediaType: layerTypes[mediaType] ?? mediaType, digest, size }, diffId };
  });
}

function missing(reference: string, reason: string): Fault {
  return new Fault('BASE_MISSING', `Cannot use "${reference}" as a base: ${reason}`, { where: { reference } });
}

function unusable(reference: string, reason: string): Fault {
  return new Fault('BASE_UNUSABLE', `Cannot use "${reference}" as a base: ${reason}`, { where: { reference } });
}

function platformMissing(reference: string, platform: Platform, entries: readonly Descriptor[]): Fault {
  const offered = entries
    .flatMap((entry) => (entry.platform === undefined ? [] : [formatPlatform(entry.platform)]))
    .filter((text) => !text.startsWith('unknown'));
  const wanted = formatPlatform(platform);
  return new Fault(
    'BASE_PLATFORM_MISSING',
    `Cannot build for ${wanted}: the base "${reference}" offers ${offered.length === 0 ? 'no platform' : offered.join(', ')}`,
    { where: { reference, platform: wanted } },
  );
}
