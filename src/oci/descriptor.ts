import {
  type Decoder,
  decodeDigest,
  decodeDocument,
  decodeSize,
  decodeText,
  listOf,
  mapOf,
  objectOf,
  optional,
  type Place,
  refuse,
} from './decode.ts';
import { type Digest, digestAlgorithm, digestOf } from './digest.ts';
import { mediaTypes } from './media-types.ts';
import type { Platform } from './platform.ts';

/** Names content by type, digest and size. https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The content itself, base64, where it is embedded. */
  readonly data?: string;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

/** The descriptor of `{}`, which stands for "nothing" in an artifact. https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor */
export const emptyDescriptor: Descriptor = {
  mediaType: mediaTypes.empty,
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
  data: 'e30=',
};

/** Describes content that is held in memory. */
export function descriptorOf(mediaType: string, content: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(content), size: content.byteLength };
}

/** Reads a descriptor on its own, from JSON bytes or a parsed value. @throws {Fault} DOCUMENT_MALFORMED */
export function decodeDescriptor(input: unknown): Descriptor {
  return decodeDocument(input, 'descriptor', descriptorDecoder);
}

/** Annotations: any keys, each with a text. */
export const annotationsDecoder: Decoder<Readonly<Record<string, string>>> = mapOf(decodeText);

const platformDecoder: Decoder<Platform> = objectOf<Platform>({
  architecture: decodeText,
  os: decodeText,
  'os.version': optional(decodeText),
  'os.features': optional(listOf(decodeText)),
  variant: optional(decodeText),
});

const fieldsDecoder: Decoder<Descriptor> = objectOf<Descriptor>({
  mediaType: decodeMediaType,
  digest: decodeDigest,
  size: decodeSize,
  urls: optional(listOf(decodeText)),
  annotations: optional(annotationsDecoder),
  data: optional(decodeText),
  platform: optional(platformDecoder),
  artifactType: optional(decodeText),
});

/** A descriptor within a document. Embedded content must be what digest and size say. */
export function descriptorDecoder(value: unknown, place: Place): Descriptor {
  const descriptor = fieldsDecoder(value, place);
  if (descriptor.data === undefined) return descriptor;
  const content = Buffer.from(descriptor.data, 'base64');
  if (
    content.byteLength !== descriptor.size ||
    digestOf(content, digestAlgorithm(descriptor.digest)) !== descriptor.digest
  ) {
    refuse(descriptor.data, { ...place, path: `${place.path}.data` }, `the content of ${descriptor.digest}`);
  }
  return descriptor;
}

/** A media type within a document. https://www.rfc-editor.org/rfc/rfc6838#section-4.2 */
function decodeMediaType(value: unknown, place: Place): string {
  const mediaType = decodeText(value, place);
  return /^[A-Za-z0-9][\w!#$&^.+-]*\/[A-Za-z0-9][\w!#$&^.+-]*$/.test(mediaType)
    ? mediaType
    : refuse(value, place, 'a media type');
}
