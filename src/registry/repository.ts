import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobSource, ContentName } from './blob-source.ts';

/** What became of an upload. `existed`: the registry had it; `mounted`: taken over from another repository there. */
export type UploadOutcome = 'uploaded' | 'existed' | 'mounted';

export interface UploadOptions {
  /** Repositories of the same registry that may hold the blob already, best first. */
  readonly mountFrom?: readonly string[];
  /** The task that the progress of this blob is shown under. */
  readonly parentTask?: string;
}

export interface ReadOptions {
  /** Bytes to leave out at the front. Content is verified only when it is read from 0. Default: 0. */
  readonly offset?: number;
  /** The task that the progress of this blob is shown under; without it no progress is shown. */
  readonly parentTask?: string;
}

export interface FetchedManifest {
  /** Media type, digest and size as they are in the registry. */
  readonly descriptor: Descriptor;
  /** The bytes as stored; they hash to the descriptor's digest. */
  readonly bytes: Uint8Array;
}

export interface PutManifestOptions {
  readonly mediaType: string;
  /** Tags to move; without any the manifest is only stored under its digest. */
  readonly tags?: readonly string[];
  /**
   * What each tag must point at before it is moved: a digest, or `absent`. Compared by HEAD, and by the registry itself
   * where it honours If-Match. Default: whatever is there is replaced.
   */
  readonly expected?: Digest | 'absent';
  /** Keep the referrers tag of the subject where the registry does not list referrers by itself. Default: true. */
  readonly keepReferrersTag?: boolean;
}

/** One repository of a registry: content by digest, manifests by tag, and what refers to them. */
export interface Repository {
  /** As written in a reference, for example `docker.io`. */
  readonly registry: string;
  /** The path, for example `library/alpine`. */
  readonly name: string;

  /** Whether the registry holds the content. A HEAD that is forbidden counts as "no". */
  has(content: ContentName): Promise<boolean>;
  /**
   * Streams content, resumed after a fault at the byte where it stopped. The iteration throws at its end where digest or
   * size differ; content up to 1 MiB is verified before its first byte is handed on.
   * @throws {Fault} CONTENT_MISSING, DIGEST_MISMATCH, SIZE_MISMATCH
   */
  read(content: ContentName, options?: ReadOptions): AsyncIterable<Uint8Array>;
  /**
   * Hands the content to `receive`; where it turns out damaged, once more from the start. `receive` must throw what its
   * iteration throws, and must be able to begin again.
   */
  download<Received>(
    content: ContentName,
    receive: (bytes: AsyncIterable<Uint8Array>) => Promise<Received>,
    options?: ReadOptions,
  ): Promise<Received>;
  /** Puts content: a manifest by its digest where the media type is that of one, else a blob. */
  write(source: BlobSource, options?: UploadOptions): Promise<UploadOutcome>;
  /** Puts a blob: asks for it, mounts it, or sends it, through every fault that can be outlived. */
  upload(source: BlobSource, options?: UploadOptions): Promise<UploadOutcome>;
  /** Takes a blob over from another repository of the registry. False where the registry does not do it. */
  mount(content: ContentName, from: string): Promise<boolean>;
  deleteBlob(digest: Digest): Promise<void>;

  /** What a tag or digest points at, or undefined where there is no such thing. */
  resolve(tagOrDigest: string): Promise<Descriptor | undefined>;
  /** @throws {Fault} MANIFEST_UNKNOWN, DIGEST_MISMATCH, REGISTRY_ANSWER_MALFORMED */
  fetchManifest(tagOrDigest: string): Promise<FetchedManifest>;
  /** Stores a manifest, then moves its tags in the order given. @throws {Fault} TAG_MOVED, TAG_IMMUTABLE */
  putManifest(bytes: Uint8Array, options: PutManifestOptions): Promise<Descriptor>;
  /** By digest, with every tag that points at it; or one tag, where the registry can. */
  deleteManifest(tagOrDigest: string): Promise<void>;

  /** Makes a tag point at a manifest that is here already. */
  tag(tag: string, descriptor: Descriptor, options?: Pick<PutManifestOptions, 'expected'>): Promise<void>;
  /** Every tag, in the order of the registry, each once. Empty where the repository does not exist. */
  tags(): Promise<readonly string[]>;
  /** What refers to a manifest, by the referrers API or the referrers tag. */
  referrers(subject: Digest, artifactType?: string): Promise<readonly Descriptor[]>;
}
