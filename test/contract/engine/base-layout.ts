import { gzipSync } from 'node:zlib';
import type { TarEntry } from '../../../src/archive/tar-entry.ts';
import { packTar, type TarInput } from '../../../src/archive/tar-writer.ts';
import { type Descriptor } from '../../../src/oci/descriptor.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { encodeDocument } from '../../../src/oci/encode.ts';
import type { ContainerConfig } from '../../../src/oci/image-config.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { parsePlatform } from '../../../src/oci/platform.ts';
import { joinChunks, once } from '../../../src/store/collect-content.ts';
import type { ImageStore } from '../../../src/store/content-store.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';

export type BaseEntry = Partial<TarEntry> & { readonly path: string; readonly text?: string };

export interface BaseImageFacts {
  readonly platform: string;
  readonly layers: readonly (readonly BaseEntry[])[];
  readonly config?: ContainerConfig;
  readonly created?: string;
  /** What the config claims instead of the truth. */
  readonly diffIds?: readonly string[];
}

/** A store with one index, named `latest`, of hand-made images. */
export async function baseStore(images: readonly BaseImageFacts[]): Promise<ImageStore> {
  const store = new MemoryStore();
  const manifests = [];
  for (const image of images)
    manifests.push({ ...(await putImage(store, image)), platform: parsePlatform(image.platform) });
  const index = await put(
    store,
    mediaTypes.index,
    encodeDocument({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }),
  );
  await store.tag('latest', index);
  return store;
}

/** Writes one image and gives its manifest. */
export async function putImage(store: ImageStore, image: BaseImageFacts): Promise<Descriptor> {
  const layers: Descriptor[] = [];
  const diffIds: string[] = [];
  for (const entries of image.layers) {
    const tar = await joinChunks(packTar(entries.map(inputOf)));
    diffIds.push(digestOf(tar));
    layers.push(await put(store, mediaTypes.layerGzip, gzipSync(tar)));
  }
  const created = image.created ?? '2020-01-01T00:00:00Z';
  const rootfs = { type: 'layers', diff_ids: image.diffIds ?? diffIds };
  const history = diffIds.map((_, number) => ({ created, created_by: `base ${number}` }));
  const document = { created, ...parsePlatform(image.platform), config: image.config ?? {}, rootfs, history };
  const config = await put(store, mediaTypes.config, encodeDocument(document));
  return put(
    store,
    mediaTypes.manifest,
    encodeDocument({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers }),
  );
}

function inputOf({ text = '', ...entry }: BaseEntry): TarInput {
  const content = Buffer.from(text);
  const modified = { seconds: 1_500_000_000, nanoseconds: 0 };
  return {
    entry: { type: 'file', mode: 0o644, uid: 0, gid: 0, sizeBytes: content.length, modified, ...entry },
    ...(content.length > 0 ? { content } : {}),
  };
}

async function put(store: ImageStore, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.write(once(bytes), descriptor);
  return descriptor;
}
