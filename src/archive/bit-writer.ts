/** Writes bits, the lowest first, into a buffer that grows. */
export class BitWriter {
  #bytes: Uint8Array;
  #used = 0;
  #held = 0;
  #heldBits = 0;

  constructor(expectedBytes: number) {
    this.#bytes = new Uint8Array(expectedBytes + 64);
  }

  /** Writes the lowest `count` bits, at most 16. */
  write(bits: number, count: number): void {
    this.#held |= bits << this.#heldBits;
    this.#heldBits += count;
    if (this.#heldBits >= 16) this.#spill();
  }

  /** Fills up to a whole byte with zeros. */
  align(): void {
    while (this.#heldBits > 0) {
      this.#reserve(1);
      this.#bytes[this.#used++] = this.#held & 0xff;
      this.#held >>>= 8;
      this.#heldBits = Math.max(0, this.#heldBits - 8);
    }
    this.#held = 0;
  }

  /** Writes whole bytes; only after `align`. */
  writeBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** What was written; only after `align`. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#used);
  }

  #spill(): void {
    if (this.#used + 2 > this.#bytes.length) this.#reserve(2);
    this.#bytes[this.#used] = this.#held & 0xff;
    this.#bytes[this.#used + 1] = (this.#held >>> 8) & 0xff;
    this.#used += 2;
    this.#held >>>= 16;
    this.#heldBits -= 16;
  }

  #reserve(byteCount: number): void {
    if (this.#used + byteCount <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#used + byteCount));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
