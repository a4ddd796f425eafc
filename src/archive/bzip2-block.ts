import type { BitReader } from './bit-reader.ts';
import { damaged, unsupported } from './damaged.ts';

/** A block after Huffman and move-to-front, before the Burrows-Wheeler transform is turned back. */
export interface Bzip2Block {
  /** Bytes of the last column. */
  readonly column: Uint8Array;
  /** Row of the original. */
  readonly origin: number;
}

interface SymbolCode {
  readonly shortest: number;
  /** For each length the highest code, or -1, and what to add to a code to get the place of its symbol. */
  readonly limits: Int32Array;
  readonly offsets: Int32Array;
  readonly symbols: Uint16Array;
}

const longestCode = 20;
/** Symbols that are decoded before the code changes. */
const groupSize = 50;

/**
 * Decodes the block whose mark and checksum were read. No specification exists; this follows the format's description at
 * https://github.com/dsnet/compress/blob/master/doc/bzip2-format.pdf.
 * @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_UNSUPPORTED
 */
export function decodeBzip2Block(bits: BitReader, level: number): Bzip2Block {
  if (bits.read(1) === 1) throw unsupported('bzip2', 'it is randomised, which bzip2 gave up in 1999');
  const origin = bits.read(24);
  const alphabet = readAlphabet(bits);
  const codeCount = bits.read(3);
  const selectors = readSelectors(bits, codeCount);
  if (alphabet.length === 0 || codeCount < 2 || codeCount > 6) throw damaged('bzip2', 'a block header is not one');
  const codes = Array.from({ length: codeCount }, () => readCode(bits, alphabet.length + 2));
  const symbols = new SymbolReader(bits, codes, selectors);
  const column = readColumn(symbols, alphabet, level * 100_000);
  if (origin >= column.length) throw damaged('bzip2', 'a block has no such first row');
  return { column, origin };
}

function readAlphabet(bits: BitReader): Uint8Array {
  const alphabet: number[] = [];
  const ranges = bits.read(16);
  for (let range = 0; range < 16; range++) {
    const used = ((ranges >> (15 - range)) & 1) === 1 ? bits.read(16) : 0;
    for (let low = 0; low < 16; low++) if (((used >> (15 - low)) & 1) === 1) alphabet.push(range * 16 + low);
  }
  return Uint8Array.from(alphabet);
}

/** Which code each group of symbols uses, move-to-front coded in unary. */
function readSelectors(bits: BitReader, codeCount: number): Uint8Array {
  const count = bits.read(15);
  const order = [0, 1, 2, 3, 4, 5];
  return Uint8Array.from({ length: count }, () => {
    let place = 0;
    while (bits.read(1) === 1) if (++place >= codeCount) throw damaged('bzip2', 'a selector is not one');
    const [selected = 0] = order.splice(place, 1);
    order.unshift(selected);
    return selected;
  });
}

function readCode(bits: BitReader, symbolCount: number): SymbolCode {
  const lengths = new Uint8Array(symbolCount);
  let length = bits.read(5);
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1;
    if (length < 1 || length > longestCode) throw damaged('bzip2', 'a code length is out of range');
    lengths[symbol] = length;
  }
  return assembleCode(lengths);
}

function assembleCode(lengths: Uint8Array): SymbolCode {
  const symbols = Uint16Array.from(lengths.keys()).sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  const limits = new Int32Array(longestCode + 1).fill(-1);
  const offsets = new Int32Array(longestCode + 1);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= longestCode; length++) {
    offsets[length] = place - code;
    while (place < symbols.length && lengths[symbols[place] ?? 0] === length) {
      limits[length] = code++;
      place++;
    }
    code <<= 1;
  }
  return { shortest: lengths[symbols[0] ?? 0] ?? 1, limits, offsets, symbols };
}

class SymbolReader {
  readonly #bits: BitReader;
  readonly #codes: readonly SymbolCode[];
  readonly #selectors: Uint8Array;
  #group = 0;
  #left = 0;
  #code: SymbolCode | undefined;

