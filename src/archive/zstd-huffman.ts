import { BackwardBits } from './backward-bits.ts';
import { damaged } from './damaged.ts';
import { buildFseTable, FseState, readDistribution } from './zstd-fse.ts';

/** Decoding table of a Huffman code: for the next `maxBits` bits the symbol, and above it the length of its code. */
export interface HuffmanTable {
  readonly maxBits: number;
  readonly entries: Uint16Array;
}

const longestCode = 11;

/**
 * Reads a Huffman code; gives the bytes it took. https://www.rfc-editor.org/rfc/rfc8878#section-4.2.1
 * @throws {Fault} ARCHIVE_MALFORMED
 */
export function readHuffmanTable(bytes: Uint8Array): HuffmanTable & { readonly sizeBytes: number } {
  const header = bytes[0] ?? 0;
  const packedBytes = header < 128 ? header : (header - 126) >> 1;
  if (bytes.length < 1 + packedBytes) throw damaged('zstd', 'a Huffman table is cut off');
  const packed = bytes.subarray(1, 1 + packedBytes);
  const weights = header < 128 ? readCodedWeights(packed) : readPlainWeights(packed, header - 127);
  return { ...buildTable(weights), sizeBytes: 1 + packedBytes };
}

/** Decodes a stream of symbols that fills `target`. @throws {Fault} ARCHIVE_MALFORMED */
export function decodeHuffman({ maxBits, entries }: HuffmanTable, stream: Uint8Array, target: Uint8Array): void {
  const bits = new BackwardBits(stream);
  for (let at = 0; at < target.length; at++) {
    const entry = entries[bits.peek(maxBits)] ?? 0;
    target[at] = entry & 0xff;
    bits.skip(entry >> 8);
  }
  bits.checkEnd();
}

function readPlainWeights(packed: Uint8Array, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => {
    const pair = packed[index >> 1] ?? 0;
    return index % 2 === 0 ? pair >> 4 : pair & 15;
  });
}

/** Two states take turns until the bits end. */
function readCodedWeights(packed: Uint8Array): readonly number[] {
  const distribution = readDistribution(packed, { maxLog: 6, maxSymbol: 12 });
  const table = buildFseTable(distribution);
  const bits = new BackwardBits(packed.subarray(distribution.sizeBytes));
  const states = [new FseState(table, bits), new FseState(table, bits)] as const;
  const weights: number[] = [];
  for (let turn = 0; weights.length < 255; turn = 1 - turn) {
    const state = turn === 0 ? states[0] : states[1];
    weights.push(state.symbol);
    state.advance();
    if (bits.left >= 0) continue;
    weights.push((turn === 0 ? states[1] : states[0]).symbol);
    return weights;
  }
  throw damaged('zstd', 'a Huffman table has too many symbols');
}

/** The last weight is not stored: it is what makes the code whole. */
function buildTable(stored: readonly number[]): HuffmanTable {
  const sum = stored.reduce((total, weight) => total + (weight === 0 ? 0 : 1 << (weight - 1)), 0);
  const maxBits = 32 - Math.clz32(sum);
  const rest = (1 << maxBits) - sum;
  if (sum === 0 || maxBits > longestCode || (rest & (rest - 1)) !== 0) {
    throw damaged('zstd', 'a Huffman table contradicts itself');
  }
  const weights = [...stored, 32 - Math.clz32(rest)];
  const entries = new Uint16Array(1 << maxBits);
  let place = 0;
  for (let weight = 1; weight <= maxBits; weight++) {
    for (const [symbol, own] of weights.entries()) {
      if (own !== weight) continue;
      const end = place + (1 << (weight - 1));
      entries.fill(((maxBits + 1 - weight) << 8) | symbol, place, end);
      place = end;
    }
  }
  return { maxBits, entries };
}
