import { damaged } from './damaged.ts';
import { HistoryWindow } from './history-window.ts';
import type { HuffmanTable } from './zstd-huffman.ts';
import { decodeLiterals } from './zstd-literals.ts';
import {
  maxBlockBytes,
  type RecentOffsets,
  readSequences,
  runSequences,
  type SequenceTables,
} from './zstd-sequences.ts';

/** Decodes the blocks of one zstd frame. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.2 */
export class ZstdDecoder {
  readonly #window: HistoryWindow;
  readonly #recent: RecentOffsets = [1, 4, 8];
  #huffman: HuffmanTable | undefined;
  #tables: SequenceTables | undefined;

  constructor(windowBytes: number) {
    this.#window = new HistoryWindow('zstd', windowBytes);
  }

  /** A block that is stored as it is. */
  store(bytes: Uint8Array): Uint8Array {
    this.#window.reserve(bytes.length);
    this.#window.pushAll(bytes);
    return bytes;
  }

  /** A block of one byte again and again. */
  repeat(byte: number, count: number): Uint8Array {
    this.#window.reserve(count);
    const start = this.#window.end;
    this.#window.pushSame(byte, count);
    return this.#window.since(start);
  }

  /** A compressed block. @throws {Fault} ARCHIVE_MALFORMED */
  decode(block: Uint8Array): Uint8Array {
    this.#window.reserve(maxBlockBytes);
    const start = this.#window.end;
    const { literals, sizeBytes, table } = decodeLiterals(block, this.#huffman);
    this.#huffman = table;
    if (sizeBytes >= block.length) throw damaged('zstd', 'a block has no sequences');
    const sequences = readSequences(block.subarray(sizeBytes), this.#tables);
    if (sequences === undefined) this.#window.pushAll(literals);
    else {
      this.#tables = sequences.tables;
      runSequences(sequences, { literals, window: this.#window, recent: this.#recent });
    }
    return this.#window.since(start);
  }
}
