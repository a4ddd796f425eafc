import type { Digest, DigestAlgorithm } from '../oci/digest.ts';
import type { ByteRange } from './byte-range.ts';
import type { RepositoryIndex } from './repository-index.ts';

export interface StoredBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** When it was written, or last asked for by somebody who may rely on it; milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** A blob that is open for reading. It stays whole even where the blob is deleted meanwhile. */
export interface OpenBlob {
  /** Bytes. */
  readonly size: number;
  /** A chunk is valid until the next one is asked for. Default: all of it. */
  read(range?: ByteRange): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export interface AppendOptions {
  /** Where the content belongs; what was received behind this place is dropped. At most the bytes received. */
  readonly at: number;
  /** What the upload will be named by, where it is known. Default: sha256, or what the upload was begun with. */
  readonly algorithm?: DigestAlgorithm;
}

/** Content on its way in. One request at a time may use it. */
export interface Upload {
  readonly id: string;
  /** How many bytes the client was last told are here; those behind came with a request that was cut off. */
  readonly acknowledged: number;
  /** How many bytes are here, durably. From now on they count as acknowledged. */
  offset(): Promise<number>;
  /**
   * Takes content in and makes it durable; gives the new offset. Where the content ends in a fault, what came before it
   * is kept. @throws {Fault} STORE_FULL, after which the upload is gone
   */
  append(content: AsyncIterable<Uint8Array>, options: AppendOptions): Promise<number>;
  /**
   * Makes the upload a blob of its repository, whole and durable, when its bytes hash to the digest. The upload is gone
   * afterwards in either case. Gives whether they did.
   */
  commit(digest: Digest): Promise<boolean>;
  discard(): Promise<void>;
}

export interface UploadFacts {
  readonly id: string;
  readonly startedMs: number;
  /** When its last byte came. */
  readonly modifiedMs: number;
}

/** What a change makes of the index of a repository; without `index` it stays as it is. */
export interface IndexChange<Result> {
  readonly index?: RepositoryIndex;
  readonly result: Result;
}

export type ChangeIndex<Result> = (index: RepositoryIndex) => Promise<IndexChange<Result>>;

/** One repository: an index, blobs by digest, and uploads. It comes to be with its first blob or manifest. */
export interface RepositoryStorage {
  readonly name: string;
  /** The index as it is now; undefined where there is no such repository. */
  index(): Promise<RepositoryIndex | undefined>;
  /** Changes the index while nobody else does, in this process or another; durable when it returns. */
  change<Result>(change: ChangeIndex<Result>): Promise<Result>;
  stat(digest: Digest): Promise<StoredBlob | undefined>;
  /** Makes a blob count as written just now, so that it is not collected as garbage. False where it is not there. */
  renew(digest: Digest): Promise<boolean>;
  open(digest: Digest): Promise<OpenBlob | undefined>;
  /** Stores bytes that are known to hash to the digest; durable when it returns. */
  put(digest: Digest, bytes: Uint8Array): Promise<void>;
  /** False where it was not there, or was renewed at or after `unlessRenewedSinceMs`. */
  remove(digest: Digest, unlessRenewedSinceMs?: number): Promise<boolean>;
  /** Takes over a blob of another repository; false where that has none. */
  mount(digest: Digest, from: string): Promise<boolean>;
  blobs(): Promise<readonly StoredBlob[]>;
  startUpload(algorithm: DigestAlgorithm): Promise<Upload>;
  upload(id: string): Promise<Upload | undefined>;
  uploads(): Promise<readonly UploadFacts[]>;
  /** Since when content has been coming in without a pause longer than `pushPauseMs`; undefined when none came for as long. */
  busySinceMs(): Promise<number | undefined>;
}

/** Everything a registry keeps. */
export interface RegistryStorage {
  /** Sorted by code unit. */
  repositories(): Promise<readonly string[]>;
  repository(name: string): RepositoryStorage;
  /** How many uploads are open in all repositories. */
  uploadCount(): Promise<number>;
  /** Removes uploads of which no byte came for so long. Gives how many. */
  sweepUploads(idleMs: number): Promise<number>;
  /** Whether so many more bytes can be taken in. */
  hasRoomFor(sizeBytes: number): Promise<boolean>;
}
