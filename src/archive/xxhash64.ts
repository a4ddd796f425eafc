/** A number of 64 bits as its lower and upper half. */
type Halves = readonly [low: number, high: number];

const prime1: Halves = [0x85ebca87, 0x9e3779b1];
const prime2: Halves = [0x27d4eb4f, 0xc2b2ae3d];
const prime3: Halves = [0x9e3779f9, 0x165667b1];
const prime4: Halves = [0xc2b2ae63, 0x85ebca77];
const prime5: Halves = [0x165667c5, 0x27d4eb2f];
const zero: Halves = [0, 0];

/**
 * XXH64 with the seed 0, as zstd checks its frames, in halves of 32 bits, since BigInt takes several times as long.
 * https://github.com/Cyan4973/xxHash/blob/v0.8.2/doc/xxhash_spec.md#xxh64-algorithm-description
 */
export class Xxhash64 {
  readonly #lanes = [
    new Lane(add(prime1, prime2)),
    new Lane(prime2),
    new Lane(zero),
    new Lane(negate(prime1)),
  ] as const;
  readonly #rest = Buffer.alloc(32);
  #restBytes = 0;
  #totalBytes = 0;

  update(bytes: Uint8Array): void {
    this.#totalBytes += bytes.length;
    let at = 0;
    if (this.#restBytes > 0) {
      at = Math.min(32 - this.#restBytes, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restBytes);
      this.#restBytes += at;
      if (this.#restBytes < 32) return;
      this.#stripes(this.#rest, 0, 32);
    }
    const whole = at + Math.floor((bytes.length - at) / 32) * 32;
    this.#stripes(bytes, at, whole);
    this.#rest.set(bytes.subarray(whole));
    this.#restBytes = bytes.length - whole;
  }

  /** The lower 32 bits, which is what zstd stores. */
  digestLow(): number {
    let hash = this.#totalBytes < 32 ? prime5 : this.#mergeLanes();
    hash = add(hash, [this.#totalBytes >>> 0, Math.floor(this.#totalBytes / 2 ** 32)]);
    let at = 0;
    for (; at + 8 <= this.#restBytes; at += 8) {
      const lane = new Lane(zero);
      lane.round(this.#rest.readInt32LE(at), this.#rest.readInt32LE(at + 4));
      hash = add(multiply(rotate(xor(hash, lane.value), 27), prime1), prime4);
    }
    for (; at + 4 <= this.#restBytes; at += 4) {
      hash = xor(hash, multiply([this.#rest.readUInt32LE(at), 0], prime1));
      hash = add(multiply(rotate(hash, 23), prime2), prime3);
    }
    for (; at < this.#restBytes; at++) {
      hash = multiply(rotate(xor(hash, multiply([this.#rest.readUInt8(at), 0], prime5)), 11), prime1);
    }
    hash = multiply(xor(hash, shiftRight(hash, 33)), prime2);
    hash = multiply(xor(hash, shiftRight(hash, 29)), prime3);
    return xor(hash, shiftRight(hash, 32))[0] >>> 0;
  }

  #stripes(bytes: Uint8Array, start: number, end: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const [first, second, third, fourth] = this.#lanes;
    for (let at = start; at < end; at += 32) {
      first.round(view.getInt32(at, true), view.getInt32(at + 4, true));
      second.round(view.getInt32(at + 8, true), view.getInt32(at + 12, true));
      third.round(view.getInt32(at + 16, true), view.getInt32(at + 20, true));
      fourth.round(view.getInt32(at + 24, true), view.getInt32(at + 28, true));
    }
  }

  #mergeLanes(): Halves {
    const turns = [1, 7, 12, 18];
    let hash = this.#lanes.reduce((sum, lane, index) => add(sum, rotate(lane.value, turns[index] ?? 0)), zero);
    for (const lane of this.#lanes) {
      const merged = new Lane(zero);
      merged.round(...lane.value);
      hash = add(multiply(xor(hash, merged.value), prime1), prime4);
    }
    return hash;
  }
}

/** One of the four accumulators; the only part that is hot, so it makes no arrays. */
class Lane {
  #low: number;
  #high: number;

  constructor([low, high]: Halves) {
    this.#low = low | 0;
    this.#high = high | 0;
  }

  get value(): Halves {
    return [this.#low, this.#high];
  }

  /** Adds input x prime 2, rotates by 31, multiplies by prime 1. */
  round(low: number, high: number): void {
    const productHigh = (upperProduct(low, 0x27d4eb4f) + Math.imul(low, 0xc2b2ae3d) + Math.imul(high, 0x27d4eb4f)) | 0;
    const sum = (this.#low >>> 0) + (Math.imul(low, 0x27d4eb4f) >>> 0);
    const sumHigh = (this.#high + productHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
    const sumLow = sum | 0;
    const turnedLow = (sumLow << 31) | (sumHigh >>> 1);
    const turnedHigh = (sumHigh << 31) | (sumLow >>> 1);
    this.#low = Math.imul(turnedLow, 0x85ebca87);
    this.#high =
      (upperProduct(turnedLow, 0x85ebca87) + Math.imul(turnedLow, 0x9e3779b1) + Math.imul(turnedHigh, 0x85ebca87)) | 0;
  }
}

/** The upper half of the product of two numbers of 32 bits. */
function upperProduct(a: number, b: number): number {
  const lowA = a & 0xffff;
  const highA = a >>> 16;
  const lowB = b & 0xffff;
  const highB = b >>> 16;
  const low = Math.imul(lowA, lowB) >>> 16;
  const crossA = Math.imul(highA, lowB) >>> 0;
  const crossB = Math.imul(lowA, highB) >>> 0;
  const middle = low + (crossA & 0xffff) + (crossB & 0xffff);
  return (Math.imul(highA, highB) + (crossA >>> 16) + (crossB >>> 16) + (middle >>> 16)) | 0;
}

function add([lowA, highA]: Halves, [lowB, highB]: Halves): Halves {
  const low = (lowA >>> 0) + (lowB >>> 0);
  return [low | 0, (highA + highB + (low > 0xffffffff ? 1 : 0)) | 0];
}

function negate([low, high]: Halves): Halves {
  return add([~low, ~high], [1, 0]);
}

function multiply([lowA, highA]: Halves, [lowB, highB]: Halves): Halves {
  const high = upperProduct(lowA, lowB) + Math.imul(lowA, highB) + Math.imul(highA, lowB);
  return [Math.imul(lowA, lowB), high | 0];
}

function xor([lowA, highA]: Halves, [lowB, highB]: Halves): Halves {
  return [lowA ^ lowB, highA ^ highB];
}

/** Rotates to the left by 1 to 31 bits. */
function rotate([low, high]: Halves, count: number): Halves {
  return [(low << count) | (high >>> (32 - count)), (high << count) | (low >>> (32 - count))];
}

/** Shifts to the right by 29, 32 or 33 bits. */
function shiftRight([low, high]: Halves, count: number): Halves {
  return count >= 32 ? [high >>> (count - 32), 0] : [(low >>> count) | (high << (32 - count)), high >>> count];
}
