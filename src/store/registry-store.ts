import type { FaultWhere } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { makeTempDirectory } from '../host/temp-directory.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestOf } from '../oci/digest.ts';
import { isIndexType, isManifestType } from '../oci/media-types.ts';
import type { BlobSource } from '../registry/blob-source.ts';
import type { UploadOptions } from '../registry/blob-upload.ts';
import type { Repository } from '../registry/repository.ts';
import { joinChunks, once } from './collect-content.ts';
import type {
  ContentKey,
  ContentStore,
  ImageStore,
  TagOptions,
  TakeOptions,
  TakeOutcome,
  WriteExpectation,
} from './content-store.ts';
import { openForReading, readRest } from './read-file.ts';
import { SeenContent } from './seen-content.ts';
import { stageFile } from './staged-file.ts';
import { verifyBytes, verifyContent } from './verify-content.ts';

export interface RegistryStoreOptions {
  readonly host: Host;
  /** Repositories of the same registry that may hold the blobs already, best first. */
  readonly mountFrom?: readonly string[];
  /** What this repository gave before, to others. Default: nothing. */
  readonly seen?: SeenContent;
}

/** Content up to this size, in bytes, waits in memory until it is sent. */
const maxHeldBytes = 8 * 1024 * 1024;

/** The images of one repository of a registry. */
export class RegistryStore implements ImageStore {
  readonly repository: Repository;
  readonly tellsTransfers = true;
  readonly refusesIncomplete = true;
  readonly where: FaultWhere;
  readonly #host: Host;
  readonly #mountFrom: readonly string[];
  readonly #seen: SeenContent;

  constructor(repository: Repository, options: RegistryStoreOptions) {
    this.repository = repository;
    this.#host = options.host;
    this.where = { registry: repository.registry, repository: repository.name };
    this.#mountFrom = options.mountFrom ?? [];
    this.#seen = options.seen ?? new SeenContent(options.host.clock);
  }

  has(key: ContentKey): Promise<boolean> {
    return this.repository.has(key);
  }

  wasReadLately(digest: Digest): boolean {
    return this.#seen.wasReadLately(digest);
  }

  async *read(key: ContentKey): AsyncGenerator<Uint8Array, void, undefined> {
    this.#seen.forget(key.digest);
    if (!isDocument(key.mediaType)) {
      yield* this.repository.read(key);
      this.#seen.noteRead(key.digest);
      return;
    }
    const bytes = await joinChunks(this.repository.read(key), maxHeldBytes);
    this.#seen.noteRead(key.digest);
    this.#seen.keep(key.digest, bytes);
    yield bytes;
  }

  readFrom(key: ContentKey, offset: number): AsyncIterable<Uint8Array> {
    return this.repository.read(key, { offset });
  }

  /**
   * Takes content whose bytes can be had only once. Manifests and what is known to be small are held in memory, the rest in a
   * temporary file, so that it can be sent again after a fault. `takeFrom` needs neither.
   */
  async write(
    content: AsyncIterable<Uint8Array>,
    expected: WriteExpectation = {},
  ): Promise<{ digest: Digest; size: number }> {
    const isSmall = (expected.size ?? Infinity) <= maxHeldBytes;
    return isSmall || isDocument(expected.mediaType)
      ? this.#writeSmall(content, expected)
      : this.#writeLarge(content, expected);
  }

