import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ContentKey } from './content-store.ts';
import { sizeMismatch, verifyContent } from './verify-content.ts';

const chunkBytes = 512 * 1024;

export interface FileRange {
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/**
 * Opens a file for reading; never waits for a pipe or a device that stands in its place.
 * @throws {NodeJS.ErrnoException}
 */
export function openForReading(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

/**
 * Streams an open file that must hold exactly what the key names, hashing it on the way; closes it at the end.
 * Where the name was a symbolic link it was followed: the digest proves what is behind it.
 * @throws {Fault} DIGEST_MISMATCH, SIZE_MISMATCH
 */
export async function* readVerified(handle: FileHandle, key: ContentKey): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    await checkFileSize(handle, key);
    yield* verifyContent(readRange(handle, { offset: 0, length: key.size }), key);
  } finally {
    await handle.close();
  }
}

/** Streams what an open file of the right size holds from a byte on, not verified; closes it at the end. @throws {Fault} SIZE_MISMATCH */
export async function* readRest(
  handle: FileHandle,
  key: ContentKey,
  offset: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    await checkFileSize(handle, key);
    yield* readRange(handle, { offset, length: key.size - offset });
  } finally {
    await handle.close();
  }
}

/** Streams a part of an open file, reading one chunk ahead; ends early where the file does. */
export async function* readRange(handle: FileHandle, range: FileRange): AsyncGenerator<Uint8Array, void, undefined> {
  let next = readChunk(handle, range);
  let done = 0;
  try {
    while (done < range.length) {
      const chunk = await next;
      if (chunk.byteLength === 0) return;
      done += chunk.byteLength;
      next = readChunk(handle, { offset: range.offset + done, length: range.length - done });
      yield chunk;
    }
  } finally {
    // The handle may only be closed when nothing reads from it any more.
    await next.catch(() => undefined);
  }
}

async function readChunk(handle: FileHandle, { offset, length }: FileRange): Promise<Uint8Array> {
  if (length <= 0) return new Uint8Array(0);
  const buffer = Buffer.allocUnsafeSlow(Math.min(length, chunkBytes));
  const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, offset);
  return bytesRead === buffer.byteLength ? buffer : buffer.subarray(0, bytesRead);
}

async function checkFileSize(handle: FileHandle, key: ContentKey): Promise<void> {
  const facts = await handle.stat();
  if (facts.isFile() && facts.size === key.size) return;
  const found = facts.isFile() ? `${facts.size} bytes` : 'no plain file';
  throw sizeMismatch(key.digest, { expected: key.size, found });
}
