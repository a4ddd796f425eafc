import { isFault } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestOf } from '../oci/digest.ts';
import { decodeNode, type ImageNode } from '../oci/image-graph.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { type Reply, refuse } from './reply.ts';
import type { ManifestReference } from './route.ts';

export type PushedManifest =
  | { readonly descriptor: Descriptor; readonly node: ImageNode }
  | { readonly refusal: Reply };

/**
 * Reads a manifest that a client sends: its bytes must hash to the digest it is put under, and the type in its body must
 * be the one in the header. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests
 */
export function decodePushedManifest(
  bytes: Uint8Array,
  contentType: string | undefined,
  reference: ManifestReference,
): PushedManifest {
  const digest = digestOf(bytes, reference.kind === 'digest' ? digestAlgorithm(reference.digest) : 'sha256');
  if (reference.kind === 'digest' && reference.digest !== digest) return { refusal: digestDiffers(digest) };
  const announced = contentType?.split(';')[0]?.trim().toLowerCase();
  const written = writtenType(bytes);
  if (announced !== undefined && announced !== '' && written !== undefined && announced !== written.toLowerCase()) {
    return invalid('its Content-Type differs from its mediaType');
  }
  const mediaType = written ?? (announced === '' ? undefined : announced) ?? mediaTypes.manifest;
  return decode(bytes, { mediaType, digest, size: bytes.byteLength });
}

function decode(bytes: Uint8Array, descriptor: Descriptor): PushedManifest {
  try {
    const node = decodeNode(bytes, descriptor.mediaType);
    if (node === undefined) return invalid('the registry takes OCI and Docker image manifests and indexes');
    const { artifactType } = node.kind === 'index' ? node.index : node.manifest;
    // Other tools that read the layout tell artifacts from images by it.
    return { descriptor: artifactType === undefined ? descriptor : { ...descriptor, artifactType }, node };
  } catch (error) {
    if (isFault(error, 'DOCUMENT_MALFORMED', 'DOCUMENT_UNSUPPORTED')) return invalid(error.message);
    throw error;
  }
}

/** The media type that the body names, where it is an object that names one. */
function writtenType(bytes: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    const hasType = typeof value === 'object' && value !== null && 'mediaType' in value;
    return hasType && typeof value.mediaType === 'string' ? value.mediaType : undefined;
  } catch {
    // Told by the decoder, with the place.
    return undefined;
  }
}

function digestDiffers(digest: Digest): Reply {
  const message = 'the bytes of the manifest do not hash to the digest it is put under';
  return refuse(400, 'DIGEST_INVALID', [{ message, detail: { digest } }]);
}

function invalid(message: string): { readonly refusal: Reply } {
  return { refusal: refuse(400, 'MANIFEST_INVALID', message) };
}
