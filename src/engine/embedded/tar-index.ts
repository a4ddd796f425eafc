import { createHash } from 'node:crypto';
import type { TarEntry, TarEntryType } from '../../archive/tar-entry.ts';
import { readTar } from '../../archive/tar-reader.ts';
import { isRecord } from '../../oci/decode.ts';
import { type Digest, isDigest } from '../../oci/digest.ts';

/** One entry of an archive, and where its bytes stand among those of all files, laid one after the other. */
export interface IndexedEntry {
  readonly entry: TarEntry;
  /** Set for files. */
  readonly digest?: Digest;
  readonly offset: number;
}

/** What an archive or a layer holds, in its order. */
export interface TarIndex {
  readonly entries: readonly IndexedEntry[];
  /** Bytes of all files together. */
  readonly contentBytes: number;
}

export interface IndexOptions {
  /** The archive's name in messages. */
  readonly file: string;
  readonly signal: AbortSignal;
  /** Takes the content of each file, one after the other; absent: it is only hashed. */
  readonly keep?: (chunk: Uint8Array) => Promise<void>;
}

/** Reads a tar to its end and says what is in it, with flat memory. @throws {Fault} ARCHIVE_MALFORMED and the others of `readTar` */
export async function indexTar(tar: AsyncIterable<Uint8Array>, options: IndexOptions): Promise<TarIndex> {
  const entries: IndexedEntry[] = [];
  let offset = 0;
  for await (const { entry, content } of readTar(tar, { file: options.file })) {
    options.signal.throwIfAborted();
    if (entry.type !== 'file') {
      entries.push({ entry, offset });
      continue;
    }
    const hash = createHash('sha256');
    for await (const chunk of content) {
      options.signal.throwIfAborted();
      hash.update(chunk);
      await options.keep?.(chunk);
    }
    entries.push({ entry, digest: `sha256:${hash.digest('hex')}`, offset });
    offset += entry.sizeBytes;
  }
  return { entries, contentBytes: offset };
}

const formatVersion = 1;
const capability = 'security.capability';

/** An index as a cache record has it: what an image can hold, and nothing else. */
export function encodeIndex({ entries }: TarIndex): object {
  return {
    version: formatVersion,
    entries: entries.map(({ entry, digest }) => {
      const { path, type, mode, uid, gid, sizeBytes, modified, linkTarget, deviceMajor, deviceMinor, xattrs } = entry;
      const value = xattrs?.get(capability);
      return [
        path,
        type,
        mode,
        uid,
        gid,
        sizeBytes,
        modified.seconds,
        digest ?? linkTarget ?? '',
        deviceMajor ?? 0,
        deviceMinor ?? 0,
        value === undefined ? '' : Buffer.from(value).toString('base64'),
      ];
    }),
  };
}

/** Reads what `encodeIndex` gave; undefined for anything else. */
export function decodeIndex(value: unknown): TarIndex | undefined {
  if (!isRecord(value) || value['version'] !== formatVersion || !Array.isArray(value['entries'])) return undefined;
  const entries: IndexedEntry[] = [];
  let offset = 0;
  for (const row of value['entries'] as readonly unknown[]) {
    const decoded = decodeRow(row, offset);
    if (decoded === undefined) return undefined;
    entries.push(decoded);
    offset += decoded.entry.sizeBytes;
  }
  return { entries, contentBytes: offset };
}

const types: readonly string[] = [
  'file',
  'directory',
  'symlink',
  'hardlink',
  'character-device',
  'block-device',
  'fifo',
];

function decodeRow(row: unknown, offset: number): IndexedEntry | undefined {
  if (!Array.isArray(row)) return undefined;
  const cells: readonly unknown[] = row;
  const [path, type, , , , , , subject, , , xattr] = cells;
  const [mode, uid, gid, sizeBytes, seconds, deviceMajor, deviceMinor] = [
    ...cells.slice(2, 7),
    ...cells.slice(8, 10),
  ].map(Number);
  if (typeof path !== 'string' || !isEntryType(type) || typeof subject !== 'string' || typeof xattr !== 'string')
    return undefined;
  if (mode === undefined || uid === undefined || gid === undefined || sizeBytes === undefined) return undefined;
  const isDevice = type === 'character-device' || type === 'block-device';
  const entry: TarEntry = {
    path,
    type,
    mode,
    uid,
    gid,
    sizeBytes,
    modified: { seconds: seconds ?? 0, nanoseconds: 0 },
    ...(type === 'symlink' || type === 'hardlink' ? { linkTarget: subject } : {}),
    ...(isDevice ? { deviceMajor: deviceMajor ?? 0, deviceMinor: deviceMinor ?? 0 } : {}),
    ...(xattr === '' ? {} : { xattrs: new Map([[capability, Buffer.from(xattr, 'base64')]]) }),
  };
  return type === 'file' && isDigest(subject) ? { entry, digest: subject, offset } : { entry, offset };
}

function isEntryType(value: unknown): value is TarEntryType {
  return typeof value === 'string' && types.includes(value);
}
