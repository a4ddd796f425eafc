import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Digest } from '../../oci/digest.ts';
import { changedWhileRead, unreadable } from './context-fault.ts';
import type { FileContent } from './file-content.ts';
import { smallFileBytes } from './read-node.ts';
import type { FileStamp, StatIndex } from './stat-index.ts';

export interface DiskFile {
  /** What the operating system is asked for: a text, or bytes where the name is no UTF-8. */
  readonly file: string | Buffer;
  /** As faults name it, and as the index knows it. */
  readonly path: string;
  readonly stamp: FileStamp;
  readonly index: StatIndex;
}

const chunkBytes = 1024 * 1024;
/** A symlink put in the place of a file after it was looked at must not be followed out of the context. */
const readFlags = constants.O_RDONLY | noFollow();

/** The content of a file of the context. Reading it fails where the file is no longer what its stamp says. */
export function diskContent(disk: DiskFile): FileContent {
  const { sizeBytes } = disk.stamp;
  const isSmall = sizeBytes <= smallFileBytes;
  let known: Digest | Promise<Digest> | undefined;
  return {
    sizeBytes,
    fingerprint: () =>
      (known ??= disk.index.digestOf(disk.path, disk.stamp) ?? (isSmall ? hashSmall(disk) : hashLarge(disk))),
    open: () => (isSmall ? readSmall(disk) : readLarge(disk)),
  };
}

function hashSmall(disk: DiskFile): Digest {
  return remembered(disk, createHash('sha256').update(readSmall(disk)).digest('hex'));
}

async function hashLarge(disk: DiskFile): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of readLarge(disk)) hash.update(chunk);
  return remembered(disk, hash.digest('hex'));
}

function remembered({ index, path, stamp }: DiskFile, hex: string): Digest {
  const digest: Digest = `sha256:${hex}`;
  index.remember(path, stamp, digest);
  return digest;
}

function readSmall(disk: DiskFile): Uint8Array {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(disk.file, readFlags);
    checkStamp(disk, fstatSync(descriptor, { bigint: true }));
    const bytes = Buffer.allocUnsafe(disk.stamp.sizeBytes);
    fill(descriptor, bytes, disk.path);
    checkStamp(disk, fstatSync(descriptor, { bigint: true }));
    return bytes;
  } catch (error) {
    throw faultOf(disk.path, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function fill(descriptor: number, bytes: Buffer, path: string): void {
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(descriptor, bytes, done, bytes.length - done, null);
    if (read === 0) throw changedWhileRead(path);
    done += read;
  }
}

async function* readLarge(disk: DiskFile): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await opened(disk);
  try {
    checkStamp(disk, await handle.stat({ bigint: true }));
    for (let left = disk.stamp.sizeBytes; left > 0; ) {
      const bytes = Buffer.allocUnsafe(Math.min(left, chunkBytes));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, null);
      if (bytesRead === 0) throw changedWhileRead(disk.path);
      left -= bytesRead;
      yield bytes.subarray(0, bytesRead);
    }
    checkStamp(disk, await handle.stat({ bigint: true }));
  } catch (error) {
    throw faultOf(disk.path, error);
  } finally {
    await handle.close();
  }
}

async function opened({ file, path }: DiskFile): Promise<FileHandle> {
  try {
    return await open(file, readFlags);
  } catch (error) {
    throw faultOf(path, error);
  }
}

function checkStamp({ stamp, path }: DiskFile, now: BigIntStats): void {
  const same =
    now.size === BigInt(stamp.sizeBytes) &&
    now.mtimeNs === stamp.modifiedNs &&
    now.ctimeNs === stamp.changedNs &&
    now.ino === stamp.inode;
  if (!same) throw changedWhileRead(path);
}

function faultOf(path: string, error: unknown): unknown {
  return error instanceof Error && 'syscall' in error ? unreadable(path, error) : error;
}

/** Windows has no such flag. */
function noFollow(): number {
  return 'O_NOFOLLOW' in constants ? constants.O_NOFOLLOW : 0;
}