  constructor(bits: BitReader, codes: readonly SymbolCode[], selectors: Uint8Array) {
    this.#bits = bits;
    this.#codes = codes;
    this.#selectors = selectors;
  }

  next(): number {
    if (this.#left === 0) {
      this.#code = this.#codes[this.#selectors[this.#group++] ?? -1];
      this.#left = groupSize;
    }
    if (this.#code === undefined) throw damaged('bzip2', 'a block has more symbols than it says');
    this.#left--;
    const { shortest, limits, offsets, symbols } = this.#code;
    const ahead = this.#bits.peek(longestCode);
    for (let length = shortest; length <= longestCode; length++) {
      const code = ahead >> (longestCode - length);
      if (code > (limits[length] ?? -1)) continue;
      this.#bits.skip(length);
      return symbols[code + (offsets[length] ?? 0)] ?? 0;
    }
    throw damaged('bzip2', 'a symbol is not in its code');
  }
}

/** Turns symbols to bytes: runs of the first byte as two-digit numbers (0 and 1), then places of a move-to-front list. */
function readColumn(symbols: SymbolReader, alphabet: Uint8Array, maxBytes: number): Uint8Array {
  const column = new Uint8Array(maxBytes);
  const list = alphabet.slice();
  const end = alphabet.length + 1;
  let size = 0;
  let run = 0;
  let digit = 1;
  for (let symbol = symbols.next(); ; symbol = symbols.next()) {
    if (symbol <= 1) {
      run += digit << symbol;
      digit <<= 1;
      if (run > maxBytes) throw damaged('bzip2', 'a block is longer than it may be');
      continue;
    }
    if (size + run + (symbol === end ? 0 : 1) > maxBytes) throw damaged('bzip2', 'a block is longer than it may be');
    column.fill(list[0] ?? 0, size, size + run);
    size += run;
    if (symbol === end) return column.subarray(0, size);
    run = 0;
    digit = 1;
    const byte = list[symbol - 1] ?? 0;
    list.copyWithin(1, 0, symbol - 1);
    list[0] = byte;
    column[size++] = byte;
  }
}

const outputBytes = 256 * 1024;
const checksumTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
  return value;
});

/** Turns the transform back and expands runs; gives the content in pieces, and at the end its checksum. */
export function* expandBzip2Block({ column, origin }: Bzip2Block): Generator<Uint8Array, number, undefined> {
  const rows = linkRows(column);
  let row = rows[(rows[origin] ?? 0) >>> 8] ?? 0;
  let checksum = -1;
  let output = new Uint8Array(outputBytes);
  let used = 0;
  let before = -1;
  let equal = 0;
  for (let left = column.length; left > 0; left--) {
    const byte = row & 0xff;
    row = rows[row >>> 8] ?? 0;
    const isCount = equal === 4;
    const repeats = isCount ? byte : 1;
    if (!isCount) equal = byte === before ? equal + 1 : 1;
    if (isCount) equal = 0;
    else before = byte;
    for (let index = 0; index < repeats; index++) {
      checksum = (checksum << 8) ^ (checksumTable[(checksum >>> 24) ^ before] ?? 0);
      output[used++] = before;
    }
    if (isCount) before = -1;
    if (used < outputBytes - 256) continue;
    yield output.subarray(0, used);
    output = new Uint8Array(outputBytes);
    used = 0;
  }
  if (used > 0) yield output.subarray(0, used);
  return ~checksum >>> 0;
}

/** For each row its byte and, above that, the row that follows. */
function linkRows(column: Uint8Array): Uint32Array {
  const starts = new Uint32Array(257);
  for (const byte of column) starts[byte + 1] = (starts[byte + 1] ?? 0) + 1;
  for (let byte = 1; byte <= 256; byte++) starts[byte] = (starts[byte] ?? 0) + (starts[byte - 1] ?? 0);
  const rows = new Uint32Array(column.length);
  rows.set(column);
  for (let row = 0; row < column.length; row++) {
    const byte = column[row] ?? 0;
    const place = starts[byte] ?? 0;
    rows[place] = (rows[place] ?? 0) | (row << 8);
    starts[byte] = place + 1;
  }
  return rows;
}