  async #writeSmall(
    content: AsyncIterable<Uint8Array>,
    expected: WriteExpectation,
  ): Promise<{ digest: Digest; size: number }> {
    const { digest, size } = expected;
    const isKnown = digest !== undefined && size !== undefined;
    const bytes = await joinChunks(isKnown ? verifyContent(content, { digest, size }) : content, maxHeldBytes);
    const algorithm = digest === undefined ? 'sha256' : digestAlgorithm(digest);
    const key = { digest: digest ?? digestOf(bytes, algorithm), size: size ?? bytes.byteLength };
    if (!isKnown) verifyBytes(bytes, key);
    const source: BlobSource = { ...nameOf({ ...expected, ...key }), open: (offset) => once(bytes.subarray(offset)) };
    await this.repository.write(source, this.#upload());
    if (isDocument(expected.mediaType)) this.#seen.keep(key.digest, bytes);
    return key;
  }

  async #writeLarge(
    content: AsyncIterable<Uint8Array>,
    expected: WriteExpectation,
  ): Promise<{ digest: Digest; size: number }> {
    const folder = await makeTempDirectory(this.#host);
    try {
      const { path, digest, size } = await stageFile(content, folder.path, { host: this.#host, expected, sync: false });
      const key = { digest, size };
      await this.repository.write({ ...key, open: (offset) => readFileFrom(path, key, offset) }, this.#upload());
      return key;
    } finally {
      await folder.remove();
    }
  }

  /** Mounts a blob from another repository of the registry, or sends it, from where it stopped after a fault. */
  async takeFrom(joined: ContentStore, key: ContentKey, options: TakeOptions = {}): Promise<TakeOutcome> {
    const source = (await joined.holder?.(key)) ?? joined;
    const blob: BlobSource = { ...nameOf(key), open: (offset) => readCounted(source, key, { ...options, offset }) };
    const outcome = await this.repository.write(blob, this.#upload(source, options.parentTask));
    return outcome === 'uploaded' ? 'copied' : outcome === 'existed' ? 'present' : outcome;
  }

  resolve(tagOrDigest: string): Promise<Descriptor | undefined> {
    return this.repository.resolve(tagOrDigest === '' ? 'latest' : tagOrDigest);
  }

  async tag(tag: string, descriptor: Descriptor, options: TagOptions = {}): Promise<void> {
    const { mediaType, digest } = descriptor;
    const bytes = this.#seen.bytesOf(digest) ?? (await this.repository.fetchManifest(digest)).bytes;
    this.#seen.keep(digest, bytes);
    const move = { mediaType, digest, tags: [tag], isStored: true, keepReferrersTag: false };
    await this.repository.putManifest(bytes, { ...move, ...options });
  }

  tags(): Promise<readonly string[]> {
    return this.repository.tags();
  }

  referrers(subject: Digest): Promise<readonly Descriptor[]> {
    return this.repository.referrers(subject);
  }

  /** Where blobs may be mounted from: the source itself where it is of this registry, then what was named. */
  #upload(source?: ContentStore, parentTask?: string): UploadOptions {
    const isNeighbour = source instanceof RegistryStore && source.repository.registry === this.repository.registry;
    const own = isNeighbour && source.repository.name !== this.repository.name ? [source.repository.name] : [];
    const mountFrom = [...own, ...this.#mountFrom];
    return { mountFrom, ...(parentTask === undefined ? {} : { parentTask }) };
  }
}

function isDocument(mediaType: string | undefined): boolean {
  return mediaType !== undefined && (isIndexType(mediaType) || isManifestType(mediaType));
}

async function* readFileFrom(
  path: string,
  key: ContentKey,
  offset: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* readRest(await openForReading(path), key, offset);
}

function nameOf({ digest, size, mediaType }: ContentKey): ContentKey {
  return { digest, size, ...(mediaType === undefined ? {} : { mediaType }) };
}

/**
 * Content from a byte on; a store that cannot begin in the middle is read from the start. What is sent whole is verified by
 * the client, the rest by the registry.
 */
async function* readCounted(
  source: ContentStore,
  key: ContentKey,
  options: TakeOptions & { readonly offset: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { offset, onBytes } = options;
  const direct = source.readFrom?.(key, offset);
  let skip = direct === undefined ? offset : 0;
  for await (const chunk of direct ?? source.read(key)) {
    const rest = chunk.subarray(Math.min(skip, chunk.byteLength));
    skip -= chunk.byteLength - rest.byteLength;
    if (rest.byteLength === 0) continue;
    onBytes?.(rest.byteLength);
    yield rest;
  }
}
