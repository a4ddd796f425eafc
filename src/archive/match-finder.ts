/** How hard to look for repetitions. */
export interface MatchEffort {
  /** Earlier places with the same hash that are tried. */
  readonly maxTries: number;
  /** A match this long is taken without looking further. */
  readonly goodLength: number;
  /** Whether the match at the next byte is tried before one is taken. */
  readonly lazy: boolean;
}

/** https://www.rfc-editor.org/rfc/rfc1951#section-2 */
const windowBytes = 32_768;
const minMatch = 4;
const maxMatch = 258;
const hashBits = 15;

/** The bit that tells a match from a literal; a match has its length minus 3 from bit 16 on, its distance below. */
export const matchFlag = 1 << 24;

/**
 * Divides a block into literals (the byte) and matches (flag, length, distance): LZ77 with hash chains. Only whole
 * numbers take part, so the result is the same on every machine.
 */
export function findMatches(block: Uint8Array, effort: MatchEffort): Uint32Array {
  const tokens = new Uint32Array(block.length);
  const finder = new MatchFinder(block, effort);
  let count = 0;
  let at = 0;
  while (at < block.length) {
    let match = finder.longest(at, minMatch - 1);
    if (match === 0) {
      tokens[count++] = block[at++] ?? 0;
      continue;
    }
    if (effort.lazy && match >> 16 < effort.goodLength) {
      const next = finder.longest(at + 1, match >> 16);
      if (next !== 0) {
        tokens[count++] = block[at++] ?? 0;
        match = next;
      }
    }
    const length = match >> 16;
    tokens[count++] = matchFlag | ((length - 3) << 16) | (match & 0xffff);
    at += length;
    finder.advance(at);
  }
  return tokens.subarray(0, count);
}

class MatchFinder {
  readonly #block: Uint8Array;
  readonly #effort: MatchEffort;
  /** Last place of each hash, and for each place of the window the one before it; plus one, 0 being none. */
  readonly #heads = new Int32Array(1 << hashBits);
  readonly #previous = new Int32Array(windowBytes);
  readonly #lastHashed: number;
  #hashed = 0;

  constructor(block: Uint8Array, effort: MatchEffort) {
    this.#block = block;
    this.#effort = effort;
    this.#lastHashed = block.length - minMatch;
  }

  /** The longest match at `at` that is longer than `beat`, as length shifted by 16 plus distance (32768 as 0x8000); 0 for none. */
  longest(at: number, beat: number): number {
    if (at > this.#lastHashed) return 0;
    this.advance(at);
    const block = this.#block;
    const limit = Math.min(maxMatch, block.length - at);
    let best = beat;
    let distance = 0;
    let candidate = this.#heads[this.#hash(at)] ?? 0;
    for (let tries = this.#effort.maxTries; candidate > 0 && tries > 0 && best < limit; tries--) {
      const start = candidate - 1;
      if (at - start > windowBytes) break;
      const length = block[start + best] === block[at + best] ? this.#commonLength(start, at, limit) : 0;
      if (length > best) {
        best = length;
        distance = at - start;
        if (best >= this.#effort.goodLength) break;
      }
      candidate = this.#previous[start & (windowBytes - 1)] ?? 0;
    }
    return distance === 0 ? 0 : (best << 16) | distance;
  }

  /** Remembers all places before `end`. */
  advance(end: number): void {
    const stop = Math.min(end, this.#lastHashed + 1);
    for (; this.#hashed < stop; this.#hashed++) {
      const hash = this.#hash(this.#hashed);
      this.#previous[this.#hashed & (windowBytes - 1)] = this.#heads[hash] ?? 0;
      this.#heads[hash] = this.#hashed + 1;
    }
  }

  #commonLength(start: number, at: number, limit: number): number {
    const block = this.#block;
    let length = 0;
    while (length < limit && block[start + length] === block[at + length]) length++;
    return length;
  }

  #hash(at: number): number {
    const block = this.#block;
    const word =
      (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8) | ((block[at + 2] ?? 0) << 16) | ((block[at + 3] ?? 0) << 24);
    return Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
  }
}
