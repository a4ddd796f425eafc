import type { Descriptor } from '../../oci/descriptor.ts';
import { decodeConfig } from '../../oci/image-config.ts';
import { decodeNode } from '../../oci/image-graph.ts';
import { mergeIndex } from '../../oci/merge-index.ts';
import type { Part } from '../../plan/part.ts';
import type { PlannedRelease } from '../../plan/plan.ts';
import { once, readBytes } from '../../store/collect-content.ts';
import type { ContentStore } from '../../store/content-store.ts';

/**
 * Assembles the index of a release from its parts, in the order of the plan, and writes it beside them.
 *
 * @throws {Fault} INDEX_CONFLICT, CONTENT_MISSING
 */
export async function mergeRelease(
  release: PlannedRelease,
  parts: readonly Part[],
  store: ContentStore,
): Promise<Descriptor> {
  const nodes = await readAll(parts, async ({ manifest }) => {
    const node = decodeNode(await readBytes(store, manifest), manifest.mediaType);
    return node === undefined ? [] : [[manifest.digest, node] as const];
  });
  const configs = await readAll(parts, async ({ config }) => [
    [config.digest, decodeConfig(await readBytes(store, config))] as const,
  ]);
  const { bytes, descriptor } = mergeIndex({
    parts: parts.map((part) => annotated(part, release)),
    nodes: new Map(nodes),
    configs: new Map(configs),
    annotations: release.annotations,
  });
  await store.write(once(bytes), descriptor);
  return descriptor;
}

function annotated({ manifest, platform }: Part, { descriptorAnnotations }: PlannedRelease): Descriptor {
  return { ...manifest, annotations: { ...manifest.annotations, ...descriptorAnnotations[platform] } };
}

async function readAll<Item, Value>(
  items: readonly Item[],
  read: (item: Item) => Promise<readonly Value[]>,
): Promise<readonly Value[]> {
  return (await Promise.all(items.map(read))).flat();
}
