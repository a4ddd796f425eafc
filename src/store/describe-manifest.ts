import { isRecord } from '../oci/decode.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { documentLimitBytes, parseJson } from '../oci/parse-json.ts';
import { readBytes } from './collect-content.ts';
import type { ContentKey, ContentStore } from './content-store.ts';

/**
 * The descriptor of content that is a manifest or an index, read from the content itself; undefined where it is neither.
 * @throws {Fault} CONTENT_MISSING, DIGEST_MISMATCH, SIZE_MISMATCH
 */
export async function describeManifest(store: ContentStore, key: ContentKey): Promise<Descriptor | undefined> {
  if (key.size > documentLimitBytes) return undefined;
  const mediaType = mediaTypeOf(await readBytes(store, key));
  return mediaType === undefined ? undefined : { mediaType, digest: key.digest, size: key.size };
}

/** The media type of a manifest or an index by what it says, else by its fields; undefined for anything else. */
export function mediaTypeOf(bytes: Uint8Array): string | undefined {
  // A blob that does not begin like a JSON object is a layer.
  if (bytes[0] !== 0x7b) return undefined;
  const value = parseOrUndefined(bytes);
  if (!isRecord(value)) return undefined;
  if (Array.isArray(value['manifests'])) return textOr(value['mediaType'], mediaTypes.index);
  if (Array.isArray(value['layers']) && isRecord(value['config']))
    return textOr(value['mediaType'], mediaTypes.manifest);
  return undefined;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function parseOrUndefined(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes, 'manifest');
  } catch {
    // Content that is no JSON is no manifest; whoever needs one says so.
    return undefined;
  }
}
