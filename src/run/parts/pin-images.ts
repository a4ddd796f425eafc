import type { BuildCache } from '../../engine/embedded/cache.ts';
import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { decodeConfig, type ImageConfig } from '../../oci/image-config.ts';
import { decodeNode, type ImageNode } from '../../oci/image-graph.ts';
import { formatPlatform, type Platform } from '../../oci/platform.ts';
import { chooseByPlatform } from '../../oci/platform-match.ts';
import { once, readBytes } from '../../store/collect-content.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { parseLocation } from '../../store/location.ts';
import { imageOf, openLocation } from '../../store/open-location.ts';

/** What a reference means now, for one platform. */
export interface PinnedImage {
  /** Of the image's manifest. */
  readonly digest: Digest;
  readonly config: ImageConfig;
}

interface FoundRoot {
  readonly source: ImageStore;
  readonly root: Descriptor;
}

/**
 * Looks up what base images are now, each once. A registry is asked for nothing but what a tag points at, as long as the
 * documents below it lie in the build cache.
 */
export class ImagePins {
  readonly #host: Host;
  readonly #cache: BuildCache;
  readonly #roots = new Map<string, Promise<FoundRoot>>();
  readonly #images = new Map<string, Promise<PinnedImage>>();

  constructor(cache: BuildCache, host: Host) {
    this.#cache = cache;
    this.#host = host;
  }

  /** The index, or the only image, whatever the platform. @throws {Fault} BASE_MISSING and those of the place */
  async root(reference: string): Promise<Digest> {
    return (await this.#root(reference)).root.digest;
  }

  /** @throws {Fault} BASE_MISSING, BASE_PLATFORM_MISSING, BASE_UNUSABLE and those of the place */
  image(reference: string, platform: Platform): Promise<PinnedImage> {
    return remembered(this.#images, `${formatPlatform(platform)} ${reference}`, () => this.#image(reference, platform));
  }

  async #image(reference: string, platform: Platform): Promise<PinnedImage> {
    const { source, root } = await this.#root(reference);
    const node = await this.#node(source, root);
    const entries = node?.kind === 'index' ? node.index.manifests : [];
    const chosen = node?.kind === 'manifest' ? root : chooseByPlatform(entries, platform);
    if (chosen === undefined)
      throw new Fault('BASE_PLATFORM_MISSING', `Cannot use "${reference}": it has no ${formatPlatform(platform)}`);
    const image = chosen === root ? node : await this.#node(source, chosen);
    if (image?.kind !== 'manifest')
      throw new Fault('BASE_UNUSABLE', `Cannot use "${reference}" as a base: ${chosen.digest} is no image`);
    const config = decodeConfig(await this.#document(source, image.manifest.config));
    return { digest: chosen.digest, config };
  }

  #root(reference: string): Promise<FoundRoot> {
    return remembered(this.#roots, reference, async () => {
      const location = parseLocation(reference);
      const source = await openLocation(location, { host: this.#host, mode: 'read' });
      const root = await source.resolve(imageOf(location));
      if (root !== undefined) return { source, root };
      throw new Fault('BASE_MISSING', `Cannot use "${reference}" as a base: there is no such image`);
    });
  }

  async #node(source: ImageStore, descriptor: Descriptor): Promise<ImageNode | undefined> {
    return decodeNode(await this.#document(source, descriptor), descriptor.mediaType);
  }

  async #document(source: ImageStore, descriptor: Descriptor): Promise<Uint8Array> {
    const { store, records } = this.#cache;
    const path = await store.localPath(descriptor);
    if (path !== undefined) {
      records.touch(path);
      return readBytes(store, descriptor);
    }
    const bytes = await readBytes(source, descriptor);
    await store.write(once(bytes), descriptor);
    return bytes;
  }
}

/** The value of a key, made once however many ask for it at once. */
export function remembered<Value>(
  known: Map<string, Promise<Value>>,
  key: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const found = known.get(key);
  if (found !== undefined) return found;
  const making = make();
  known.set(key, making);
  return making;
}
