import type { FaultWhere } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';

/** What content is asked for by; a whole descriptor serves as well. */
export interface ContentKey {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Tells a registry whether it is a manifest or a blob; without it both are tried. */
  readonly mediaType?: string;
}

export interface WriteExpectation {
  readonly digest?: Digest;
  readonly size?: number;
  /** Tells a registry whether it is a manifest or a blob. Default: a blob. */
  readonly mediaType?: string;
}

export interface LinkOptions {
  /** The caller has checked that the file holds what the key names, so that it is not read again. Default: false. */
  readonly verified?: boolean;
}

/** What became of content that was taken over: its bytes moved, or only its name, or it was there already. */
export type TakeOutcome = 'copied' | 'mounted' | 'linked' | 'present';

export interface TakeOptions extends LinkOptions {
  /** Called with the number of bytes of each chunk that moves; after a fault some may move again. */
  readonly onBytes?: (byteCount: number) => void;
  /** The task that a store which `tellsTransfers` shows its progress under. */
  readonly parentTask?: string;
}

/**
 * Content by digest. Every read is verified: bytes that do not hash to their name are never handed on as whole.
 * Writing what is there already is cheap and no fault. Safe against several writers at once.
 *
 * The optional methods are fast paths. A store offers those it has; a caller that finds one missing, or gets
 * `undefined` or `false`, reads and writes instead.
 */
export interface ContentStore {
  /** Whether the content is held, by digest and, where the store knows it, by size. */
  has(key: ContentKey): Promise<boolean>;
  /**
   * Streams the content; the iteration throws at its end where digest or size differ.
   * @throws {Fault} CONTENT_MISSING, DIGEST_MISMATCH, SIZE_MISMATCH
   */
  read(key: ContentKey): AsyncIterable<Uint8Array>;
  /** Takes the content in; it is visible only once it is whole, verified and durable. @throws {Fault} DIGEST_MISMATCH, SIZE_MISMATCH */
  write(content: AsyncIterable<Uint8Array>, expected?: WriteExpectation): Promise<{ digest: Digest; size: number }>;
  /**
   * The absolute path of a plain file that holds exactly these bytes, or undefined. The file belongs to the store:
   * read it, link it, never change it. Only its size has been looked at, not its digest.
   */
  localPath?(key: ContentKey): Promise<string | undefined>;
  /**
   * Takes a file in by a hard link, or by a copy where the file system cannot link; never moves or changes it.
   * @throws {Fault} DIGEST_MISMATCH, SIZE_MISMATCH
   */
  linkFrom?(path: string, key: ContentKey, options?: LinkOptions): Promise<'linked' | 'copied'>;
  /**
   * Takes content over from another store by the shortest way it knows: a layout links, a registry mounts, or uploads what
   * it can read again after a fault. Undefined where it knows none: the caller reads and writes.
   */
  takeFrom?(source: ContentStore, key: ContentKey, options?: TakeOptions): Promise<TakeOutcome | undefined>;
  /** The store that the content is really read from, where this one joins several. */
  holder?(key: ContentKey): Promise<ContentStore | undefined>;
  /** Streams the content from a byte on. It is not verified: that is left to whoever takes it. @throws {Fault} CONTENT_MISSING */
  readFrom?(key: ContentKey, offset: number): AsyncIterable<Uint8Array>;
}

export interface TagOptions {
  /** What the tag must point at before it is moved. Default: whatever is there is replaced. */
  readonly expected?: Digest | 'absent';
  /** The whole reference, where a layout or archive is to note it beside the tag, as `docker load` names the image. */
  readonly name?: string;
}

/** A content store that also names images: an OCI layout, a repository, an archive. */
export interface ImageStore extends ContentStore {
  /** How many writes are useful at once; an archive takes 1. Default: as many as the caller likes. */
  readonly parallelWrites?: number;
  /**
   * Whether it takes no manifest whose content it does not hold, as registries do: content of a manifest that is there need
   * not be asked for. Default: false.
   */
  readonly refusesIncomplete?: boolean;
  /** Whether it emits events about what it takes in, so that a copy need not. Default: false. */
  readonly tellsTransfers?: boolean;
  /**
   * Whether it gave this content whole and right a moment ago, to whomever: then it need not be asked again whether
   * it holds it. Default: it is asked.
   */
  wasReadLately?(digest: Digest): boolean;
  /** The place a fault of this store is about. */
  readonly where?: FaultWhere;
  /** What a tag or digest points at, or undefined. In a layout, "" names its only image. */
  resolve(tagOrDigest: string): Promise<Descriptor | undefined>;
  /** Makes a tag point at content that is already held. @throws {Fault} TAG_MOVED where it is not what was expected */
  tag(tag: string, descriptor: Descriptor, options?: TagOptions): Promise<void>;
  tags(): Promise<readonly string[]>;
  /** What refers to a manifest or index by its `subject`: signatures, attestations, SBOMs. */
  referrers?(subject: Digest): Promise<readonly Descriptor[]>;
  /**
   * Makes a manifest that is already held and whose `subject` is the digest be found by `referrers`.
   * A store that does so by itself when the manifest is written leaves it out.
   */
  refer?(subject: Digest, referrer: Descriptor): Promise<void>;
  /** Makes what was written so far durable and complete: an archive becomes a file. Nothing may be written afterwards. */
  close?(): Promise<void>;
  /** Gives up: leaves nothing half written behind. After `close` it does nothing. */
  discard?(): Promise<void>;
}
