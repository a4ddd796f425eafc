import type { Host } from '../host/host.ts';
import type { Digest, DigestAlgorithm } from '../oci/digest.ts';
import { IndexChanges } from './index-changes.ts';
import { type MemoryBlob, type MemoryRoom, readChunks } from './memory-blob.ts';
import { MemoryUpload } from './memory-upload.ts';
import { type Busy, extendBusy, pushPauseMs } from './push-lease.ts';
import type { ChangeIndex, OpenBlob, RepositoryStorage, StoredBlob, Upload, UploadFacts } from './registry-storage.ts';
import { RepositoryIndex } from './repository-index.ts';

export interface MemoryRepositoryOptions {
  readonly host: Host;
  readonly room: MemoryRoom;
  readonly blobOf: (repository: string, digest: Digest) => MemoryBlob | undefined;
  /** Called before anything is kept. */
  readonly onWrite: () => void;
}

/** A repository in memory. */
export class MemoryRepository implements RepositoryStorage {
  readonly name: string;
  readonly #options: MemoryRepositoryOptions;
  readonly #blobs = new Map<Digest, MemoryBlob>();
  readonly #uploads = new Map<string, MemoryUpload>();
  readonly #changes = new IndexChanges(async (apply) => {
    this.#index = (await apply(this.#index ?? new RepositoryIndex())) ?? this.#index;
  });
  #index: RepositoryIndex | undefined;
  #busy: Busy | undefined;

  constructor(name: string, options: MemoryRepositoryOptions) {
    this.name = name;
    this.#options = options;
  }

  get isThere(): boolean {
    return this.#index !== undefined;
  }

  get uploadCount(): number {
    return this.#uploads.size;
  }

  blob(digest: Digest): MemoryBlob | undefined {
    return this.#blobs.get(digest);
  }

  index(): Promise<RepositoryIndex | undefined> {
    return Promise.resolve(this.#index);
  }

  change<Result>(change: ChangeIndex<Result>): Promise<Result> {
    this.#options.onWrite();
    return this.#changes.change(change);
  }

  stat(digest: Digest): Promise<StoredBlob | undefined> {
    const blob = this.#blobs.get(digest);
    return Promise.resolve(blob === undefined ? undefined : { digest, size: blob.size, modifiedMs: blob.modifiedMs });
  }

  renew(digest: Digest): Promise<boolean> {
    const blob = this.#blobs.get(digest);
    if (blob !== undefined) this.#blobs.set(digest, { ...blob, modifiedMs: this.#nowMs() });
    return Promise.resolve(blob !== undefined);
  }

  open(digest: Digest): Promise<OpenBlob | undefined> {
    const blob = this.#blobs.get(digest);
    if (blob === undefined) return Promise.resolve(undefined);
    const { chunks, size } = blob;
    return Promise.resolve({
      size,
      async *read(range = { start: 0, end: size - 1 }) {
        for (const chunk of readChunks(chunks, range.start, range.end)) yield await Promise.resolve(chunk);
      },
      close: () => Promise.resolve(),
    });
  }

  put(digest: Digest, bytes: Uint8Array): Promise<void> {
    return this.#keep(digest, { chunks: [bytes], size: bytes.byteLength, modifiedMs: this.#nowMs() });
  }

  remove(digest: Digest, unlessRenewedSinceMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const blob = this.#blobs.get(digest);
    if (blob === undefined || blob.modifiedMs >= unlessRenewedSinceMs) return Promise.resolve(false);
    this.#forget(digest);
    return Promise.resolve(true);
  }

  async mount(digest: Digest, from: string): Promise<boolean> {
    const blob = this.#options.blobOf(from, digest);
    if (blob !== undefined) await this.#keep(digest, { ...blob, modifiedMs: this.#noteActivity() });
    return blob !== undefined;
  }

  blobs(): Promise<readonly StoredBlob[]> {
    return Promise.resolve([...this.#blobs].map(([digest, { size, modifiedMs }]) => ({ digest, size, modifiedMs })));
  }

  startUpload(algorithm: DigestAlgorithm): Promise<Upload> {
    this.#options.onWrite();
    const startedMs = this.#noteActivity();
    const id = `${startedMs.toString(36)}-${this.#options.host.randomHex(16)}`;
    const upload = new MemoryUpload({
      id,
      algorithm,
      startedMs,
      room: this.#options.room,
      noteActivity: () => this.#noteActivity(),
      onEnd: (digest, blob) => {
        this.#uploads.delete(id);
        if (digest !== undefined) this.#place(digest, blob);
      },
    });
    this.#uploads.set(id, upload);
    return Promise.resolve(upload);
  }

  upload(id: string): Promise<Upload | undefined> {
    return Promise.resolve(this.#uploads.get(id));
  }

  uploads(): Promise<readonly UploadFacts[]> {
    return Promise.resolve([...this.#uploads.values()]);
  }

  busySinceMs(): Promise<number | undefined> {
    const busy = this.#busy;
    const isBusy = busy !== undefined && this.#nowMs() - busy.untilMs <= pushPauseMs;
    return Promise.resolve(isBusy ? busy.sinceMs : undefined);
  }

  async sweep(latestMs: number): Promise<number> {
    const idle = [...this.#uploads.values()].filter(({ modifiedMs }) => modifiedMs < latestMs);
    for (const upload of idle) await upload.discard();
    return idle.length;
  }

  async #keep(digest: Digest, blob: MemoryBlob): Promise<void> {
    this.#options.onWrite();
    this.#options.room.take(blob.size);
    this.#place(digest, blob);
    await Promise.resolve();
  }

  #place(digest: Digest, blob: MemoryBlob): void {
    this.#forget(digest);
    this.#blobs.set(digest, blob);
    this.#index ??= new RepositoryIndex();
  }

  #forget(digest: Digest): void {
    this.#options.room.giveBack(this.#blobs.get(digest)?.size ?? 0);
    this.#blobs.delete(digest);
  }

  #noteActivity(): number {
    const nowMs = this.#nowMs();
    this.#busy = extendBusy(this.#busy, nowMs);
    return nowMs;
  }

  #nowMs(): number {
    return this.#options.host.clock.now().getTime();
  }
}
