import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';

/** What content is asked for by; a whole descriptor serves as well. */
export interface ContentKey {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly mediaType?: string;
}

export interface WriteExpectation {
  readonly digest?: Digest;
  readonly size?: number;
}

/**
 * Content by digest. Every read is verified: bytes that do not hash to their name are never handed on as whole.
 * Writing what is there already is cheap and no fault. Safe against several writers at once.
 */
export interface ContentStore {
  /** Whether the content is held, by digest and, where the store knows it, by size. */
  has(key: ContentKey): Promise<boolean>;
  /**
   * Streams the content; the iteration throws at its end where digest or size differ.
   * @throws {Fault} CONTENT_MISSING, DIGEST_MISMATCH, SIZE_MISMATCH
   */
  read(key: ContentKey): AsyncIterable<Uint8Array>;
  /** Takes the content in; it is visible only once it is whole, verified and durable. @throws {Fault} DIGEST_MISMATCH, SIZE_MISMATCH */
  write(content: AsyncIterable<Uint8Array>, expected?: WriteExpectation): Promise<{ digest: Digest; size: number }>;
}

/** A content store that also names images: an OCI layout, a repository, an archive. */
export interface ImageStore extends ContentStore {
  /** What a tag or digest points at, or undefined. In a layout, "" names its only image. */
  resolve(tagOrDigest: string): Promise<Descriptor | undefined>;
  /** Makes a tag point at content that is already held. */
  tag(tag: string, descriptor: Descriptor): Promise<void>;
  tags(): Promise<readonly string[]>;
}
