import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { decodeConfig, platformOf } from '../oci/image-config.ts';
import { decodeNode, type ImageNode } from '../oci/image-graph.ts';
import type { ImageIndex } from '../oci/image-index.ts';
import { isIndexType } from '../oci/media-types.ts';
import { mergeIndex } from '../oci/merge-index.ts';
import type { Platform } from '../oci/platform.ts';
import { readBytes } from './collect-content.ts';
import { gatherGraph } from './content-graph.ts';
import type { ContentStore } from './content-store.ts';
import type { GraphLimits } from './copy-options.ts';
import { isPlatformWanted, type KeptImages, keepPlatforms, notOffered } from './keep-platforms.ts';

export interface SelectOptions {
  /** Default: all. */
  readonly platforms?: readonly Platform[];
  readonly limits?: Partial<GraphLimits>;
}

/**
 * What is copied of an image when only some platforms are wanted; see `keepPlatforms`. Indexes within the index are
 * flattened first. An image for one platform must be for the one that is wanted.
 * @throws {Fault} PLATFORM_NOT_OFFERED, CONTENT_MISSING, DIGEST_MISMATCH, DOCUMENT_MALFORMED
 */
export async function selectPlatforms(
  store: ContentStore,
  root: Descriptor,
  options: SelectOptions,
): Promise<KeptImages> {
  const { platforms = [], limits } = options;
  if (platforms.length === 0) return { root };
  const node = decodeNode(await readBytes(store, root), root.mediaType);
  if (node?.kind === 'index') {
    const index = await flatIndex(store, root, { index: node.index, limits });
    return keepPlatforms(root, index, platforms);
  }
  if (node === undefined) return { root };
  const platform = platformOf(decodeConfig(await readBytes(store, node.manifest.config)));
  for (const wanted of platforms) if (!isPlatformWanted(platform, wanted)) throw notOffered(wanted, [platform]);
  return { root };
}

async function flatIndex(
  store: ContentStore,
  root: Descriptor,
  given: { readonly index: ImageIndex; readonly limits: Partial<GraphLimits> | undefined },
): Promise<ImageIndex> {
  if (!given.index.manifests.some(({ mediaType }) => isIndexType(mediaType))) return given.index;
  const { ranks } = await gatherGraph(store, root, given.limits === undefined ? {} : { limits: given.limits });
  const nodes = new Map<Digest, ImageNode>(ranks.flat().map(({ descriptor, node }) => [descriptor.digest, node]));
  const { annotations = {} } = given.index;
  return mergeIndex({ parts: given.index.manifests, nodes, annotations }).index;
}
