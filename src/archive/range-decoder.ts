/** Probabilities that a bit is 0, in 2048ths; they learn from every bit. */
export type Probabilities = Uint16Array;

/** Probabilities at one half. */
export function freshProbabilities(count: number): Probabilities {
  return new Uint16Array(count).fill(1024);
}

/** LZMA's adaptive binary range decoder over bytes in memory; past their end there are zeros. */
export class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at = 5;
  #range = 0xffffffff;
  #code: number;

  /** Reads the five bytes that a coded stretch starts with. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const [first = 1, ...code] = bytes.subarray(0, 5);
    // A first byte other than 0 cannot be: it makes `isFinished` false for good.
    this.#code = first === 0 && code.length === 4 ? code.reduce((sum, byte) => sum * 256 + byte, 0) : 0xffffffff;
  }

  /** Whether all bytes were used and nothing is left over, as must be at the end. */
  get isFinished(): boolean {
    return this.#code === 0 && this.#at === this.#bytes.length;
  }

  bit(probabilities: Probabilities, index: number): number {
    const probability = probabilities[index] ?? 0;
    const bound = (this.#range >>> 11) * probability;
    let bit = 0;
    if (this.#code < bound) {
      this.#range = bound;
      probabilities[index] = probability + ((2048 - probability) >> 5);
    } else {
      this.#range -= bound;
      this.#code -= bound;
      probabilities[index] = probability - (probability >> 5);
      bit = 1;
    }
    if (this.#range < 0x1000000) this.#shift();
    return bit;
  }

  /** `count` bits, the highest first, each with the probability of what came before it. */
  tree(probabilities: Probabilities, start: number, count: number): number {
    let symbol = 1;
    for (let index = 0; index < count; index++) symbol = (symbol << 1) | this.bit(probabilities, start + symbol);
    return symbol - (1 << count);
  }

  /** `count` bits, the lowest first. */
  reverseTree(probabilities: Probabilities, start: number, count: number): number {
    let symbol = 1;
    let value = 0;
    for (let index = 0; index < count; index++) {
      const bit = this.bit(probabilities, start + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << index;
    }
    return value;
  }

  /** `count` bits that are equally likely, the highest first. */
  direct(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      value = (value << 1) | bit;
      if (this.#range < 0x1000000) this.#shift();
    }
    return value;
  }

  #shift(): void {
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | (this.#bytes[this.#at++] ?? 0)) >>> 0;
  }
}
