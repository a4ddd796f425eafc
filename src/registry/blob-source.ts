import type { Digest } from '../oci/digest.ts';

/** What names a piece of content; a whole descriptor serves as well. */
export interface ContentName {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Tells a manifest from a blob; without it content is looked for among blobs first, then among manifests. */
  readonly mediaType?: string;
}

/** Content that can be read more than once, from any place: what an upload needs to outlive a fault. */
export interface BlobSource extends ContentName {
  /** Reads from `offset` (bytes) to the end. Called again after a fault; an unfinished iteration is ended by `return()`. */
  open(offset: number): AsyncIterable<Uint8Array>;
}
