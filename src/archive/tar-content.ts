import { Fault } from '../errors/fault.ts';
import { invariant } from '../errors/invariant.ts';
import type { ByteReader } from './byte-reader.ts';
import { chunkBytes } from './chunk-buffer.ts';
import type { SparseMap, SparseRegion } from './sparse.ts';

export interface StoredContent {
  /** Path of the entry, for messages. */
  readonly path: string;
  /** Bytes that stand in the archive and belong to the content. */
  readonly storedBytes: number;
  /** Bytes between the content and the next header. */
  readonly paddingBytes: number;
  readonly sparse?: SparseMap;
}

/**
 * The content of one entry, to be read at most once and before the next entry is asked for. What is not read is
 * skipped. Sparse files are expanded.
 */
export class TarContent implements AsyncIterable<Uint8Array> {
  readonly #reader: ByteReader;
  readonly #stored: StoredContent;
  #leftBytes: number;
  #opened = false;

  constructor(reader: ByteReader, stored: StoredContent) {
    this.#reader = reader;
    this.#stored = stored;
    this.#leftBytes = stored.storedBytes;
  }

  /** @throws {Fault} ARCHIVE_TRUNCATED */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    this.#open();
    const { sparse } = this.#stored;
    if (sparse === undefined) yield* this.#pieces(this.#leftBytes);
    else yield* this.#expanded(sparse);
  }

  /** The whole content as one array; for small ones, since it is held in memory. @throws {Fault} ARCHIVE_TRUNCATED */
  async bytes(): Promise<Uint8Array> {
    if (this.#stored.sparse !== undefined) return gather(this);
    this.#open();
    const whole = await this.#reader.take(this.#leftBytes);
    this.#leftBytes -= whole.length;
    if (this.#leftBytes > 0) throw this.#truncated();
    return whole;
  }

  /** Passes over what was not read; only for the reader of the archive. @throws {Fault} ARCHIVE_TRUNCATED */
  async skipRest(): Promise<void> {
    this.#opened = true;
    const wanted = this.#leftBytes + this.#stored.paddingBytes;
    this.#leftBytes = 0;
    if (wanted === 0 || this.#reader.takeNow(wanted) !== undefined) return;
    if ((await this.#reader.skip(wanted)) < wanted) throw this.#truncated();
  }

  #open(): void {
    invariant(!this.#opened, `The content of "${this.#stored.path}" was read twice, or after the next entry`);
    this.#opened = true;
  }

  async *#pieces(byteCount: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = byteCount; left > 0; ) {
      const piece = await this.#reader.takeSome(Math.min(left, this.#leftBytes));
      if (piece.length === 0) throw this.#truncated();
      left -= piece.length;
      this.#leftBytes -= piece.length;
      yield piece;
    }
  }

  async *#expanded({ regions, sizeBytes }: SparseMap): AsyncGenerator<Uint8Array, void, undefined> {
    let at = 0;
    const end: SparseRegion = { offset: sizeBytes, sizeBytes: 0 };
    for (const region of [...regions, end]) {
      yield* zeros(region.offset - at);
      yield* this.#pieces(region.sizeBytes);
      at = region.offset + region.sizeBytes;
    }
  }

  #truncated(): Fault {
    const { path } = this.#stored;
    return new Fault('ARCHIVE_TRUNCATED', `Cannot read the archive: it ends inside the content of "${path}"`, {
      where: { path },
    });
  }
}

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

function* zeros(byteCount: number): Generator<Uint8Array, void, undefined> {
  const chunk = new Uint8Array(Math.min(byteCount, chunkBytes));
  for (let left = byteCount; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
}
