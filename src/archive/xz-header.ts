import { crc32 } from 'node:zlib';
import { damaged, unsupported } from './damaged.ts';

/** How the blocks of a stream are checked. */
export interface XzCheck {
  /** 0 none, 1 CRC-32, 4 CRC-64, 10 SHA-256. */
  readonly id: number;
  readonly sizeBytes: number;
}

export interface XzBlockHeader {
  /** Bytes that the decoder must remember. */
  readonly windowBytes: number;
}

const checkSizes: Readonly<Record<number, number>> = { 0: 0, 1: 4, 4: 8, 10: 32 };
/** Four times what `xz -9` asks for. */
const maxWindowBytes = 256 * 1024 ** 2;
const lzma2Filter = 0x21;

/** Reads a stream header of 12 bytes. @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_UNSUPPORTED */
export function parseXzFlags(header: Buffer): XzCheck {
  if (header.toString('hex', 0, 6) !== 'fd377a585a00') throw damaged('xz', 'a stream does not start as one');
  if (header.readUInt32LE(8) !== crc32(header.subarray(6, 8))) throw damaged('xz', 'the checksum of a header differs');
  const id = header.readUInt8(7);
  const sizeBytes = checkSizes[id];
  if (header[6] !== 0 || sizeBytes === undefined) throw unsupported('xz', `its checksum is of kind ${id}`);
  return { id, sizeBytes };
}

/** Reads a block header, its length byte included. @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_UNSUPPORTED */
export function parseXzBlockHeader(header: Buffer): XzBlockHeader {
  const end = header.length - 4;
  if (header.readUInt32LE(end) !== crc32(header.subarray(0, end)))
    throw damaged('xz', 'the checksum of a header differs');
  const flags = header.readUInt8(1);
  let at = 2;
  for (const present of [flags & 0x40, flags & 0x80]) if (present !== 0) at = parseXzNumber(header, at).next;
  const filter = parseXzNumber(header, at);
  const propertiesSize = parseXzNumber(header, filter.next);
  if ((flags & 0x3f) !== 0 || filter.value !== lzma2Filter) throw unsupported('xz', 'it uses a filter beside LZMA2');
  const windowBytes = windowSize(header[propertiesSize.next] ?? 0xff);
  if (propertiesSize.value !== 1) throw damaged('xz', 'the properties of LZMA2 are not one byte');
  if (windowBytes > maxWindowBytes) {
    throw unsupported('xz', `it needs a window of ${windowBytes} bytes, at most ${maxWindowBytes} are granted`);
  }
  return { windowBytes };
}

/** Reads a number of up to 63 bits, 7 a byte, the lowest first. @throws {Fault} ARCHIVE_MALFORMED */
export function parseXzNumber(bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let at = start; at < start + 9; at++) {
    const byte = bytes[at] ?? 0x80;
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if (byte < 0x80 && Number.isSafeInteger(value)) return { value, next: at + 1 };
  }
  throw damaged('xz', 'a number is too long');
}

function windowSize(property: number): number {
  if (property > 40) throw damaged('xz', 'the window of LZMA2 is out of range');
  return property === 40 ? 2 ** 32 - 1 : (2 | (property & 1)) * 2 ** ((property >> 1) + 11);
}
