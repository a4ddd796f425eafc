import { Fault } from '../errors/fault.ts';
import type { RawHeader } from './decode-header.ts';
import { fieldKeys, type PaxRecord, xattrPrefix } from './pax.ts';
import { admitPath, type PathPolicy } from './safe-path.ts';
import { parseSparseNumber } from './sparse.ts';
import type { TarEntry, TarEntryType, TarTime } from './tar-entry.ts';
import { decodeText } from './tar-text.ts';

/** What the headers before an entry's own one say about it. */
export interface EntryOverrides {
  /** Global and local pax records in effect. */
  readonly records: ReadonlyMap<string, Uint8Array>;
  /** GNU's long name and long link. */
  readonly longName?: string;
  readonly longLink?: string;
}

export interface AssembleOptions {
  readonly unsafePaths: PathPolicy;
  readonly file?: string;
}

/**
 * Lays pax records over those that were in effect: a later one wins, an empty one takes away. The pairs of the sparse
 * format 0.0, the only keys that are repeated on purpose, become the one list that format 0.1 has.
 */
export function layRecords(
  below: ReadonlyMap<string, Uint8Array>,
  records: readonly PaxRecord[],
): Map<string, Uint8Array> {
  const laid = new Map(below);
  for (const [key, value] of records) {
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') appendSparse(laid, value);
    else if (value.length > 0 || key.startsWith(xattrPrefix)) laid.set(key, value);
    else laid.delete(key);
  }
  return laid;
}

/** Makes the entry of a header and what overrides it. @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_PATH_UNSAFE */
export function assembleEntry(raw: RawHeader, overrides: EntryOverrides, options: AssembleOptions): TarEntry {
  const { records } = overrides;
  const name = text(records, 'GNU.sparse.name') ?? text(records, 'path') ?? overrides.longName ?? raw.name;
  const type = typeOf(raw.typeFlag, name);
  const linkName = text(records, 'linkpath') ?? overrides.longLink ?? raw.linkName;
  const userName = text(records, 'uname') ?? raw.userName;
  const groupName = text(records, 'gname') ?? raw.groupName;
  const xattrs = xattrsOf(records);
  const rest = restOf(records);
  return {
    path: admitPath(name, options.unsafePaths, options.file),
    type,
    mode: raw.mode & 0o7777,
    uid: count(records, 'uid') ?? owner(raw.uid),
    gid: count(records, 'gid') ?? owner(raw.gid),
    ...(userName === '' ? {} : { userName }),
    ...(groupName === '' ? {} : { groupName }),
    sizeBytes: type === 'file' ? (count(records, 'size') ?? raw.sizeBytes) : 0,
    modified: timeOf(records) ?? { seconds: raw.modifiedSeconds, nanoseconds: 0 },
    ...linkOf(type, linkName, options),
    ...deviceOf(type, raw, records),
    ...(xattrs.size > 0 ? { xattrs } : {}),
    ...(rest.size > 0 ? { paxRecords: rest } : {}),
  };
}

/** Bytes that stand in the archive after the header: links, folders and devices have none whatever they say. */
export function storedBytesOf(raw: RawHeader, records: ReadonlyMap<string, Uint8Array>): number {
  return '123456'.includes(raw.typeFlag) ? 0 : (count(records, 'size') ?? raw.sizeBytes);
}

/** The text of a pax record. */
export function text(records: ReadonlyMap<string, Uint8Array>, key: string): string | undefined {
  const value = records.get(key);
  return value === undefined ? undefined : decodeText(value);
}

const types: Readonly<Record<string, TarEntryType>> = {
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  D: 'directory',
};

/** POSIX has unknown types read as files, and old tars mark folders by a slash alone. */
function typeOf(typeFlag: string, name: string): TarEntryType {
  return types[typeFlag] ?? (name.endsWith('/') ? 'directory' : 'file');
}

function owner(id: number): number {
  if (id < 0) throw malformed('the owner of an entry is a negative number');
  return id;
}

function count(records: ReadonlyMap<string, Uint8Array>, key: string): number | undefined {
  const value = text(records, key);
  if (value === undefined) return undefined;
  if (!/^[0-9]{1,16}$/.test(value) || !Number.isSafeInteger(Number(value))) {
    throw malformed(`the pax record "${key}" is "${value}", expected a number`);
  }
  return Number(value);
}

/** Seconds with a fraction that counts away from zero; digits below a nanosecond are dropped. */
function timeOf(records: ReadonlyMap<string, Uint8Array>): TarTime | undefined {
  const value = text(records, 'mtime');
  if (value === undefined) return undefined;
  const [, sign, whole = '', fraction = ''] = /^(-?)([0-9]{1,16})(?:\.([0-9]*))?$/.exec(value) ?? [];
  const seconds = Number(whole);
  if (whole === '' || !Number.isSafeInteger(seconds)) {
    throw malformed(`the pax record "mtime" is "${value}", expected seconds`);
  }
  const nanoseconds = Number(fraction.padEnd(9, '0').slice(0, 9));
  if (sign !== '-') return { seconds, nanoseconds };
  return nanoseconds === 0
    ? { seconds: 0 - seconds, nanoseconds }
    : { seconds: -seconds - 1, nanoseconds: 1e9 - nanoseconds };
}

function linkOf(
  type: TarEntryType,
  target: string,
  { unsafePaths, file }: AssembleOptions,
): Pick<TarEntry, 'linkTarget'> {
  if (type === 'hardlink') return { linkTarget: admitPath(target, unsafePaths, file) };
  if (type !== 'symlink') return {};
  if (target === '' || target.includes('\0')) throw malformed('a symlink has no target, or one with a NUL in it');
  return { linkTarget: target };
}

function deviceOf(
  type: TarEntryType,
  raw: RawHeader,
  records: ReadonlyMap<string, Uint8Array>,
): Pick<TarEntry, 'deviceMajor' | 'deviceMinor'> {
  if (type !== 'character-device' && type !== 'block-device') return {};
  return {
    deviceMajor: count(records, 'SCHILY.devmajor') ?? raw.deviceMajor,
    deviceMinor: count(records, 'SCHILY.devminor') ?? raw.deviceMinor,
  };
}

function xattrsOf(records: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (const [key, value] of records) if (key.startsWith(xattrPrefix)) xattrs.set(key.slice(xattrPrefix.length), value);
  return xattrs;
}

function restOf(records: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
  return new Map([...records].filter(([key]) => !fieldKeys.test(key)));
}

function appendSparse(records: Map<string, Uint8Array>, value: Uint8Array): void {
  const number = parseSparseNumber(decodeText(value));
  const before = text(records, 'GNU.sparse.map');
  records.set('GNU.sparse.map', Buffer.from(before === undefined ? String(number) : `${before},${number}`));
}

function malformed(found: string): Fault {
  return new Fault('ARCHIVE_MALFORMED', `Cannot read the archive: ${found}`);
}
