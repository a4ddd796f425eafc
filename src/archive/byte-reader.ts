/** Takes exact numbers of bytes from a stream of chunks, without copying where they lie in one chunk. */
export class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** The next `byteCount` bytes where they are at hand already. */
  takeNow(byteCount: number): Buffer | undefined {
    const end = this.#at + byteCount;
    if (end > this.#chunk.length) return undefined;
    const taken = this.#chunk.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** The next `byteCount` bytes; fewer only where the stream ends. */
  async take(byteCount: number): Promise<Buffer> {
    const whole = this.takeNow(byteCount);
    if (whole !== undefined) return whole;
    const pieces: Buffer[] = [];
    for (let left = byteCount; left > 0; ) {
      const piece = await this.takeSome(left);
      if (piece.length === 0) break;
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  /** Between 1 and `maxBytes` bytes, as they come; none where the stream ended. */
  async takeSome(maxBytes: number): Promise<Buffer> {
    while (this.#at === this.#chunk.length && !this.#ended) await this.#advance();
    const taken = this.#chunk.subarray(this.#at, this.#at + maxBytes);
    this.#at += taken.length;
    return taken;
  }

  /** Passes over bytes; gives how many there were. */
  async skip(byteCount: number): Promise<number> {
    let left = byteCount;
    while (left > 0) {
      const piece = await this.takeSome(left);
      if (piece.length === 0) break;
      left -= piece.length;
    }
    return byteCount - left;
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#iterator.return?.();
  }

  async #advance(): Promise<void> {
    const next = await this.#iterator.next();
    this.#ended = next.done === true;
    const bytes = next.done === true ? new Uint8Array(0) : next.value;
    this.#chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
  }
}
