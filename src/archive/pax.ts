import { Fault } from '../errors/fault.ts';
import { decodeText, encodeText } from './tar-text.ts';

/** One keyword with its value, byte for byte. */
export type PaxRecord = readonly [key: string, value: Uint8Array];

/** The prefix under which star, GNU tar, Go and Docker keep extended attributes. */
export const xattrPrefix = 'SCHILY.xattr.';

/** The keys whose meaning is in a field of the entry. */
export const fieldKeys =
  /^(?:path|linkpath|uname|gname|uid|gid|size|mtime|SCHILY\.(?:devmajor|devminor|xattr\..*)|GNU\.sparse\..*)$/s;

/**
 * Writes pax records in the order given.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
 */
export function encodePax(records: readonly PaxRecord[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const [key, value] of records) {
    const name = encodeText(key);
    pieces.push(encodeText(`${recordLength(name.length + value.length)} `), name, equalsSign, value, newline);
  }
  return Buffer.concat(pieces);
}

/** Reads pax records in their order, repeated keywords included. @throws {Fault} ARCHIVE_MALFORMED */
export function decodePax(bytes: Uint8Array): readonly PaxRecord[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: PaxRecord[] = [];
  for (let at = 0; at < buffer.length; ) {
    const space = buffer.indexOf(0x20, at);
    const digits = space < 0 || space - at > 12 ? '' : buffer.toString('latin1', at, space);
    if (!/^[0-9]+$/.test(digits)) throw damaged();
    const end = at + Number(digits);
    const equals = buffer.indexOf(0x3d, space + 1);
    if (end > buffer.length || equals <= space + 1 || equals >= end || buffer[end - 1] !== 0x0a) throw damaged();
    const key = decodeText(buffer.subarray(space + 1, equals));
    if (key.includes('\0')) throw damaged();
    records.push([key, new Uint8Array(buffer.subarray(equals + 1, end - 1))]);
    at = end;
  }
  return records;
}

const equalsSign = Uint8Array.of(0x3d);
const newline = Uint8Array.of(0x0a);

/** The length of "LENGTH key=value\n", which counts its own digits. */
function recordLength(payloadLength: number): number {
  const rest = payloadLength + 3;
  const guess = rest + String(rest).length;
  return rest + String(guess).length;
}

function damaged(): Fault {
  return new Fault(
    'ARCHIVE_MALFORMED',
    'Cannot read the archive: an extended header is damaged, expected records of the form "LENGTH KEY=VALUE"',
  );
}
