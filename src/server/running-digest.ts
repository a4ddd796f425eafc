import { createHash, type Hash } from 'node:crypto';
import type { Digest, DigestAlgorithm } from '../oci/digest.ts';

/** The digest of the bytes of an upload so far, so that they need not be read again when it is committed. */
export class RunningDigest {
  #hash: Hash;
  #algorithm: DigestAlgorithm;
  #byteCount = 0;

  constructor(algorithm: DigestAlgorithm) {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  /** Begins again, where the upload does. */
  restart(algorithm: DigestAlgorithm = this.#algorithm): void {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
    this.#byteCount = 0;
  }

  /** Takes bytes that stand at a place; those that do not follow what came before make it useless until it is restarted. */
  update(bytes: Uint8Array, at: number): void {
    if (at !== this.#byteCount) {
      this.#byteCount = Number.NaN;
      return;
    }
    this.#hash.update(bytes);
    this.#byteCount += bytes.byteLength;
  }

  /** The digest of exactly so many bytes; undefined where others were taken, or by another algorithm. */
  of(byteCount: number, algorithm: DigestAlgorithm): Digest | undefined {
    if (byteCount !== this.#byteCount || algorithm !== this.#algorithm) return undefined;
    return `${algorithm}:${this.#hash.copy().digest('hex')}`;
  }
}
