import type { Clock } from '../host/clock.ts';
import type { Digest } from '../oci/digest.ts';

/** Bytes of manifests kept of one repository, so that setting a tag need not fetch what was just sent. */
const maxKeptBytes = 8 * 1024 * 1024;
/** For so long, in milliseconds, what a repository gave counts as being there. */
const freshMs = 20_000;

/** What one repository gave or took in this process, whoever asked. */
export class SeenContent {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #bytes = new Map<Digest, Uint8Array>();
  readonly #readAtMs = new Map<Digest, number>();
  #keptBytes = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  bytesOf(digest: Digest): Uint8Array | undefined {
    return this.#bytes.get(digest);
  }

  keep(digest: Digest, bytes: Uint8Array): void {
    if (this.#bytes.has(digest) || this.#keptBytes + bytes.byteLength > maxKeptBytes) return;
    this.#bytes.set(digest, bytes);
    this.#keptBytes += bytes.byteLength;
  }

  /** Notes that the repository gave the content whole, and that its bytes are what its digest says. */
  noteRead(digest: Digest): void {
    this.#readAtMs.set(digest, this.#clock.monotonicMs());
  }

  /** Whether the repository gave the content whole within the last 20 seconds. */
  wasReadLately(digest: Digest): boolean {
    const atMs = this.#readAtMs.get(digest);
    return atMs !== undefined && this.#clock.monotonicMs() - atMs < freshMs;
  }

  forget(digest: Digest): void {
    this.#readAtMs.delete(digest);
  }
}
