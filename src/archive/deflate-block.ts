import { BitWriter } from './bit-writer.ts';
import {
  distanceCode,
  distanceExtraBits,
  distanceStarts,
  lengthCode,
  lengthExtraBits,
  lengthStarts,
} from './deflate-codes.ts';
import { huffmanCode, type PrefixCode } from './huffman.ts';
import { findMatches, type MatchEffort, matchFlag } from './match-finder.ts';
import { looksRandom, sampleOf } from './random-bytes.ts';
import { storeDeflate } from './stored-deflate.ts';

/**
 * Compresses a block as deflate blocks none of which is the last and which end at a whole byte. Written in whole
 * numbers alone, so that the same block and level give the same bytes on every CPU and with every version of Node.
 * Levels 1 (fast) to 9 (small).
 */
export function deflateBlock(block: Uint8Array, level: number): Uint8Array {
  if (isIncompressible(block)) return storeDeflate(block);
  const tokens = findMatches(block, effortOf(level));
  const writer = new BitWriter(block.length >> 1);
  for (let at = 0; at < tokens.length; at += tokensPerCode)
    writeTokens(writer, tokens.subarray(at, at + tokensPerCode));
  writeEmptyStored(writer);
  const deflated = writer.bytes();
  return deflated.length > block.length + 5 ? storeDeflate(block) : deflated;
}

/** Tokens that share one Huffman code. */
const tokensPerCode = 32_768;
const endOfBlock = 256;
/** https://www.rfc-editor.org/rfc/rfc1951#section-3.2.7 */
const codeLengthOrder: readonly number[] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function effortOf(level: number): MatchEffort {
  const tries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024];
  const bounded = Math.max(1, Math.min(9, Math.trunc(level)));
  return { maxTries: tries[bounded] ?? 16, goodLength: bounded < 4 ? 32 : 128, lazy: bounded >= 4 };
}

function isIncompressible(block: Uint8Array): boolean {
  if (block.length < 64 * 1024 || !looksRandom(block)) return false;
  const sample = sampleOf(block, 8, 8 * 1024);
  return findMatches(sample, effortOf(1)).length > 0.98 * sample.length;
}

function writeTokens(writer: BitWriter, tokens: Uint32Array): void {
  const literalCounts = new Uint32Array(286);
  const distanceCounts = new Uint32Array(30);
  literalCounts[endOfBlock] = 1;
  for (const token of tokens) {
    const symbol = token < matchFlag ? token : 257 + lengthCode(((token >> 16) & 0xff) + 3);
    literalCounts[symbol] = (literalCounts[symbol] ?? 0) + 1;
    if (token < matchFlag) continue;
    const code = distanceCode(token & 0xffff);
    distanceCounts[code] = (distanceCounts[code] ?? 0) + 1;
  }
  const literals = huffmanCode(literalCounts, 15);
  const distances = huffmanCode(distanceCounts, 15);
  // A block that is not the last one (0), with codes of its own (10).
  writer.write(0b100, 3);
  writeCodes(writer, literals, distances);
  for (const token of tokens) {
    if (token < matchFlag) writeSymbol(writer, literals, token);
    else writeMatch(writer, token, { literals, distances });
  }
  writeSymbol(writer, literals, endOfBlock);
}

interface BlockCodes {
  readonly literals: PrefixCode;
  readonly distances: PrefixCode;
}

function writeMatch(writer: BitWriter, token: number, { literals, distances }: BlockCodes): void {
  const length = ((token >> 16) & 0xff) + 3;
  const distance = token & 0xffff;
  const lengthAt = lengthCode(length);
  writeSymbol(writer, literals, 257 + lengthAt);
  writer.write(length - (lengthStarts[lengthAt] ?? 0), lengthExtraBits[lengthAt] ?? 0);
  const distanceAt = distanceCode(distance);
  writeSymbol(writer, distances, distanceAt);
  writer.write(distance - (distanceStarts[distanceAt] ?? 0), distanceExtraBits[distanceAt] ?? 0);
}

function writeSymbol(writer: BitWriter, { bits, lengths }: PrefixCode, symbol: number): void {
  writer.write(bits[symbol] ?? 0, lengths[symbol] ?? 0);
}

/** Writes both codes as the lengths of their symbols, run-length coded and Huffman coded once more. */
function writeCodes(writer: BitWriter, literals: PrefixCode, distances: PrefixCode): void {
  const literalLengths = trimZeros(literals.lengths, 257);
  const distanceLengths = trimZeros(distances.lengths, 1);
  const runs = encodeRuns([...literalLengths, ...distanceLengths]);
  const counts = new Uint32Array(19);
  for (const { symbol } of runs) counts[symbol] = (counts[symbol] ?? 0) + 1;
  const code = huffmanCode(counts, 7);
  let codeCount = codeLengthOrder.length;
  while (codeCount > 4 && code.lengths[codeLengthOrder[codeCount - 1] ?? 0] === 0) codeCount--;
  writer.write(literalLengths.length - 257, 5);
  writer.write(distanceLengths.length - 1, 5);
  writer.write(codeCount - 4, 4);
  for (const symbol of codeLengthOrder.slice(0, codeCount)) writer.write(code.lengths[symbol] ?? 0, 3);
  for (const { symbol, extra, extraBits } of runs) {
    writeSymbol(writer, code, symbol);
    writer.write(extra, extraBits);
  }
}

interface LengthRun {
  /** A length, or 16 (repeat the one before), 17 and 18 (repeat zero). */
  readonly symbol: number;
  readonly extra: number;
  readonly extraBits: number;
}

function encodeRuns(lengths: readonly number[]): readonly LengthRun[] {
  const runs: LengthRun[] = [];
  for (let at = 0; at < lengths.length; ) {
    const length = lengths[at] ?? 0;
    let end = at + 1;
    while (end < lengths.length && lengths[end] === length) end++;
    if (length !== 0) runs.push({ symbol: length, extra: 0, extraBits: 0 });
    pushRepeats(runs, length, length === 0 ? end - at : end - at - 1);
    at = end;
  }
  return runs;
}

function pushRepeats(runs: LengthRun[], length: number, count: number): void {
  for (let left = count; left > 0; ) {
    const most = length === 0 ? 138 : 6;
    const taken = Math.min(left, most);
    left -= taken;
    if (taken < 3) for (let single = 0; single < taken; single++) runs.push({ symbol: length, extra: 0, extraBits: 0 });
    else if (length !== 0) runs.push({ symbol: 16, extra: taken - 3, extraBits: 2 });
    else if (taken <= 10) runs.push({ symbol: 17, extra: taken - 3, extraBits: 3 });
    else runs.push({ symbol: 18, extra: taken - 11, extraBits: 7 });
  }
}

function trimZeros(lengths: Uint8Array, least: number): Uint8Array {
  let end = lengths.length;
  while (end > least && lengths[end - 1] === 0) end--;
  return lengths.subarray(0, end);
}

/** A stored block of nothing: the way to a whole byte. */
function writeEmptyStored(writer: BitWriter): void {
  writer.write(0, 3);
  writer.align();
  writer.writeBytes(Uint8Array.of(0, 0, 0xff, 0xff));
}
