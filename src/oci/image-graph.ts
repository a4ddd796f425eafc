import type { Descriptor } from './descriptor.ts';
import { type Digest, isDigest } from './digest.ts';
import { decodeIndex, type ImageIndex } from './image-index.ts';
import { decodeManifest, type ImageManifest } from './image-manifest.ts';
import { isIndexType, isManifestType, mediaTypes } from './media-types.ts';

/** A node of the graph that hangs under a tag. */
export type ImageNode =
  | { readonly kind: 'index'; readonly index: ImageIndex }
  | { readonly kind: 'manifest'; readonly manifest: ImageManifest };

/** The annotations by which BuildKit ties an attestation to its image. https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md */
export const attestationAnnotations = {
  type: 'vnd.docker.reference.type',
  digest: 'vnd.docker.reference.digest',
} as const;

/** Reads a document by the media type of its descriptor; undefined where that is neither an index nor a manifest. @throws {Fault} DOCUMENT_MALFORMED, DOCUMENT_UNSUPPORTED */
export function decodeNode(input: unknown, mediaType: string): ImageNode | undefined {
  if (isIndexType(mediaType)) return { kind: 'index', index: decodeIndex(input) };
  if (isManifestType(mediaType)) return { kind: 'manifest', manifest: decodeManifest(input) };
  return undefined;
}

/**
 * What a node needs to be whole, in its order: the manifests of an index, the config and layers of a manifest.
 * The subject is not one of them: it is what the node is attached to.
 */
export function childrenOf(node: ImageNode): readonly Descriptor[] {
  return node.kind === 'index' ? node.index.manifests : [node.manifest.config, ...node.manifest.layers];
}

/** What a node is attached to. */
export function subjectOf(node: ImageNode): Descriptor | undefined {
  return node.kind === 'index' ? node.index.subject : node.manifest.subject;
}

/** Whether an entry of an index is the provenance or SBOM of another entry rather than an image. */
export function isAttestation(entry: Descriptor): boolean {
  return entry.annotations?.[attestationAnnotations.type] === 'attestation-manifest';
}

/** The digest of the image that an attestation entry is about, where it says so. */
export function attestedDigest(entry: Descriptor): Digest | undefined {
  const digest = entry.annotations?.[attestationAnnotations.digest];
  return isAttestation(entry) && digest !== undefined && isDigest(digest) ? digest : undefined;
}

/** Whether a manifest holds attestations, in BuildKit's new form (by artifact type) or its old one (by its layers). */
export function isAttestationManifest(manifest: ImageManifest): boolean {
  if (manifest.artifactType === mediaTypes.dockerAttestation) return true;
  return manifest.layers.length > 0 && manifest.layers.every(({ mediaType }) => mediaType === mediaTypes.inToto);
}

/**
 * What kind of artifact a manifest is, as the parent descriptor is to say it: its own `artifactType`, else the type of
 * a config that is no image config; undefined for an image.
 */
export function artifactTypeOf(manifest: ImageManifest): string | undefined {
  if (manifest.artifactType !== undefined && manifest.artifactType !== '') return manifest.artifactType;
  const { mediaType } = manifest.config;
  const isImage = mediaType === mediaTypes.config || mediaType === mediaTypes.dockerConfig;
  return isImage || mediaType === mediaTypes.empty ? undefined : mediaType;
}
