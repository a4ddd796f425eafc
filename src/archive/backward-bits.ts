import { damaged } from './damaged.ts';

/** Zeros on both sides of the bytes, so that four of them can always be read at once. */
const margin = 8;

/**
 * zstd's bit streams: written forwards, read from their end, which a single 1 marks.
 * https://www.rfc-editor.org/rfc/rfc8878#section-4.1
 */
export class BackwardBits {
  readonly #view: DataView;
  /** Bits that are left; below 0 where more were read than there are. */
  #left: number;

  constructor(bytes: Uint8Array) {
    const last = bytes.at(-1) ?? 0;
    if (last === 0) throw damaged('zstd', 'a stream of bits has no end');
    const padded = new Uint8Array(bytes.length + 2 * margin);
    padded.set(bytes, margin);
    this.#view = new DataView(padded.buffer);
    this.#left = bytes.length * 8 - (Math.clz32(last) - 24) - 1;
  }

  get left(): number {
    return this.#left;
  }

  /** The next `count` bits, at most 25, without reading them; zeros where there are none. */
  peek(count: number): number {
    const at = this.#left - count + margin * 8;
    if (at < 0) throw damaged('zstd', 'a stream of bits ends too early');
    return (this.#view.getUint32(at >> 3, true) >>> (at & 7)) & ((1 << count) - 1);
  }

  skip(count: number): void {
    this.#left -= count;
  }

  /** The next `count` bits, at most 25. */
  read(count: number): number {
    const bits = this.peek(count);
    this.#left -= count;
    return bits;
  }

  /** @throws {Fault} ARCHIVE_MALFORMED where the stream was not read exactly to its end. */
  checkEnd(): void {
    if (this.#left !== 0) throw damaged('zstd', 'a stream of bits does not end where it should');
  }
}
