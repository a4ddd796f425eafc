import { damaged } from './damaged.ts';

/** Bytes that slide out at once, where the window is larger. */
const slackBytes = 4 * 1024 ** 2;

/** What was decoded, as far back as matches may reach. Grows to what is needed. */
export class HistoryWindow {
  readonly #format: string;
  readonly #sizeBytes: number;
  #bytes = new Uint8Array(64 * 1024);
  #end = 0;
  /** Bytes since the last reset. */
  #reach = 0;

  constructor(format: string, sizeBytes: number) {
    this.#format = format;
    this.#sizeBytes = sizeBytes;
  }

  /** Makes room for `byteCount` more bytes, so that `since` can give them as one. */
  reserve(byteCount: number): void {
    const needed = this.#end + byteCount;
    if (needed <= this.#bytes.length) return;
    const kept = Math.min(this.#end, this.#sizeBytes);
    const wanted = kept + byteCount + Math.min(kept, slackBytes);
    if (this.#bytes.length >= wanted) {
      this.#bytes.copyWithin(0, this.#end - kept, this.#end);
    } else {
      const most = this.#sizeBytes + byteCount + slackBytes;
      const grown = new Uint8Array(Math.max(wanted, Math.min(2 * wanted, most)));
      grown.set(this.#bytes.subarray(this.#end - kept, this.#end));
      this.#bytes = grown;
    }
    this.#end = kept;
  }

  /** Forgets what was before: no match may reach it. */
  reset(): void {
    this.#reach = 0;
  }

  get end(): number {
    return this.#end;
  }

  push(byte: number): void {
    this.#bytes[this.#end++] = byte;
    this.#reach++;
  }

  pushAll(source: Uint8Array, from = 0, to: number = source.length): void {
    const length = to - from;
    if (length > 64) this.#bytes.set(source.subarray(from, to), this.#end);
    else for (let at = 0; at < length; at++) this.#bytes[this.#end + at] = source[from + at] ?? 0;
    this.#end += length;
    this.#reach += length;
  }

  pushSame(byte: number, count: number): void {
    this.#bytes.fill(byte, this.#end, this.#end + count);
    this.#end += count;
    this.#reach += count;
  }

  /** The byte `distance` back; 1 is the last one. Before the start there are zeros. */
  at(distance: number): number {
    return distance > this.#reach ? 0 : (this.#bytes[this.#end - distance] ?? 0);
  }

  /** Repeats what stands `distance` back. @throws {Fault} ARCHIVE_MALFORMED */
  repeat(distance: number, length: number): void {
    if (distance > this.#reach || distance > this.#sizeBytes)
      throw damaged(this.#format, 'a match reaches before the start');
    const bytes = this.#bytes;
    const start = this.#end - distance;
    const stop = this.#end + length;
    if (length > 64 && distance >= length) bytes.copyWithin(this.#end, start, start + length);
    else for (let at = this.#end; at < stop; at++) bytes[at] = bytes[at - distance] ?? 0;
    this.#end = stop;
    this.#reach += length;
  }

  /** A copy of what was written since `end` was `start`. */
  since(start: number): Uint8Array {
    return this.#bytes.slice(start, this.#end);
  }
}
