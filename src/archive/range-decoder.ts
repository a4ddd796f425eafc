/** Probabilities that a bit is 0, in 2048ths; they learn from every bit. */
export type Probabilities = Uint16Array;

/** Probabilities at one half. */
export function freshProbabilities(count: number): Probabilities {
  return new Uint16Array(count).fill(1024);
}

const rangeAt = 0;
const codeAt = 1;
/** Below this the next byte is taken in. */
const smallRange = 0x1000000;

/** LZMA's adaptive binary range decoder over bytes in memory; past their end there are zeros. */
export class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at = 5;
  /** Range and code; in an array, since fields of an object that hold 32 bits are allocated anew on every change. */
  readonly #state = Uint32Array.of(0xffffffff, 0);

  /** Reads the five bytes that a coded stretch starts with. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const [first = 1, ...code] = bytes.subarray(0, 5);
    // A first byte other than 0 cannot be: it makes `isFinished` false for good.
    this.#state[codeAt] =
      first === 0 && code.length === 4 ? code.reduce((sum, byte) => sum * 256 + byte, 0) : 0xffffffff;
  }

  /** Whether all bytes were used and nothing is left over, as must be at the end. */
  get isFinished(): boolean {
    return this.#state[codeAt] === 0 && this.#at === this.#bytes.length;
  }

  bit(probabilities: Probabilities, index: number): number {
    const state = this.#state;
    const range = state[rangeAt] ?? 0;
    const code = state[codeAt] ?? 0;
    const probability = probabilities[index] ?? 0;
    const bound = Math.imul(range >>> 11, probability) >>> 0;
    const isZero = code < bound;
    probabilities[index] = probability + (isZero ? (2048 - probability) >> 5 : -(probability >> 5));
    const left = isZero ? bound : range - bound;
    const rest = isZero ? code : code - bound;
    if (left >= smallRange) {
      state[rangeAt] = left;
      state[codeAt] = rest;
    } else {
      state[rangeAt] = left << 8;
      state[codeAt] = (rest << 8) | (this.#bytes[this.#at++] ?? 0);
    }
    return isZero ? 0 : 1;
  }

  /** `count` bits, the highest first, each with the probability of what came before it. */
  tree(probabilities: Probabilities, start: number, count: number): number {
    const end = 1 << count;
    return this.#tree(probabilities, start, end) - end;
  }

  /** `count` bits, the lowest first. */
  reverseTree(probabilities: Probabilities, start: number, count: number): number {
    const end = 1 << count;
    let symbol = this.#tree(probabilities, start, end) - end;
    let value = 0;
    for (let index = 0; index < count; index++) {
      value = (value << 1) | (symbol & 1);
      symbol >>= 1;
    }
    return value;
  }

  /** The 8 bits of a literal after a match, whose byte `expected` chooses the probabilities for as long as it is right. */
  matchedLiteral(probabilities: Probabilities, start: number, expected: number): number {
    let symbol = 1;
    for (let matched = expected; symbol < 0x100; matched <<= 1) {
      const guess = (matched >> 7) & 1;
      const bit = this.bit(probabilities, start + ((1 + guess) << 8) + symbol);
      symbol = (symbol << 1) | bit;
      if (bit !== guess) break;
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.bit(probabilities, start + symbol);
    return symbol & 0xff;
  }

  /** `count` bits that are equally likely, the highest first. */
  direct(count: number): number {
    let range = this.#state[rangeAt] ?? 0;
    let code = this.#state[codeAt] ?? 0;
    let value = 0;
    for (let index = 0; index < count; index++) {
      range >>>= 1;
      const bit = code >= range ? 1 : 0;
      if (bit === 1) code -= range;
      value = (value << 1) | bit;
      if (range >= smallRange) continue;
      range = (range << 8) >>> 0;
      code = ((code << 8) | (this.#bytes[this.#at++] ?? 0)) >>> 0;
    }
    this.#state[rangeAt] = range;
    this.#state[codeAt] = code;
    return value;
  }

  /** Reads bits until the symbol that they make, a leading 1 before them, is as large as `end`. The one hot loop. */
  #tree(probabilities: Probabilities, start: number, end: number): number {
    let range = this.#state[rangeAt] ?? 0;
    let code = this.#state[codeAt] ?? 0;
    let symbol = 1;
    while (symbol < end) {
      const probability = probabilities[start + symbol] ?? 0;
      const bound = Math.imul(range >>> 11, probability) >>> 0;
      if (code < bound) {
        range = bound;
        probabilities[start + symbol] = probability + ((2048 - probability) >> 5);
        symbol <<= 1;
      } else {
        range -= bound;
        code -= bound;
        probabilities[start + symbol] = probability - (probability >> 5);
        symbol = (symbol << 1) | 1;
      }
      if (range >= smallRange) continue;
      range = (range << 8) >>> 0;
      code = ((code << 8) | (this.#bytes[this.#at++] ?? 0)) >>> 0;
    }
    this.#state[rangeAt] = range;
    this.#state[codeAt] = code;
    return symbol;
  }
}
