import { descriptorOf } from '../../src/oci/descriptor.ts';
import { encodeDocument } from '../../src/oci/encode.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { encodeOrder } from '../../src/plan/order-annotations.ts';
import type { OrderEvidence } from '../../src/plan/order-evidence.ts';
import type { Destination } from '../../src/plan/plan.ts';
import type { ProvedRelease } from '../../src/publish/target.ts';
import { once } from '../../src/store/collect-content.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { sampleImage } from './sample-image.ts';
import type { SmallRegistry } from './small-registry.ts';

/** A release of one image, and the store that holds it. */
export interface SampleRelease {
  readonly release: ProvedRelease;
  readonly source: MemoryStore;
}

/** A release whose bytes follow from its order and name; its cell is `NAME/linux/arm64`. */
export async function sampleRelease(
  order: OrderEvidence,
  destinations: readonly Destination[],
  name = 'app',
): Promise<SampleRelease> {
  const { layer, config, manifest } = sampleImage(500, `${name} ${JSON.stringify(order)}`);
  const entry = { ...manifest.descriptor, platform: { architecture: 'arm64', os: 'linux' } };
  const document = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [entry] };
  const bytes = encodeDocument({ ...document, annotations: encodeOrder(order) });
  const index = descriptorOf(mediaTypes.index, bytes);
  const source = new MemoryStore();
  for (const { descriptor, bytes: content } of [layer, config, manifest]) await source.write(once(content), descriptor);
  await source.write(once(bytes), index);
  const images = new Map([[`${name}/linux/arm64`, manifest.descriptor]]);
  return { source, release: { id: name, index, order, destinations, images } };
}

/** Whether every tag points at a whole graph, by looking into the registry itself. */
export function brokenTags(registry: SmallRegistry, repository: string): readonly string[] {
  const { tags, manifests, blobs } = registry.repository(repository);
  function isWhole(digest: string): boolean {
    const bytes = manifests.get(digest)?.bytes;
    if (bytes === undefined) return false;
    const { manifests: entries = [], config, layers = [] } = JSON.parse(bytes.toString()) as SomeDocument;
    const needed = [...(config === undefined ? [] : [config]), ...layers];
    return entries.every((entry) => isWhole(entry.digest)) && needed.every((blob) => blobs.has(blob.digest));
  }
  return [...tags].filter(([, digest]) => !isWhole(digest)).map(([tag]) => tag);
}

interface SomeDocument {
  readonly manifests?: readonly { readonly digest: string }[];
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
}
