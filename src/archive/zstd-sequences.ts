import { BackwardBits } from './backward-bits.ts';
import { damaged } from './damaged.ts';
import type { HistoryWindow } from './history-window.ts';
import {
  buildFseTable,
  type FseDistribution,
  FseState,
  type FseTable,
  readDistribution,
  singleFseTable,
} from './zstd-fse.ts';

/** The tables of literal lengths, offsets and match lengths, which a later block may use again. */
export interface SequenceTables {
  readonly literalLengths: FseTable;
  readonly offsets: FseTable;
  readonly matchLengths: FseTable;
}

/** https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.2.3 */
export const maxBlockBytes = 128 * 1024;

/** The last three offsets of a frame, the latest first. */
export type RecentOffsets = [number, number, number];

interface SequenceCode {
  /** Where in the byte of modes this one's two bits are. */
  readonly modeShift: number;
  readonly maxLog: number;
  readonly maxSymbol: number;
  readonly usual: FseTable;
}

/** https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.3.2.2 */
const usualLiteralLengths: FseDistribution = {
  accuracyLog: 6,
  counts: [
    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
  ],
};
const usualMatchLengths: FseDistribution = {
  accuracyLog: 6,
  counts: [
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
  ],
};
const usualOffsets: FseDistribution = {
  accuracyLog: 5,
  counts: [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
};
const literalLengthCode = { modeShift: 6, maxLog: 9, maxSymbol: 35, usual: buildFseTable(usualLiteralLengths) };
const offsetCode = { modeShift: 4, maxLog: 8, maxSymbol: 31, usual: buildFseTable(usualOffsets) };
const matchLengthCode = { modeShift: 2, maxLog: 9, maxSymbol: 52, usual: buildFseTable(usualMatchLengths) };

/** First value and extra bits of each code. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.3.2.1.1 */
const literalLengthBits = Uint8Array.of(
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
);
const matchLengthBits = Uint8Array.of(
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
);
const literalLengthStarts = startsOf(literalLengthBits, 0);
const matchLengthStarts = startsOf(matchLengthBits, 3);

function startsOf(bits: Uint8Array, first: number): Uint32Array {
  let next = first;
  return Uint32Array.from(bits, (count) => {
    const start = next;
    next += 2 ** count;
    return start;
  });
}

/** A block's sequences, ready to be carried out. */
export interface ZstdSequences {
  readonly count: number;
  readonly tables: SequenceTables;
  readonly bitstream: Uint8Array;
}

/**
 * Reads the head of a block's sequences. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.3.2
 * @throws {Fault} ARCHIVE_MALFORMED
 */
export function readSequences(section: Uint8Array, before: SequenceTables | undefined): ZstdSequences | undefined {
  const [first = 0, second = 0, third = 0] = section;
  if (first === 0) return undefined;
  const count = first < 128 ? first : first < 255 ? ((first - 128) << 8) + second : second + (third << 8) + 0x7f00;
  const head = first < 128 ? 1 : first < 255 ? 2 : 3;
  const reader: TableReader = { section, modes: section[head] ?? 0, at: head + 1 };
  const tables = {
    literalLengths: readTable(reader, literalLengthCode, before?.literalLengths),
    offsets: readTable(reader, offsetCode, before?.offsets),
    matchLengths: readTable(reader, matchLengthCode, before?.matchLengths),
  };
  if (reader.at > section.length) throw damaged('zstd', 'the sequences of a block are cut off');
  return { count, tables, bitstream: section.subarray(reader.at) };
}

interface TableReader {
  readonly section: Uint8Array;
  readonly modes: number;
  at: number;
}

function readTable(reader: TableReader, code: SequenceCode, before: FseTable | undefined): FseTable {
  const mode = (reader.modes >> code.modeShift) & 3;
  if (mode === 0) return code.usual;
  if (mode === 1) {
    const symbol = reader.section[reader.at++] ?? 255;
    if (symbol > code.maxSymbol) throw damaged('zstd', 'a block uses a code that there is not');
    return singleFseTable(symbol);
  }
  if (mode === 2) {
    const distribution = readDistribution(reader.section.subarray(reader.at), code);
    reader.at += distribution.sizeBytes;
    return buildFseTable(distribution);
  }
  if (before === undefined) throw damaged('zstd', 'a block repeats a table that there is not');
  return before;
}

export interface SequenceTarget {
  readonly literals: Uint8Array;
  readonly window: HistoryWindow;
  /** Changed as the sequences go. */
  readonly recent: RecentOffsets;
}

/**
 * Copies literals and matches into the window, as the sequences say. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.4
 * @throws {Fault} ARCHIVE_MALFORMED
 */
export function runSequences({ count, tables, bitstream }: ZstdSequences, target: SequenceTarget): void {
  const { literals, window, recent } = target;
  const bits = new BackwardBits(bitstream);
  const literalLengths = new FseState(tables.literalLengths, bits);
  const offsets = new FseState(tables.offsets, bits);
  const matchLengths = new FseState(tables.matchLengths, bits);
  let literalsAt = 0;
  let blockBytes = 0;
  for (let left = count; left > 0; left--) {
    const offsetValue = readOffset(bits, offsets.symbol);
    const matchCode = matchLengths.symbol;
    const matchLength = (matchLengthStarts[matchCode] ?? 0) + bits.read(matchLengthBits[matchCode] ?? 0);
    const literalCode = literalLengths.symbol;
    const literalLength = (literalLengthStarts[literalCode] ?? 0) + bits.read(literalLengthBits[literalCode] ?? 0);
    blockBytes += literalLength + matchLength;
    if (blockBytes > maxBlockBytes || literalsAt + literalLength > literals.length) {
      throw damaged('zstd', 'the sequences of a block are longer than it may be');
    }
    window.pushAll(literals, literalsAt, literalsAt + literalLength);
    literalsAt += literalLength;
    window.repeat(resolveOffset(offsetValue, literalLength, recent), matchLength);
    if (left === 1) break;
    literalLengths.advance();
    matchLengths.advance();
    offsets.advance();
  }
  bits.checkEnd();
  if (blockBytes + literals.length - literalsAt > maxBlockBytes)
    throw damaged('zstd', 'a block is longer than it may be');
  window.pushAll(literals, literalsAt);
}

function readOffset(bits: BackwardBits, code: number): number {
  if (code <= 24) return (1 << code) + bits.read(code);
  return 2 ** code + bits.read(code - 16) * 2 ** 16 + bits.read(16);
}

/** Values 1 to 3 stand for recent offsets, one further where no literals come before. */
function resolveOffset(value: number, literalLength: number, recent: RecentOffsets): number {
  const place = value > 3 ? 3 : value - (literalLength === 0 ? 0 : 1);
  let offset = value - 3;
  if (value <= 3) offset = place === 3 ? recent[0] - 1 : (recent[place] ?? 0);
  if (offset === 0) throw damaged('zstd', 'a match has no offset');
  if (place === 0) return offset;
  if (place !== 1) recent[2] = recent[1];
  recent[1] = recent[0];
  recent[0] = offset;
  return offset;
}
