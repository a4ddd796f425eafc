import type { Host } from '../../host/host.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { decodeConfig, platformOf } from '../../oci/image-config.ts';
import { attestedDigest, decodeNode, isAttestation } from '../../oci/image-graph.ts';
import type { ImageManifest } from '../../oci/image-manifest.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Cell } from '../../plan/cell.ts';
import type { Part } from '../../plan/part.ts';
import type { Destination, Plan } from '../../plan/plan.ts';
import { readBytes } from '../../store/collect-content.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { openLocation } from '../../store/open-location.ts';

/** A part as the release that is published now has it. */
export interface PublishedPart {
  readonly part: Part;
  /** When its config says that it was made; ISO 8601. */
  readonly madeAt: string;
  /** Where it was found. */
  readonly origin: string;
}

/**
 * The image of a cell's platform in the index that a tag of its release points at now, in the first repository; the tags in
 * their order. One whose config does not say when it was made has no age, and is not taken.
 *
 * @throws {Fault} those of the registry
 */
export async function findPublishedPart(cell: Cell, plan: Plan, host: Host): Promise<PublishedPart | undefined> {
  const release = plan.releases.find(({ cells }) => cells.includes(cell.id));
  const primary = release?.destinations.find(isRepository);
  if (primary === undefined) return undefined;
  const { repository } = primary;
  const store = await openLocation({ kind: 'registry', reference: parseReference(repository) }, { host, mode: 'read' });
  for (const tag of primary.tags) {
    const found = await inTag(store, tag, cell);
    if (found === undefined) continue;
    return { ...found, part: { ...found.part, location: repository }, origin: `${repository}:${tag}` };
  }
  return undefined;
}

function isRepository(destination: Destination): destination is Extract<Destination, { readonly kind: 'repository' }> {
  return destination.kind === 'repository';
}

async function inTag(store: ImageStore, tag: string, cell: Cell): Promise<Omit<PublishedPart, 'origin'> | undefined> {
  const root = await store.resolve(tag);
  const node = root === undefined ? undefined : decodeNode(await readBytes(store, root), root.mediaType);
  if (node?.kind !== 'index') return undefined;
  const image = node.index.manifests.find((entry) => isOf(entry, cell.platform));
  if (image === undefined) return undefined;
  const attestations = node.index.manifests.filter((entry) => attestedDigest(entry) === image.digest);
  const document = decodeNode(await readBytes(store, image), image.mediaType);
  if (document?.kind !== 'manifest') return undefined;
  return readPart(store, document.manifest, { image, attestations, cell });
}

function isOf(entry: Descriptor, platform: string): boolean {
  return !isAttestation(entry) && entry.platform !== undefined && formatPlatform(entry.platform) === platform;
}

interface Found {
  readonly image: Descriptor;
  readonly attestations: readonly Descriptor[];
  readonly cell: Cell;
}

async function readPart(
  store: ImageStore,
  { config: descriptor, layers }: ImageManifest,
  { image, attestations, cell }: Found,
): Promise<Omit<PublishedPart, 'origin'> | undefined> {
  const config = decodeConfig(await readBytes(store, descriptor));
  const { created, rootfs } = config;
  if (created === undefined || Number.isNaN(Date.parse(created))) return undefined;
  if (formatPlatform(platformOf(config)) !== cell.platform) return undefined;
  const part: Part = {
    cell: cell.id,
    platform: cell.platform,
    manifest: image,
    config: descriptor,
    layers: layers.flatMap((layer, at) => {
      const diffId = rootfs.diff_ids[at];
      return diffId === undefined ? [] : [{ descriptor: layer, diffId, cached: true, createdBy: '' }];
    }),
    sizeBytes: layers.reduce((sum, { size }) => sum + size, descriptor.size),
    durationMs: 0,
    steps: { total: 0, cached: 0 },
    engine: 'published',
    ...(attestations.length === 0 ? {} : { attestations }),
  };
  return { part, madeAt: created };
}
