/** Keeps the last `maxBytes` bytes of a stream. */
export class OutputTail {
  readonly #maxBytes: number;
  #chunks: Uint8Array[] = [];
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  write(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.byteLength;
    if (this.#sizeBytes > 2 * this.#maxBytes) this.#compact();
  }

  /** What was kept as text, without a character that was cut in two at its start. */
  text(): string {
    const kept = this.#compact();
    let start = 0;
    while (start < Math.min(kept.length, 4) && isContinuation(kept[start])) start += 1;
    return kept.subarray(start).toString('utf8');
  }

  #compact(): Buffer {
    const kept = Buffer.concat(this.#chunks).subarray(-this.#maxBytes);
    this.#chunks = [kept];
    this.#sizeBytes = kept.byteLength;
    return kept;
  }
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
