import { Fault } from '../errors/fault.ts';
import { maxHeaderBytes } from './archive-limits.ts';
import { text } from './assemble-entry.ts';
import type { ByteReader } from './byte-reader.ts';
import { blockBytes } from './header-fields.ts';
import {
  parseSparseNumber,
  parseSparseNumbers,
  readOldSparseExtension,
  readOldSparseHeader,
  type SparseMap,
  sparseMap,
} from './sparse.ts';

export interface SparseHeader {
  /** The entry's own header block. */
  readonly block: Buffer;
  readonly typeFlag: string;
  readonly records: ReadonlyMap<string, Uint8Array>;
  /** Bytes that follow the header, a map among them included. */
  readonly storedBytes: number;
}

/** A sparse file's map, and the bytes of data that follow it. */
export interface SparseContent {
  readonly map: SparseMap;
  readonly storedBytes: number;
}

/**
 * Reads the map of a sparse file in any of its four formats; undefined where the entry is not sparse.
 * https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html
 * @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_TRUNCATED, ARCHIVE_TOO_LARGE
 */
export async function readSparseMap(reader: ByteReader, header: SparseHeader): Promise<SparseContent | undefined> {
  const { records, storedBytes } = header;
  if (header.typeFlag === 'S') return readOldMap(reader, header);
  const realSize = text(records, 'GNU.sparse.realsize') ?? text(records, 'GNU.sparse.size');
  if (realSize === undefined) return undefined;
  const sizeBytes = parseSparseNumber(realSize);
  if (text(records, 'GNU.sparse.major') === '1') return readMapInContent(reader, sizeBytes, storedBytes);
  const numbers = parseSparseNumbers(text(records, 'GNU.sparse.map') ?? '', ',');
  return { map: sparseMap(numbers, sizeBytes, storedBytes), storedBytes };
}

async function readOldMap(reader: ByteReader, { block, storedBytes }: SparseHeader): Promise<SparseContent> {
  const first = readOldSparseHeader(block);
  const numbers = [...first.numbers];
  for (let more = first.extended; more; ) {
    checkMapBytes(numbers.length * 12);
    const part = readOldSparseExtension(await takeBlock(reader));
    numbers.push(...part.numbers);
    more = part.extended;
  }
  return { map: sparseMap(numbers, first.sizeBytes, storedBytes), storedBytes };
}

/** Format 1.0: the number of regions and the regions stand before the data, a number a line, in whole blocks. */
async function readMapInContent(reader: ByteReader, sizeBytes: number, storedBytes: number): Promise<SparseContent> {
  let lines: readonly string[] = [];
  let mapText = '';
  let mapBytes = 0;
  let wanted = 1;
  while (lines.length - 1 < wanted) {
    checkMapBytes(mapBytes);
    mapText += (await takeBlock(reader)).toString('latin1');
    mapBytes += blockBytes;
    lines = mapText.split('\n');
    if (lines.length > 1) wanted = 1 + 2 * parseSparseNumber(lines[0] ?? '');
  }
  const numbers = lines.slice(1, wanted).map(parseSparseNumber);
  return { map: sparseMap(numbers, sizeBytes, storedBytes - mapBytes), storedBytes: storedBytes - mapBytes };
}

async function takeBlock(reader: ByteReader): Promise<Buffer> {
  const block = await reader.take(blockBytes);
  if (block.length === blockBytes) return block;
  throw new Fault('ARCHIVE_TRUNCATED', 'Cannot read the archive: it ends inside the map of a sparse file');
}

function checkMapBytes(mapBytes: number): void {
  if (mapBytes <= maxHeaderBytes) return;
  throw new Fault(
    'ARCHIVE_TOO_LARGE',
    `Cannot read the archive: the map of a sparse file is longer than ${maxHeaderBytes} bytes`,
  );
}
