import { Fault } from '../../errors/fault.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { decodeConfig, type ImageConfig, platformOf } from '../../oci/image-config.ts';
import { attestedDigest, decodeNode, type ImageNode, isAttestation } from '../../oci/image-graph.ts';
import type { ImageManifest } from '../../oci/image-manifest.ts';
import { isConfigType } from '../../oci/media-types.ts';
import { formatPlatform, parsePlatform } from '../../oci/platform.ts';
import { matchPlatformStrictly } from '../../oci/platform-match.ts';
import type { Cell } from '../../plan/cell.ts';
import type { Part, PartLayer } from '../../plan/part.ts';
import { readBytes } from '../../store/collect-content.ts';
import type { ContentStore } from '../../store/content-store.ts';
import type { BuildStep } from './build-steps.ts';
import { imageSteps } from './image-steps.ts';

/** What of a part is read from its content. */
export type PartContent = Pick<Part, 'manifest' | 'config' | 'layers' | 'sizeBytes'> & {
  readonly attestations: readonly Descriptor[];
};

/**
 * Reads what a build exported: the image of the cell's platform, out of the index that BuildKit wraps it in together with its
 * attestations.
 * @throws {Fault} BUILD_RESULT_WRONG, CONTENT_MISSING, DIGEST_MISMATCH, DOCUMENT_MALFORMED
 */
export async function readPart(
  store: ContentStore,
  root: Descriptor,
  { cell, steps }: { readonly cell: Cell; readonly steps: readonly BuildStep[] },
): Promise<PartContent> {
  const node = decodeNode(await readBytes(store, root), root.mediaType);
  const { image, attestations } = chooseImage(node, root, cell);
  const manifest = image === root ? node : decodeNode(await readBytes(store, image), image.mediaType);
  if (manifest?.kind !== 'manifest' || !isConfigType(manifest.manifest.config.mediaType)) {
    throw wrong(cell, `${image.digest} is no image`);
  }
  const { config: configDescriptor, layers } = manifest.manifest;
  const config = decodeConfig(await readBytes(store, configDescriptor));
  checkPlatform(config, cell);
  return {
    manifest: { mediaType: image.mediaType, digest: image.digest, size: image.size },
    config: configDescriptor,
    layers: describeLayers(manifest.manifest, config, { cell, steps }),
    sizeBytes: layers.reduce((sum, { size }) => sum + size, configDescriptor.size),
    attestations,
  };
}

interface Chosen {
  readonly image: Descriptor;
  readonly attestations: readonly Descriptor[];
}

function chooseImage(node: ImageNode | undefined, root: Descriptor, cell: Cell): Chosen {
  if (node === undefined) throw wrong(cell, `${root.digest} is "${root.mediaType}"`);
  if (node.kind === 'manifest') return { image: root, attestations: [] };
  const images = node.index.manifests.filter((entry) => !isAttestation(entry));
  const [image] = images;
  if (image === undefined || images.length > 1) {
    throw wrong(cell, `its index has ${images.length} images, expected one`);
  }
  return { image, attestations: node.index.manifests.filter((entry) => attestedDigest(entry) === image.digest) };
}

/** An image that says it is for another platform would be published under a wrong name. */
function checkPlatform(config: ImageConfig, cell: Cell): void {
  const found = platformOf(config);
  if (matchPlatformStrictly(parsePlatform(cell.platform), found)) return;
  const hint = `Look at FROM of the last stage: a fixed --platform there makes every platform the same image`;
  throw wrong(cell, `it says it is for ${formatPlatform(found)}, expected ${cell.platform}`, hint);
}

function describeLayers(
  { layers }: ImageManifest,
  { rootfs, history = [] }: ImageConfig,
  { cell, steps }: { readonly cell: Cell; readonly steps: readonly BuildStep[] },
): readonly PartLayer[] {
  if (rootfs.diff_ids.length !== layers.length) {
    throw wrong(cell, `it has ${layers.length} layers, and its config names ${rootfs.diff_ids.length}`);
  }
  const entries = history.filter((entry) => entry.empty_layer !== true);
  const own = imageSteps(steps);
  return layers.flatMap((descriptor, at) => {
    const diffId = rootfs.diff_ids[at];
    // What this build added stands on top of what the base image has.
    const step = own[at - layers.length + own.length];
    const createdBy = step === undefined ? '' : (entries[at - layers.length + entries.length]?.created_by ?? step.name);
    return diffId === undefined
      ? []
      : [{ descriptor, diffId, cached: step === undefined || isCached(step), createdBy }];
  });
}

function isCached({ state }: BuildStep): boolean {
  return state === 'cached';
}

function wrong(cell: Cell, reason: string, hint?: string): Fault {
  return new Fault('BUILD_RESULT_WRONG', `Cannot take the image of ${cell.id}: ${reason}`, {
    where: { platform: cell.platform },
    ...(hint === undefined ? {} : { hint }),
  });
}
