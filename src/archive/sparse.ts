import { Fault } from '../errors/fault.ts';
import { readCount } from './decode-header.ts';
import { blockBytes, type HeaderField } from './header-fields.ts';

/** Data that is really stored, and where it stands in the expanded file; all between is zeros. */
export interface SparseRegion {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** How a sparse file is put together. https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html */
export interface SparseMap {
  /** Ascending, without overlap. */
  readonly regions: readonly SparseRegion[];
  /** Size of the expanded file. */
  readonly sizeBytes: number;
}

/** Makes a map of offset, size, offset, size, ... @throws {Fault} ARCHIVE_MALFORMED */
export function sparseMap(numbers: readonly number[], sizeBytes: number, storedBytes: number): SparseMap {
  if (numbers.length % 2 !== 0) throw damagedMap();
  const regions: SparseRegion[] = [];
  let end = 0;
  let dataBytes = 0;
  for (let at = 0; at < numbers.length; at += 2) {
    const region = { offset: numbers[at] ?? 0, sizeBytes: numbers[at + 1] ?? 0 };
    if (region.offset < end) throw damagedMap();
    end = region.offset + region.sizeBytes;
    dataBytes += region.sizeBytes;
    if (region.sizeBytes > 0) regions.push(region);
  }
  if (end > sizeBytes || dataBytes !== storedBytes) throw damagedMap();
  return { regions, sizeBytes };
}

/** Reads the numbers of a pax sparse map, separated by `separator`. @throws {Fault} ARCHIVE_MALFORMED */
export function parseSparseNumbers(text: string, separator: string): readonly number[] {
  if (text === '') return [];
  return text.split(separator).map(parseSparseNumber);
}

/** Reads one decimal number of a pax sparse header. @throws {Fault} ARCHIVE_MALFORMED */
export function parseSparseNumber(text: string): number {
  const value = Number(text);
  if (!/^[0-9]{1,16}$/.test(text) || !Number.isSafeInteger(value)) throw damagedMap();
  return value;
}

/** The part of an old GNU map that stands in a header, or in one of the blocks that follow it. */
export interface OldSparsePart {
  readonly numbers: readonly number[];
  /** Whether another block of the map follows. */
  readonly extended: boolean;
}

/** Reads the map in an old GNU sparse header. @throws {Fault} ARCHIVE_MALFORMED */
export function readOldSparseHeader(block: Buffer): OldSparsePart & { readonly sizeBytes: number } {
  return { ...readOldSparse(block, { start: 386, count: 4, flag: 482 }), sizeBytes: readCount(block, [483, 12]) };
}

/** Reads a block that goes on with an old GNU map. @throws {Fault} ARCHIVE_MALFORMED */
export function readOldSparseExtension(block: Buffer): OldSparsePart {
  if (block.length < blockBytes) throw damagedMap();
  return readOldSparse(block, { start: 0, count: 21, flag: 504 });
}

interface OldSparsePlace {
  readonly start: number;
  readonly count: number;
  readonly flag: number;
}

function readOldSparse(block: Buffer, { start, count, flag }: OldSparsePlace): OldSparsePart {
  const numbers: number[] = [];
  for (let index = 0; index < count; index++) {
    const offset: HeaderField = [start + 24 * index, 12];
    const size: HeaderField = [start + 24 * index + 12, 12];
    if (block[offset[0]] === 0 || block[size[0]] === 0) break;
    numbers.push(readCount(block, offset), readCount(block, size));
  }
  return { numbers, extended: block[flag] !== 0 };
}

function damagedMap(): Fault {
  return new Fault('ARCHIVE_MALFORMED', 'Cannot read the archive: the map of a sparse file contradicts itself');
}
