import { Fault } from '../errors/fault.ts';
import { blockBytes, fields, type HeaderField, headerChecksum, paddingBytes, typeFlags } from './header-fields.ts';
import { encodePax, fieldKeys, type PaxRecord, xattrPrefix } from './pax.ts';
import type { TarEntry, TarTime } from './tar-entry.ts';
import { encodeText, isAscii } from './tar-text.ts';

/** A header's values as they go into a ustar block; what does not fit is in the pax records. */
interface UstarHeader {
  readonly name: string;
  readonly prefix: string;
  readonly entry: TarEntry;
  readonly typeFlag: string;
}

/**
 * The header blocks of an entry: one ustar block where all fits, else a pax header before it. The same entry always
 * gives the same bytes.
 * @throws {Fault} ARCHIVE_ENTRY_UNWRITABLE
 */
export function encodeHeader(entry: TarEntry): Uint8Array {
  checkEntry(entry);
  const stored = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  const split = splitName(stored);
  const records = paxRecordsOf(entry, split === undefined ? stored : undefined);
  const [name, prefix] = split ?? [plainAscii(stored), ''];
  const header = { name, prefix, entry, typeFlag: typeFlags[entry.type] };
  if (records.length === 0) return ustarBlock(header);
  return Buffer.concat([...paxBlocks(entry, encodePax(records)), ustarBlock(header)]);
}

function paxBlocks(entry: TarEntry, payload: Uint8Array): readonly Uint8Array[] {
  const base = entry.path.slice(entry.path.lastIndexOf('/') + 1);
  const header = ustarBlock({
    name: plainAscii(`PaxHeaders.0/${base}`),
    prefix: '',
    typeFlag: 'x',
    entry: {
      path: base,
      type: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      sizeBytes: payload.length,
      modified: { seconds: 0, nanoseconds: 0 },
    },
  });
  return [header, payload, Buffer.alloc(paddingBytes(payload.length))];
}

function ustarBlock({ name, prefix, entry, typeFlag }: UstarHeader): Uint8Array {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 100, 'latin1');
  writeOctal(block, fields.mode, entry.mode);
  writeOctal(block, fields.uid, entry.uid);
  writeOctal(block, fields.gid, entry.gid);
  writeOctal(block, fields.size, entry.sizeBytes);
  writeOctal(block, fields.mtime, entry.modified.seconds);
  block.write(typeFlag, fields.typeFlag[0], 1, 'latin1');
  if (entry.linkTarget !== undefined) block.write(plainAscii(entry.linkTarget), fields.linkName[0], 100, 'latin1');
  block.write('ustar\x0000', fields.magic[0], 8, 'latin1');
  if (entry.userName !== undefined) block.write(plainAscii(entry.userName), fields.userName[0], 31, 'latin1');
  if (entry.groupName !== undefined) block.write(plainAscii(entry.groupName), fields.groupName[0], 31, 'latin1');
  writeOctal(block, fields.deviceMajor, entry.deviceMajor ?? 0);
  writeOctal(block, fields.deviceMinor, entry.deviceMinor ?? 0);
  if (prefix !== '') block.write(prefix, fields.prefix[0], 155, 'latin1');
  writeOctal(block, [fields.checksum[0], 7], headerChecksum(block));
  block[fields.checksum[0] + 7] = 0x20;
  return block;
}

