import { Fault } from '../errors/fault.ts';
import { blockBytes, fields, type HeaderField, headerChecksum } from './header-fields.ts';
import { decodeText } from './tar-text.ts';

/** One header block as it stands, before long names and pax records are laid over it. */
export interface RawHeader {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly modifiedSeconds: number;
  /** One character; a NUL is read as `0`. */
  readonly typeFlag: string;
  readonly linkName: string;
  readonly userName: string;
  readonly groupName: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/**
 * Reads a header block of any dialect: v7, ustar, star, GNU. Undefined where the block is all zeros.
 * @throws {Fault} ARCHIVE_MALFORMED
 */
export function decodeHeader(block: Buffer): RawHeader | undefined {
  if (block[0] === 0 && isZero(block)) return undefined;
  const stored = Number.parseInt(
    block.toString('latin1', fields.checksum[0], fields.checksum[0] + 8).replaceAll('\0', ''),
    8,
  );
  if (stored !== headerChecksum(block) && stored !== signedChecksum(block)) {
    throw malformed('a block that should be a header is none, its checksum does not fit');
  }
  const extended = block.toString('latin1', 257, 262) === 'ustar';
  const prefix = extended ? readPrefix(block) : '';
  const name = readText(block, fields.name);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: readNumber(block, fields.mode),
    uid: readNumber(block, fields.uid),
    gid: readNumber(block, fields.gid),
    sizeBytes: readCount(block, fields.size),
    modifiedSeconds: readNumber(block, fields.mtime),
    typeFlag: block[fields.typeFlag[0]] === 0 ? '0' : block.toString('latin1', fields.typeFlag[0], 157),
    linkName: readText(block, fields.linkName),
    userName: extended ? readText(block, fields.userName) : '',
    groupName: extended ? readText(block, fields.groupName) : '',
    deviceMajor: extended ? readNumber(block, fields.deviceMajor) : 0,
    deviceMinor: extended ? readNumber(block, fields.deviceMinor) : 0,
  };
}

/** Reads a size: a number that is not negative. @throws {Fault} ARCHIVE_MALFORMED */
export function readCount(block: Buffer, field: HeaderField): number {
  const value = readNumber(block, field);
  if (value < 0) throw malformed('a header has a negative size');
  return value;
}

/** Reads octal digits, or GNU's base-256. @throws {Fault} ARCHIVE_MALFORMED */
export function readNumber(block: Buffer, [offset, length]: HeaderField): number {
  const first = block[offset] ?? 0;
  if (first >= 0x80) return readBase256(block.subarray(offset, offset + length));
  let value = 0;
  let at = offset;
  const end = offset + length;
  while (at < end && isBlank(block[at])) at++;
  for (; at < end && !isBlank(block[at]); at++) {
    const digit = (block[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) throw malformed('a number in a header is not octal');
    value = value * 8 + digit;
  }
  return value;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0 || byte === 0x20;
}

/** Two's complement, big-endian, the top bit being the mark. https://www.gnu.org/software/tar/manual/html_node/Extensions.html */
function readBase256(bytes: Buffer): number {
  const negative = ((bytes[0] ?? 0) & 0x40) !== 0;
  let value = BigInt((bytes[0] ?? 0) & 0x7f) - (negative ? 0x80n : 0n);
  for (const byte of bytes.subarray(1)) value = value * 256n + BigInt(byte);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw malformed('a number in a header is too large');
  return number;
}

function readText(block: Buffer, [offset, length]: HeaderField): string {
  let end = offset;
  while (end < offset + length && block[end] !== 0) end++;
  return end === offset ? '' : decodeText(block.subarray(offset, end));
}

/** GNU keeps other things where ustar has the prefix, star keeps times in its end. */
function readPrefix(block: Buffer): string {
  if (block[262] !== 0) return '';
  const star = block.toString('latin1', fields.trailer[0], 512) === 'tar\0';
  return readText(block, star ? [fields.prefix[0], 131] : fields.prefix);
}

function isZero(block: Buffer): boolean {
  for (let at = 0; at < blockBytes; at++) if (block[at] !== 0) return false;
  return true;
}

/** Some old writers summed signed bytes. */
function signedChecksum(block: Buffer): number {
  let sum = headerChecksum(block);
  for (let at = 0; at < blockBytes; at++) {
    const inField = at >= fields.checksum[0] && at < fields.checksum[0] + 8;
    if (!inField && (block[at] ?? 0) > 0x7f) sum -= 256;
  }
  return sum;
}

function malformed(found: string): Fault {
  return new Fault('ARCHIVE_MALFORMED', `Cannot read the archive: ${found}`);
}
