import { createHash } from 'node:crypto';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { isFault } from '../errors/fault.ts';
import { type Digest, type DigestAlgorithm, digestAlgorithm } from '../oci/digest.ts';
import { diskFault } from '../store/disk-fault.ts';
import { openForReading } from '../store/read-file.ts';
import { syncPath } from '../store/sync-path.ts';
import { readPieces } from './read-pieces.ts';
import type { AppendOptions, Upload } from './registry-storage.ts';
import { RunningDigest } from './running-digest.ts';

const batchBytes = 1024 * 1024;

export interface DiskUploadOptions {
  readonly id: string;
  /** The file that holds what came so far: its length is the offset. */
  readonly path: string;
  readonly algorithm: DigestAlgorithm;
  /** Takes the file over as a blob. */
  readonly adopt: (path: string, digest: Digest) => Promise<void>;
  readonly now: () => Date;
  /** Called whenever bytes came or the upload ended. */
  readonly onActivity: () => Promise<void>;
}

/**
 * An upload in a file. The file is forced to the disk before any answer names its length, so that a client goes on where
 * it was told to, even after the registry was killed.
 */
export class DiskUpload implements Upload {
  readonly #options: DiskUploadOptions;
  readonly #digest: RunningDigest;
  #acknowledged: number;
  /** How many bytes are known to be on the disk. */
  #durable = 0;

  /** `size`: what the file holds already. */
  constructor(options: DiskUploadOptions, size: number) {
    this.#options = options;
    this.#digest = new RunningDigest(options.algorithm);
    this.#acknowledged = size;
  }

  get id(): string {
    return this.#options.id;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  async offset(): Promise<number> {
    const { size } = await stat(this.#options.path);
    if (size !== this.#durable) await syncPath(this.#options.path);
    this.#durable = size;
    this.#acknowledged = size;
    return size;
  }

  async append(content: AsyncIterable<Uint8Array>, { at, algorithm }: AppendOptions): Promise<number> {
    try {
      const handle = await open(this.#options.path, 'r+');
      try {
        if ((await handle.stat()).size > at) await handle.truncate(at);
        if (at === 0) this.#digest.restart(algorithm);
        this.#acknowledged = at;
        this.#durable = 0;
        const end = await this.#write(handle, content, at);
        await handle.sync();
        await handle.utimes(this.#options.now(), this.#options.now());
        this.#durable = end;
        this.#acknowledged = end;
      } finally {
        await handle.close();
      }
      await this.#options.onActivity();
      return this.#acknowledged;
    } catch (error) {
      const fault = diskFault(error, 'take in the upload', this.#options.path);
      // What is left of it would keep the disk full.
      if (isFault(fault, 'STORE_FULL')) await this.discard();
      throw fault;
    }
  }

  async commit(digest: Digest): Promise<boolean> {
    const { path, adopt, onActivity } = this.#options;
    const algorithm = digestAlgorithm(digest);
    const found = this.#digest.of(await this.offset(), algorithm) ?? (await digestOfFile(path, algorithm));
    if (found !== digest) {
      await this.discard();
      return false;
    }
    await adopt(path, digest);
    await onActivity();
    return true;
  }

  async discard(): Promise<void> {
    await rm(this.#options.path, { force: true });
    await this.#options.onActivity();
  }

  /** Writes in large pieces, hashing one while the disk takes the one before; gives the place after the last byte. */
  async #write(handle: FileHandle, content: AsyncIterable<Uint8Array>, at: number): Promise<number> {
    let position = at;
    let writing: Promise<void> = Promise.resolve();
    try {
      for await (const batch of batches(content)) {
        await writing;
        writing = writeAll(handle, batch, position);
        // Told where it is awaited; until then it must not count as unhandled.
        writing.catch(() => undefined);
        for (const chunk of batch) {
          this.#digest.update(chunk, position);
          position += chunk.byteLength;
        }
      }
    } finally {
      await writing;
    }
    return position;
  }
}

/** Gathers chunks; gives on what it has before it hands on a fault of the content. */
async function* batches(content: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  let batch: Uint8Array[] = [];
  let byteCount = 0;
  try {
    for await (const chunk of content) {
      batch.push(chunk);
      byteCount += chunk.byteLength;
      if (byteCount < batchBytes) continue;
      yield batch;
      [batch, byteCount] = [[], 0];
    }
  } catch (error) {
    if (byteCount > 0) yield batch;
    throw error;
  }
  if (byteCount > 0) yield batch;
}

/** `writev` may take less than it was given, on a disk that is nearly full. */
async function writeAll(handle: FileHandle, buffers: readonly Uint8Array[], position: number): Promise<void> {
  const byteCount = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  const { bytesWritten } = await handle.writev(buffers, position);
  if (bytesWritten === byteCount) return;
  let rest = Buffer.concat(buffers).subarray(bytesWritten);
  let place = position + bytesWritten;
  while (rest.byteLength > 0) {
    const written = (await handle.write(rest, 0, rest.byteLength, place)).bytesWritten;
    place += written;
    rest = rest.subarray(written);
  }
}

async function digestOfFile(path: string, algorithm: DigestAlgorithm): Promise<Digest> {
  const handle = await openForReading(path);
  try {
    const hash = createHash(algorithm);
    const { size } = await handle.stat();
    for await (const piece of readPieces(handle, { start: 0, end: size - 1 })) hash.update(piece);
    return `${algorithm}:${hash.digest('hex')}`;
  } finally {
    await handle.close();
  }
}
