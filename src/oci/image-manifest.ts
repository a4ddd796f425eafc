import { type Decoder, decodeDocument, decodeText, listOf, objectOf, optional } from './decode.ts';
import { annotationsDecoder, type Descriptor, descriptorDecoder } from './descriptor.ts';
import { checkKind, decodeSchemaVersion } from './document-kind.ts';
import { isManifestType } from './media-types.ts';

/** One image for one platform, or an artifact. https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md */
export interface ImageManifest {
  readonly schemaVersion: 2;
  /** Absent in some OCI manifests of old tools; then the descriptor alone says it. */
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** The manifest that this one is attached to. */
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Reads an image manifest, OCI or Docker, from JSON bytes or a parsed value. Unknown fields are kept.
 * A document that could be read as an index as well is refused: one digest must not mean two images (CVE-2021-41190).
 * @throws {Fault} DOCUMENT_MALFORMED, DOCUMENT_UNSUPPORTED
 */
export function decodeManifest(input: unknown): ImageManifest {
  return decodeDocument(input, 'image manifest', (value, place) => {
    checkKind(value, place, { isType: isManifestType, foreignFields: ['manifests', 'fsLayers'] });
    return manifestDecoder(value, place);
  });
}

const manifestDecoder: Decoder<ImageManifest> = objectOf<ImageManifest>({
  schemaVersion: decodeSchemaVersion,
  mediaType: optional(decodeText),
  artifactType: optional(decodeText),
  config: descriptorDecoder,
  layers: listOf(descriptorDecoder),
  subject: optional(descriptorDecoder),
  annotations: optional(annotationsDecoder),
});
