import { type Decoder, decodeDigest, decodeDocument, decodeText, objectOf, optional } from '../../oci/decode.ts';
import { type Descriptor, descriptorDecoder } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';

/** What buildx tells of a build that went well. */
export interface BuildMetadata {
  /** The digest of what was exported: an image, or an index of it and its attestations. */
  readonly digest: Digest;
  /** Absent with a buildx that is too old. */
  readonly descriptor?: Descriptor;
  /** `BUILDER/NODE/ID`: where it was built. */
  readonly ref?: string;
}

interface WrittenMetadata {
  readonly 'containerimage.digest': Digest;
  readonly 'containerimage.descriptor'?: Descriptor;
  readonly 'buildx.build.ref'?: string;
}

const decodeWritten: Decoder<WrittenMetadata> = objectOf<WrittenMetadata>({
  'containerimage.digest': decodeDigest,
  'containerimage.descriptor': optional(descriptorDecoder),
  'buildx.build.ref': optional(decodeText),
});

/**
 * Reads the file of `--metadata-file`; fields that are not used are not looked at.
 * https://docs.docker.com/reference/cli/docker/buildx/build/#metadata-file
 * @throws {Fault} DOCUMENT_MALFORMED
 */
export function decodeMetadata(bytes: Uint8Array): BuildMetadata {
  const written = decodeDocument(bytes, 'build metadata', decodeWritten);
  const { 'containerimage.digest': digest, 'containerimage.descriptor': descriptor, 'buildx.build.ref': ref } = written;
  return {
    digest,
    ...(descriptor?.digest === digest ? { descriptor } : {}),
    ...(ref === undefined ? {} : { ref }),
  };
}

/** The node that a build was made on, where the metadata tell it. */
export function nodeOf({ ref }: BuildMetadata): string | undefined {
  const [, node, id] = ref?.split('/') ?? [];
  return id === undefined ? undefined : node;
}
