import { damaged } from './damaged.ts';
import { decodeHuffman, type HuffmanTable, readHuffmanTable } from './zstd-huffman.ts';

export interface ZstdLiterals {
  readonly literals: Uint8Array;
  /** Bytes of the section. */
  readonly sizeBytes: number;
  /** The Huffman code, which a later block may use again. */
  readonly table: HuffmanTable | undefined;
}

const maxLiterals = 128 * 1024;

interface LiteralsHeader {
  readonly kind: number;
  readonly headerBytes: number;
  readonly literalCount: number;
  readonly storedBytes: number;
  readonly streamCount: 1 | 4;
}

/**
 * Decodes the literals of a block. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.3.1
 * @throws {Fault} ARCHIVE_MALFORMED
 */
export function decodeLiterals(block: Uint8Array, before: HuffmanTable | undefined): ZstdLiterals {
  const { kind, headerBytes, literalCount, storedBytes, streamCount } = parseHeader(block);
  const end = headerBytes + storedBytes;
  if (literalCount > maxLiterals || end > block.length) throw damaged('zstd', 'the literals of a block are too long');
  const stored = block.subarray(headerBytes, end);
  if (kind === 0) return { literals: stored, sizeBytes: end, table: before };
  if (kind === 1) {
    return { literals: new Uint8Array(literalCount).fill(stored[0] ?? 0), sizeBytes: end, table: before };
  }
  const read = kind === 2 ? readHuffmanTable(stored) : undefined;
  const table = read ?? before;
  if (table === undefined) throw damaged('zstd', 'the literals of a block have no Huffman table');
  const streams = stored.subarray(read?.sizeBytes ?? 0);
  const literals = new Uint8Array(literalCount);
  if (streamCount === 1) decodeHuffman(table, streams, literals);
  else decodeFour(table, streams, literals);
  return { literals, sizeBytes: end, table };
}

function parseHeader(block: Uint8Array): LiteralsHeader {
  const first = block[0] ?? 0;
  const kind = first & 3;
  const format = (first >> 2) & 3;
  const word = first + (block[1] ?? 0) * 2 ** 8 + (block[2] ?? 0) * 2 ** 16 + (block[3] ?? 0) * 2 ** 24;
  if (kind < 2) {
    const headerBytes = format === 1 ? 2 : format === 3 ? 3 : 1;
    const literalCount = headerBytes === 1 ? first >> 3 : (word % 2 ** (8 * headerBytes)) >>> 4;
    return { kind, headerBytes, literalCount, storedBytes: kind === 0 ? literalCount : 1, streamCount: 1 };
  }
  const headerBytes = format < 2 ? 3 : format + 2;
  const width = format < 2 ? 10 : format === 2 ? 14 : 18;
  const whole = Math.floor((word + (block[4] ?? 0) * 2 ** 32) / 16);
  return {
    kind,
    headerBytes,
    literalCount: whole % 2 ** width,
    storedBytes: Math.floor(whole / 2 ** width) % 2 ** width,
    streamCount: format === 0 ? 1 : 4,
  };
}

/** Four streams of the same code, the lengths of three of them before them. */
function decodeFour(table: HuffmanTable, streams: Uint8Array, literals: Uint8Array): void {
  const quarter = Math.floor((literals.length + 3) / 4);
  let at = 6;
  for (let index = 0; index < 4; index++) {
    const length = (streams[2 * index] ?? 0) | ((streams[2 * index + 1] ?? 0) << 8);
    const end = index === 3 ? streams.length : at + length;
    const target = literals.subarray(index * quarter, index === 3 ? literals.length : (index + 1) * quarter);
    if (at >= end || end > streams.length || index * quarter > literals.length) {
      throw damaged('zstd', 'the literals of a block are cut off');
    }
    decodeHuffman(table, streams.subarray(at, end), target);
    at = end;
  }
}
