/** The size of the chunks that all streams of this folder are made of: hashing smaller ones costs twice the time. */
export const chunkBytes = 1024 * 1024;

/** Gathers bytes of any length into chunks of one exact size. The chunks given out are never touched again. */
export class ChunkBuffer {
  readonly #size: number;
  #full: Uint8Array[] = [];
  #open: Buffer;
  #used = 0;

  constructor(size: number = chunkBytes) {
    this.#size = size;
    this.#open = Buffer.allocUnsafeSlow(size);
  }

  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const taken = Math.min(bytes.length - at, this.#size - this.#used);
      this.#open.set(taken === bytes.length ? bytes : bytes.subarray(at, at + taken), this.#used);
      this.#advance(taken);
      at += taken;
    }
  }

  pushZeros(byteCount: number): void {
    for (let left = byteCount; left > 0; ) {
      const taken = Math.min(left, this.#size - this.#used);
      this.#open.fill(0, this.#used, this.#used + taken);
      this.#advance(taken);
      left -= taken;
    }
  }

  /** The chunks that became full since the last call. */
  takeFull(): readonly Uint8Array[] {
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** What is left of the last chunk; empty where the bytes ended on a whole one. Ends the use of the buffer. */
  takeRest(): Uint8Array {
    const rest = this.#open.subarray(0, this.#used);
    this.#used = 0;
    return rest;
  }

  #advance(byteCount: number): void {
    this.#used += byteCount;
    if (this.#used < this.#size) return;
    this.#full.push(this.#open);
    this.#open = Buffer.allocUnsafeSlow(this.#size);
    this.#used = 0;
  }
}
