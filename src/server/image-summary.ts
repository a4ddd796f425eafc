import { isFault } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { decodeConfig } from '../oci/image-config.ts';
import { childrenOf, isAttestation } from '../oci/image-graph.ts';
import { isConfigType } from '../oci/media-types.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { type ManifestReader, readSmallBlob } from './manifest-reader.ts';
import type { RepositoryStorage } from './registry-storage.ts';

/** What the web page tells of one tag. */
export interface ImageSummary {
  /** As `linux/arm64`, in the order of the index; empty for an artifact. */
  readonly platforms: readonly string[];
  /** Bytes of all configs and layers, each counted once. */
  readonly sizeBytes: number;
}

/** An index that lists more than so many images is not looked through. */
const maxImages = 64;

/** Looks into a manifest, or into every image of an index. */
export async function summarizeImage(
  repository: RepositoryStorage,
  reader: ManifestReader,
  descriptor: Descriptor,
): Promise<ImageSummary> {
  const node = await reader.read(repository, descriptor);
  if (node === undefined) return { platforms: [], sizeBytes: 0 };
  if (node.kind === 'manifest') {
    const { config } = node.manifest;
    const platform = isConfigType(config.mediaType) ? await readPlatform(repository, config) : undefined;
    const sizes = new Map(childrenOf(node).map(({ digest, size }) => [digest, size] as const));
    return {
      platforms: platform === undefined ? [] : [formatPlatform(platform)],
      sizeBytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
    };
  }
  const images = node.index.manifests.filter((entry) => !isAttestation(entry)).slice(0, maxImages);
  const sizes = new Map<string, number>();
  for (const image of images) {
    const child = await reader.read(repository, image);
    for (const { digest, size } of child === undefined ? [] : childrenOf(child)) sizes.set(digest, size);
  }
  return {
    platforms: images.flatMap(({ platform }) => (platform === undefined ? [] : [formatPlatform(platform)])),
    sizeBytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
  };
}

async function readPlatform(repository: RepositoryStorage, config: Descriptor): Promise<Platform | undefined> {
  const bytes = await readSmallBlob(repository, config.digest);
  try {
    return bytes === undefined ? undefined : decodeConfig(bytes);
  } catch (error) {
    if (isFault(error, 'DOCUMENT_MALFORMED')) return undefined;
    throw error;
  }
}
