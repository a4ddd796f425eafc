import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { type Digest, isDigest } from '../../oci/digest.ts';
import { decodeConfig, type ImageConfig } from '../../oci/image-config.ts';
import { artifactTypeOf, type ImageNode, isAttestationManifest } from '../../oci/image-graph.ts';
import { isConfigType } from '../../oci/media-types.ts';
import { readBytes } from '../../store/collect-content.ts';
import { gatherGraph } from '../../store/content-graph.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { parseLocation } from '../../store/location.ts';
import { imageOf, openLocation } from '../../store/open-location.ts';
import { resolveImage } from '../../store/resolve-image.ts';

/** A part that somebody else built, read as far as a merge needs it. */
export interface MergeSource {
  /** As it was typed. */
  readonly text: string;
  readonly store: ImageStore;
  /** A manifest or an index. */
  readonly root: Descriptor;
  readonly nodes: ReadonlyMap<Digest, ImageNode>;
  /** Of its images. */
  readonly configs: ReadonlyMap<Digest, ImageConfig>;
}

/**
 * Opens a part: a reference, `oci:DIR[:REF]`, an archive, or a digest alone, which is one in the repository of the first target.
 *
 * @throws {Fault} IMAGE_MISSING and those of the place, with `where.side`
 */
export async function openSource(
  text: string,
  { host, target }: { readonly host: Host; readonly target: string },
): Promise<MergeSource> {
  const location = parseLocation(isDigest(text) ? withDigest(target, text) : text);
  const store = await openLocation(location, { host, mode: 'read' });
  const root = await resolveImage(store, imageOf(location));
  return { text, store, root, ...(await readSource(store, root)) };
}

/** Reads the documents of a part. What is not complete is refused here, before anything is written. */
export async function readSource(store: ImageStore, root: Descriptor): Promise<Pick<MergeSource, 'nodes' | 'configs'>> {
  const documents = (await gatherGraph(store, root)).ranks.flat();
  const nodes = new Map(documents.map(({ descriptor, node }) => [descriptor.digest, node]));
  if (nodes.size === 0)
    throw new Fault(
      'IMAGE_MISSING',
      `Cannot merge ${root.digest}: it is of the type ${root.mediaType}, expected an image`,
    );
  const configs = new Map<Digest, ImageConfig>();
  for (const node of nodes.values()) {
    if (node.kind !== 'manifest' || !isConfigType(node.manifest.config.mediaType)) continue;
    if (artifactTypeOf(node.manifest) !== undefined || isAttestationManifest(node.manifest)) continue;
    const { config } = node.manifest;
    configs.set(config.digest, decodeConfig(await readBytes(store, config)));
  }
  return { nodes, configs };
}

function withDigest(target: string, digest: Digest): string {
  const location = parseLocation(target);
  if (location.kind !== 'registry') return `${location.kind}:${location.path}@${digest}`;
  const { registry, repository } = location.reference;
  return `${registry}/${repository}@${digest}`;
}
