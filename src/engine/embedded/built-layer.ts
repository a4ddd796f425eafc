import { isRecord } from '../../oci/decode.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { type Digest, isDigest } from '../../oci/digest.ts';

/** A layer that lies in the store of the cache. */
export interface BuiltLayer {
  readonly descriptor: Descriptor;
  /** The digest of the uncompressed tar. */
  readonly diffId: Digest;
}

/** A layer as a cache record has it. */
export function encodeBuiltLayer({ descriptor, diffId }: BuiltLayer): object {
  const { mediaType, digest, size } = descriptor;
  return { mediaType, digest, size, diffId };
}

/** Reads what `encodeBuiltLayer` gave; undefined for anything else. */
export function decodeBuiltLayer(value: unknown): BuiltLayer | undefined {
  if (!isRecord(value)) return undefined;
  const { mediaType, digest, size, diffId } = value;
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof diffId !== 'string') return undefined;
  if (!isDigest(digest) || !isDigest(diffId) || typeof size !== 'number') return undefined;
  return { descriptor: { mediaType, digest, size }, diffId };
}
