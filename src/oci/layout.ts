import { decodeDocument, objectOf, type Place, refuse } from './decode.ts';

/** The file `oci-layout` in the root of an OCI layout. https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#oci-layout-file */
export interface OciLayout {
  readonly imageLayoutVersion: '1.0.0';
}

/** What polyarch writes into `oci-layout`. */
export const ociLayout: OciLayout = { imageLayoutVersion: '1.0.0' };

/** Reads the file `oci-layout` from its bytes or a parsed value. @throws {Fault} DOCUMENT_MALFORMED */
export function decodeLayout(input: unknown): OciLayout {
  return decodeDocument(input, 'oci-layout file', objectOf<OciLayout>({ imageLayoutVersion: decodeVersion }));
}

function decodeVersion(value: unknown, place: Place): '1.0.0' {
  return value === '1.0.0' ? value : refuse(value, place, '"1.0.0"');
}
