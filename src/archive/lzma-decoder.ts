import { damaged } from './damaged.ts';
import type { HistoryWindow } from './history-window.ts';
import { freshProbabilities, type Probabilities, type RangeDecoder } from './range-decoder.ts';

/** How many bits of the place and of the byte before choose the probabilities of a literal, and of the rest. */
export interface LzmaProperties {
  readonly literalContextBits: number;
  readonly literalPlaceBits: number;
  readonly placeBits: number;
}

/** Reads LZMA's one byte of properties. @throws {Fault} ARCHIVE_MALFORMED */
export function parseLzmaProperties(byte: number): LzmaProperties {
  const literalContextBits = byte % 9;
  const literalPlaceBits = Math.floor(byte / 9) % 5;
  if (byte >= 225 || literalContextBits + literalPlaceBits > 4) throw damaged('xz', 'LZMA properties are out of range');
  return { literalContextBits, literalPlaceBits, placeBits: Math.floor(byte / 45) };
}

/**
 * Decodes LZMA symbols into a window; keeps its state from one stretch to the next.
 * Follows the LZMA specification, https://7-zip.org/sdk.html (lzma-specification.txt).
 */
export class LzmaDecoder {
  readonly #properties: LzmaProperties;
  readonly #isMatch = freshProbabilities(12 << 4);
  readonly #isRepeat = freshProbabilities(12);
  readonly #isRepeat0 = freshProbabilities(12 << 4);
  /** Of what kind a repeated distance is: three questions for each of the 12 states. */
  readonly #repeatKind = freshProbabilities(12 * 3);
  readonly #literals: Probabilities;
  readonly #matchLengths = new LengthDecoder();
  readonly #repeatLengths = new LengthDecoder();
  readonly #slots = freshProbabilities(4 << 6);
  readonly #lowDistances = freshProbabilities(128);
  readonly #align = freshProbabilities(16);
  #state = 0;
  /** The last four distances, less one, the latest first. */
  #distance0 = 0;
  #distance1 = 0;
  #distance2 = 0;
  #distance3 = 0;
  #place = 0;

  constructor(properties: LzmaProperties) {
    this.#properties = properties;
    this.#literals = freshProbabilities(0x300 << (properties.literalContextBits + properties.literalPlaceBits));
  }

  /** Decodes `byteCount` bytes. @throws {Fault} ARCHIVE_MALFORMED */
  decode(range: RangeDecoder, window: HistoryWindow, byteCount: number): void {
    const placeMask = (1 << this.#properties.placeBits) - 1;
    for (let left = byteCount; left > 0; ) {
      const placeState = this.#place & placeMask;
      if (range.bit(this.#isMatch, (this.#state << 4) + placeState) === 0) {
        this.#literal(range, window);
        left--;
        this.#place++;
        continue;
      }
      const length = this.#matchLength(range, placeState);
      if (length > left) throw damaged('xz', 'a match is longer than its chunk');
      window.repeat(this.#distance0 + 1, length);
      left -= length;
      this.#place = (this.#place + length) >>> 0;
    }
  }

  /** Counts bytes that were stored as they are. */
  passOver(byteCount: number): void {
    this.#place = (this.#place + byteCount) >>> 0;
  }

  #literal(range: RangeDecoder, window: HistoryWindow): void {
    const { literalContextBits, literalPlaceBits } = this.#properties;
    const place = this.#place & ((1 << literalPlaceBits) - 1);
    const start = 0x300 * ((place << literalContextBits) + (window.at(1) >> (8 - literalContextBits)));
    const byte =
      this.#state < 7
        ? range.tree(this.#literals, start, 8)
        : range.matchedLiteral(this.#literals, start, window.at(this.#distance0 + 1));
    window.push(byte);
    this.#state = this.#state < 4 ? 0 : this.#state - (this.#state < 10 ? 3 : 6);
  }

  /** Decodes the length of a match, its distance then being the latest. */
  #matchLength(range: RangeDecoder, placeState: number): number {
    if (range.bit(this.#isRepeat, this.#state) === 0) {
      const length = this.#matchLengths.decode(range, placeState);
      this.#distance3 = this.#distance2;
      this.#distance2 = this.#distance1;
      this.#distance1 = this.#distance0;
      this.#distance0 = this.#distance(range, length);
      this.#state = this.#state < 7 ? 7 : 10;
      return length;
    }
    if (range.bit(this.#repeatKind, this.#state) === 0) {
      if (range.bit(this.#isRepeat0, (this.#state << 4) + placeState) === 0) {
        this.#state = this.#state < 7 ? 9 : 11;
        return 1;
      }
    } else {
      this.#chooseRepeat(range);
    }
    const length = this.#repeatLengths.decode(range, placeState);
    this.#state = this.#state < 7 ? 8 : 11;
    return length;
  }

  /** Makes the second, third or fourth latest distance the latest. */
  #chooseRepeat(range: RangeDecoder): void {
    let chosen = this.#distance1;
    if (range.bit(this.#repeatKind, 12 + this.#state) === 1) {
      chosen = this.#distance2;
      if (range.bit(this.#repeatKind, 24 + this.#state) === 1) {
        chosen = this.#distance3;
        this.#distance3 = this.#distance2;
      }
      this.#distance2 = this.#distance1;
    }
    this.#distance1 = this.#distance0;
    this.#distance0 = chosen;
  }

  #distance(range: RangeDecoder, length: number): number {
    const slot = range.tree(this.#slots, Math.min(length - 2, 3) << 6, 6);
    if (slot < 4) return slot;
    const directBits = (slot >> 1) - 1;
    const base = ((2 | (slot & 1)) << directBits) >>> 0;
    if (slot < 14) return base + range.reverseTree(this.#lowDistances, base - slot, directBits);
    const high = range.direct(directBits - 4) * 16;
    return base + high + range.reverseTree(this.#align, 0, 4);
  }
}

class LengthDecoder {
  readonly #choice = freshProbabilities(2);
  readonly #low = freshProbabilities(16 << 3);
  readonly #middle = freshProbabilities(16 << 3);
  readonly #high = freshProbabilities(256);

  decode(range: RangeDecoder, placeState: number): number {
    if (range.bit(this.#choice, 0) === 0) return 2 + range.tree(this.#low, placeState << 3, 3);
    if (range.bit(this.#choice, 1) === 0) return 10 + range.tree(this.#middle, placeState << 3, 3);
    return 18 + range.tree(this.#high, 0, 8);
  }
}
