import { type Decoder, decodeDocument, decodeText, listOf, objectOf, optional } from './decode.ts';
import { annotationsDecoder, type Descriptor, descriptorDecoder } from './descriptor.ts';
import { checkKind, decodeSchemaVersion } from './document-kind.ts';
import { isIndexType } from './media-types.ts';

/** The images of several platforms under one name. https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md */
export interface ImageIndex {
  readonly schemaVersion: 2;
  /** Absent in some OCI indexes of old tools; then the descriptor alone says it. */
  readonly mediaType?: string;
  readonly artifactType?: string;
  /** In order of preference: among equal platforms the first wins. */
  readonly manifests: readonly Descriptor[];
  /** The manifest that this index is attached to. */
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Reads an image index or a Docker manifest list from JSON bytes or a parsed value. Unknown fields are kept.
 * A document that could be read as a manifest as well is refused: one digest must not mean two images (CVE-2021-41190).
 * @throws {Fault} DOCUMENT_MALFORMED, DOCUMENT_UNSUPPORTED
 */
export function decodeIndex(input: unknown): ImageIndex {
  return decodeDocument(input, 'image index', (value, place) => {
    checkKind(value, place, { isType: isIndexType, foreignFields: ['config', 'layers', 'fsLayers'] });
    return indexDecoder(value, place);
  });
}

const indexDecoder: Decoder<ImageIndex> = objectOf<ImageIndex>({
  schemaVersion: decodeSchemaVersion,
  mediaType: optional(decodeText),
  artifactType: optional(decodeText),
  manifests: listOf(descriptorDecoder),
  subject: optional(descriptorDecoder),
  annotations: optional(annotationsDecoder),
});
