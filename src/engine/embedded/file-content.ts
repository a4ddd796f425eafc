import type { Digest } from '../../oci/digest.ts';

/** The bytes of one regular file, wherever they lie: on disk, in memory, in a layer or in an archive. */
export interface FileContent {
  readonly sizeBytes: number;
  /**
   * The digest of the bytes, sha256. What costs a read is done once and remembered.
   * @throws {Fault} CONTEXT_UNREADABLE, CONTEXT_CHANGED
   */
  readonly fingerprint: () => Digest | Promise<Digest>;
  /**
   * The bytes, exactly `sizeBytes` of them: small ones at once, large ones as a stream.
   * @throws {Fault} CONTEXT_UNREADABLE, CONTEXT_CHANGED
   */
  readonly open: () => Uint8Array | AsyncIterable<Uint8Array>;
}
