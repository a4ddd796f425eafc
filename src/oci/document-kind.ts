import { Fault } from '../errors/fault.ts';
import { isRecord, type Place, refuse } from './decode.ts';
import { isSchema1Type } from './media-types.ts';

/** What tells one kind of document from another. */
export interface DocumentKind {
  /** Whether a `mediaType` in the document is one of this kind. */
  readonly isType: (mediaType: string) => boolean;
  /** Fields that only documents of another kind have. */
  readonly foreignFields: readonly string[];
}

/** Refuses a document that is, or could be taken for, one of another kind. @throws {Fault} DOCUMENT_MALFORMED, DOCUMENT_UNSUPPORTED */
export function checkKind(value: unknown, place: Place, kind: DocumentKind): void {
  if (!isRecord(value)) refuse(value, place, 'an object');
  const mediaType = value['mediaType'] ?? undefined;
  if (value['schemaVersion'] === 1 || (typeof mediaType === 'string' && isSchema1Type(mediaType))) {
    throw new Fault('DOCUMENT_UNSUPPORTED', `Cannot read the ${place.document}: it is a Docker schema 1 manifest`);
  }
  if (mediaType !== undefined && (typeof mediaType !== 'string' || !kind.isType(mediaType))) {
    refuse(mediaType, { ...place, path: '$.mediaType' }, `the media type of an ${place.document}`);
  }
  for (const field of kind.foreignFields) {
    const written = Object.hasOwn(value, field) ? value[field] : undefined;
    if (written !== undefined && written !== null) {
      refuse(written, { ...place, path: `$.${field}` }, `no such field in an ${place.document}`);
    }
  }
}

export function decodeSchemaVersion(value: unknown, place: Place): 2 {
  return value === 2 ? value : refuse(value, place, '2');
}
