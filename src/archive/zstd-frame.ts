import { damaged, unsupported } from './damaged.ts';

/** What a zstd frame says of itself. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1 */
export interface ZstdFrame {
  /** Bytes that the decoder must remember. */
  readonly windowBytes: number;
  /** Decompressed size, where it is known. */
  readonly contentBytes: number | undefined;
  readonly hasChecksum: boolean;
}

/** As much as `zstd -d` grants without being told. */
const maxWindowBytes = 128 * 1024 ** 2;

/** Length of a frame's header after its magic number, from the byte that follows that. */
export function frameHeaderLength(descriptor: number): number {
  return 1 + (isSingleSegment(descriptor) ? 0 : 1) + dictionaryIdLength(descriptor) + contentSizeLength(descriptor);
}

/** Reads a whole frame header. @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_UNSUPPORTED */
export function parseZstdFrame(header: Buffer): ZstdFrame {
  const descriptor = header.readUInt8(4);
  if ((descriptor & 8) !== 0) throw damaged('zstd', 'a frame header has a bit set that must not be');
  let at = isSingleSegment(descriptor) ? 5 : 6;
  const dictionaryLength = dictionaryIdLength(descriptor);
  if (dictionaryLength > 0 && header.readUIntLE(at, dictionaryLength) !== 0) {
    throw unsupported('zstd', 'it needs a dictionary');
  }
  at += dictionaryLength;
  const contentBytes = readContentSize(header, at, contentSizeLength(descriptor));
  const windowBytes = isSingleSegment(descriptor) ? (contentBytes ?? 0) : windowSize(header.readUInt8(5));
  if (windowBytes > maxWindowBytes) {
    throw unsupported('zstd', `it needs a window of ${windowBytes} bytes, at most ${maxWindowBytes} are granted`);
  }
  return { windowBytes, contentBytes, hasChecksum: (descriptor & 4) !== 0 };
}

function isSingleSegment(descriptor: number): boolean {
  return (descriptor & 0x20) !== 0;
}

function dictionaryIdLength(descriptor: number): number {
  return [0, 1, 2, 4][descriptor & 3] ?? 0;
}

function contentSizeLength(descriptor: number): number {
  return [isSingleSegment(descriptor) ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
}

function readContentSize(header: Buffer, at: number, length: number): number | undefined {
  if (length === 0) return undefined;
  if (length === 8) return Number(header.readBigUInt64LE(at));
  return header.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