/** Octal digits with a closing NUL; a value that does not fit becomes 0, since a pax record then holds it. */
function writeOctal(block: Buffer, [offset, length]: HeaderField, value: number): void {
  let rest = fitsOctal(value, length) ? value : 0;
  for (let at = offset + length - 2; at >= offset; at--) {
    block[at] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

function fitsOctal(value: number, fieldLength: number): boolean {
  return value >= 0 && value < 8 ** (fieldLength - 1);
}

/** Divides a long name at a slash into what fits `name` and `prefix`; undefined where that cannot be. */
function splitName(stored: string): readonly [name: string, prefix: string] | undefined {
  if (!isAscii(stored)) return undefined;
  if (stored.length <= 100) return [stored, ''];
  const slash = stored.lastIndexOf('/', Math.min(155, stored.length - 2));
  if (slash <= 0 || stored.length - slash - 1 > 100) return undefined;
  return [stored.slice(slash + 1), stored.slice(0, slash)];
}

/** What an old reader sees of a name that only a pax record holds whole. */
function plainAscii(text: string): string {
  return isAscii(text) ? text : text.replace(/[^\x20-\x7e]/gu, '_');
}

function paxRecordsOf(entry: TarEntry, longPath: string | undefined): readonly PaxRecord[] {
  const records: PaxRecord[] = [];
  function add(key: string, value: string): void {
    records.push([key, encodeText(value)]);
  }
  if (longPath !== undefined) add('path', longPath);
  if (needsText(entry.linkTarget, 100)) add('linkpath', entry.linkTarget ?? '');
  if (needsText(entry.userName, 31)) add('uname', entry.userName ?? '');
  if (needsText(entry.groupName, 31)) add('gname', entry.groupName ?? '');
  if (!fitsOctal(entry.uid, 8)) add('uid', String(entry.uid));
  if (!fitsOctal(entry.gid, 8)) add('gid', String(entry.gid));
  if (!fitsOctal(entry.sizeBytes, 12)) add('size', String(entry.sizeBytes));
  if (entry.modified.nanoseconds !== 0 || !fitsOctal(entry.modified.seconds, 12))
    add('mtime', formatTime(entry.modified));
  if (!fitsOctal(entry.deviceMajor ?? 0, 8)) add('SCHILY.devmajor', String(entry.deviceMajor));
  if (!fitsOctal(entry.deviceMinor ?? 0, 8)) add('SCHILY.devminor', String(entry.deviceMinor));
  for (const [name, value] of entry.xattrs ?? []) records.push([xattrPrefix + name, value]);
  for (const [key, value] of entry.paxRecords ?? []) if (value.length > 0) records.push([key, value]);
  return records.length < 2 ? records : records.sort(([a], [b]) => (a < b ? -1 : 1));
}

function needsText(text: string | undefined, fieldLength: number): boolean {
  return text !== undefined && (text.length > fieldLength || !isAscii(text));
}

/** Decimal seconds; the fraction counts away from zero as POSIX has it: -1.5 is half a second before -1. */
function formatTime({ seconds, nanoseconds }: TarTime): string {
  if (nanoseconds === 0) return String(seconds);
  const negative = seconds < 0;
  const whole = negative ? -(seconds + 1) : seconds;
  const fraction = String(negative ? 1e9 - nanoseconds : nanoseconds).padStart(9, '0');
  return `${negative ? '-' : ''}${whole}.${fraction.replace(/0+$/, '')}`;
}

function checkEntry(entry: TarEntry): void {
  const fault = nameFault(entry) ?? numberFault(entry) ?? recordFault(entry);
  if (fault === undefined) return;
  throw new Fault('ARCHIVE_ENTRY_UNWRITABLE', `Cannot write "${entry.path}" to an archive: ${fault}`, {
    where: { path: entry.path },
  });
}

function nameFault({ path, type, linkTarget }: TarEntry): string | undefined {
  if (path === '' || path.startsWith('/') || path.endsWith('/')) {
    return 'its path is empty or has a slash at an end, expected a relative path';
  }
  if (path.includes('\0') || linkTarget?.includes('\0') === true) return 'a name has a NUL in it';
  if (path.includes('..') && path.split('/').includes('..')) return 'its path has ".." in it';
  const isLink = type === 'symlink' || type === 'hardlink';
  return isLink && (linkTarget ?? '') === '' ? 'it is a link, expected a target' : undefined;
}

function numberFault({ type, sizeBytes, mode, modified, ...entry }: TarEntry): string | undefined {
  const { uid, gid, deviceMajor = 0, deviceMinor = 0 } = entry;
  const counts = [sizeBytes, uid, gid, deviceMajor, deviceMinor, mode, modified.nanoseconds];
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0) || !Number.isSafeInteger(modified.seconds)) {
    return 'a number is negative or not whole';
  }
  if (mode > 0o7777) return `its mode is 0o${mode.toString(8)}, expected at most 0o7777`;
  if (modified.nanoseconds >= 1e9)
    return `its time has ${modified.nanoseconds} nanoseconds, expected less than a second`;
  return type !== 'file' && sizeBytes !== 0 ? `it is a ${type} with content, expected none` : undefined;
}

function recordFault({ xattrs, paxRecords }: TarEntry): string | undefined {
  for (const name of xattrs?.keys() ?? []) {
    if (!isRecordKey(name)) return `the extended attribute "${name}" cannot be the key of a pax record`;
  }
  for (const key of paxRecords?.keys() ?? []) {
    if (!isRecordKey(key) || fieldKeys.test(key)) return `the pax record "${key}" is not one that an entry may carry`;
  }
  return undefined;
}

function isRecordKey(key: string): boolean {
  return key !== '' && !/[=\0]/.test(key);
}
