/** Reads bits, the highest first, from bytes in memory; past their end there are zeros. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #held = 0;
  #heldBits = 0;

  /** Starts at a bit counted from the highest of the first byte. */
  constructor(bytes: Uint8Array, startBit = 0) {
    this.#bytes = bytes;
    this.#at = startBit >> 3;
    this.read(startBit & 7);
  }

  /** Bits read so far, with those before the start. */
  get position(): number {
    return this.#at * 8 - this.#heldBits;
  }

  /** Whether bits were read that are not there. */
  get isPastEnd(): boolean {
    return this.position > this.#bytes.length * 8;
  }

  /** The next `count` bits, at most 24, without reading them. */
  peek(count: number): number {
    while (this.#heldBits < count) {
      this.#held = (this.#held << 8) | (this.#bytes[this.#at++] ?? 0);
      this.#heldBits += 8;
    }
    return (this.#held >>> (this.#heldBits - count)) & ((1 << count) - 1);
  }

  /** Passes over bits that were peeked at. */
  skip(count: number): void {
    this.#heldBits -= count;
  }

  /** The next `count` bits, at most 24. */
  read(count: number): number {
    const bits = this.peek(count);
    this.#heldBits -= count;
    return bits;
  }
}
