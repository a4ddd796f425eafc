import { Fault } from '../errors/fault.ts';

/** Content in memory. */
export interface MemoryBlob {
  readonly chunks: readonly Uint8Array[];
  /** Bytes. */
  readonly size: number;
  readonly modifiedMs: number;
}

const chunkBytes = 256 * 1024;

/** Bytes `start` to `end`, both included, in pieces of at most 256 KiB. */
export function* readChunks(chunks: readonly Uint8Array[], start: number, end: number): Generator<Uint8Array> {
  let place = 0;
  for (const chunk of chunks) {
    const from = Math.max(0, start - place);
    const to = Math.min(chunk.byteLength, end + 1 - place);
    for (let at = from; at < to; at += chunkBytes) yield chunk.subarray(at, Math.min(to, at + chunkBytes));
    place += chunk.byteLength;
  }
}

/** How many bytes blobs and uploads may take together. */
export class MemoryRoom {
  readonly #limitBytes: number;
  #takenBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  has(sizeBytes: number): boolean {
    return this.#takenBytes + sizeBytes <= this.#limitBytes;
  }

  /** @throws {Fault} STORE_FULL */
  take(sizeBytes: number): void {
    if (!this.has(sizeBytes)) {
      throw new Fault('STORE_FULL', `Cannot take in more: the memory of the registry holds ${this.#limitBytes} bytes`);
    }
    this.#takenBytes += sizeBytes;
  }

  giveBack(sizeBytes: number): void {
    this.#takenBytes -= sizeBytes;
  }
}
