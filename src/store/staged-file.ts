import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Host } from '../host/host.ts';
import { type Digest, digestAlgorithm } from '../oci/digest.ts';
import type { WriteExpectation } from './content-store.ts';
import { diskFault } from './disk-fault.ts';
import { temporaryPath } from './temporary-path.ts';
import { digestMismatch, sizeMismatch } from './verify-content.ts';

const batchBytes = 1024 * 1024;

/** Read-only even for its owner: content named by its digest is never changed in place. */
const blobMode = 0o444;

export interface StagedFile {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

export interface StageOptions {
  readonly host: Host;
  readonly expected: WriteExpectation;
  /** Force the bytes to the disk before the file counts as written. */
  readonly sync: boolean;
}

/**
 * Writes a stream to a temporary file in a folder, hashing while the disk works. Where anything goes wrong the file is gone.
 * Chunks must not be changed after they were handed over.
 * @throws {Fault} DIGEST_MISMATCH, SIZE_MISMATCH, STORE_FULL, STORE_DENIED
 */
export async function stageFile(
  content: AsyncIterable<Uint8Array>,
  directory: string,
  options: StageOptions,
): Promise<StagedFile> {
  const { path } = await temporaryPath(directory, options.host);
  try {
    const handle = await open(path, 'wx', blobMode);
    try {
      const written = await writeHashed(content, handle, options.expected);
      if (options.sync) await handle.sync();
      return { path, ...written };
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(path, { force: true });
    throw diskFault(error, `write ${options.expected.digest ?? 'content'}`, path);
  }
}

async function writeHashed(
  content: AsyncIterable<Uint8Array>,
  handle: FileHandle,
  expected: WriteExpectation,
): Promise<{ readonly digest: Digest; readonly size: number }> {
  const algorithm = expected.digest === undefined ? 'sha256' : digestAlgorithm(expected.digest);
  const hash = createHash(algorithm);
  let size = 0;
  let batch: Uint8Array[] = [];
  let batched = 0;
  let writing: Promise<unknown> = Promise.resolve();
  for await (const chunk of content) {
    size += chunk.byteLength;
    checkSize(size, expected, 'atMost');
    batch.push(chunk);
    batched += chunk.byteLength;
    if (batched >= batchBytes) {
      await writing;
      writing = writeBuffers(handle, batch);
      // Told where it is awaited; until then it must not count as unhandled.
      writing.catch(() => undefined);
      [batch, batched] = [[], 0];
    }
    hash.update(chunk);
  }
  await writing;
  await writeBuffers(handle, batch);
  checkSize(size, expected, 'exactly');
  const digest: Digest = `${algorithm}:${hash.digest('hex')}`;
  if (expected.digest !== undefined && expected.digest !== digest) throw digestMismatch(expected.digest, digest);
  return { digest, size };
}

function checkSize(size: number, expected: WriteExpectation, how: 'atMost' | 'exactly'): void {
  if (expected.size === undefined || size === expected.size || (how === 'atMost' && size < expected.size)) return;
  const found = how === 'atMost' ? `more than ${expected.size} bytes` : `${size} bytes`;
  throw sizeMismatch(expected.digest ?? 'the content', { expected: expected.size, found });
}

/** `writev` may take less than it was given, on a disk that is nearly full. */
async function writeBuffers(handle: FileHandle, buffers: readonly Uint8Array[]): Promise<void> {
  if (buffers.length === 0) return;
  const total = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  const { bytesWritten } = await handle.writev(buffers);
  if (bytesWritten === total) return;
  let rest = Buffer.concat(buffers).subarray(bytesWritten);
  while (rest.byteLength > 0) rest = rest.subarray((await handle.write(rest)).bytesWritten);
}
