import { type Digest, type DigestAlgorithm, digestAlgorithm, digestOf } from '../oci/digest.ts';
import { type MemoryBlob, type MemoryRoom, readChunks } from './memory-blob.ts';
import type { AppendOptions, Upload, UploadFacts } from './registry-storage.ts';
import { RunningDigest } from './running-digest.ts';

export interface MemoryUploadOptions {
  readonly id: string;
  readonly algorithm: DigestAlgorithm;
  readonly startedMs: number;
  readonly room: MemoryRoom;
  /** Notes that bytes came, or that the upload ended; gives the time. */
  readonly noteActivity: () => number;
  /** Called when the upload is gone; with a digest where it became a blob, whose room is taken already. */
  readonly onEnd: (digest: Digest | undefined, blob: MemoryBlob) => void;
}

/** An upload in memory. */
export class MemoryUpload implements Upload, UploadFacts {
  readonly id: string;
  readonly startedMs: number;
  readonly #options: MemoryUploadOptions;
  readonly #digest: RunningDigest;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #acknowledged = 0;
  #modifiedMs: number;
  #isGone = false;

  constructor(options: MemoryUploadOptions) {
    this.id = options.id;
    this.startedMs = options.startedMs;
    this.#modifiedMs = options.startedMs;
    this.#options = options;
    this.#digest = new RunningDigest(options.algorithm);
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get modifiedMs(): number {
    return this.#modifiedMs;
  }

  offset(): Promise<number> {
    this.#acknowledged = this.#size;
    return Promise.resolve(this.#size);
  }

  async append(content: AsyncIterable<Uint8Array>, { at, algorithm }: AppendOptions): Promise<number> {
    this.#truncate(at);
    if (at === 0) this.#digest.restart(algorithm);
    this.#acknowledged = at;
    for await (const chunk of content) {
      this.#takeRoom(chunk.byteLength);
      this.#digest.update(chunk, this.#size);
      this.#chunks.push(chunk);
      this.#size += chunk.byteLength;
    }
    this.#modifiedMs = this.#options.noteActivity();
    this.#acknowledged = this.#size;
    return this.#size;
  }

  commit(digest: Digest): Promise<boolean> {
    const algorithm = digestAlgorithm(digest);
    const found = this.#digest.of(this.#size, algorithm) ?? digestOf(Buffer.concat(this.#chunks), algorithm);
    this.#end(found === digest ? digest : undefined);
    return Promise.resolve(found === digest);
  }

  discard(): Promise<void> {
    this.#end(undefined);
    return Promise.resolve();
  }

  #truncate(size: number): void {
    if (size >= this.#size) return;
    this.#options.room.giveBack(this.#size - size);
    this.#chunks = [...readChunks(this.#chunks, 0, size - 1)];
    this.#size = size;
  }

  #takeRoom(sizeBytes: number): void {
    try {
      this.#options.room.take(sizeBytes);
    } catch (error) {
      this.#end(undefined);
      throw error;
    }
  }

  #end(digest: Digest | undefined): void {
    if (this.#isGone) return;
    this.#isGone = true;
    if (digest === undefined) this.#truncate(0);
    const modifiedMs = this.#options.noteActivity();
    this.#options.onEnd(digest, { chunks: this.#chunks, size: this.#size, modifiedMs });
  }
}
