import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { encodeHeader } from '../archive/encode-header.ts';
import { blockBytes, paddingBytes } from '../archive/header-fields.ts';
import type { TarEntry } from '../archive/tar-entry.ts';
import type { FaultWhere } from '../errors/fault.ts';
import { invariant } from '../errors/invariant.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../oci/digest.ts';
import { encodeDocument } from '../oci/encode.ts';
import type { ImageIndex } from '../oci/image-index.ts';
import { ociLayout } from '../oci/layout.ts';
import type { ArchiveSpan } from './archive-file.ts';
import { once } from './collect-content.ts';
import type { ContentKey, ImageStore, TagOptions, WriteExpectation } from './content-store.ts';
import { describeManifest } from './describe-manifest.ts';
import { diskFault } from './disk-fault.ts';
import { checkExpected, emptyIndex, findImage, imageNames, nameImage } from './layout-index.ts';
import { layoutReferrers, referInLayout } from './layout-referrers.ts';
import { openForReading, readRange } from './read-file.ts';
import { refuseSpecialFile } from './special-file.ts';
import { stageFile } from './staged-file.ts';
import { syncPath } from './sync-path.ts';
import { sweepTemporary, temporaryPath } from './temporary-path.ts';
import { contentMissing, verifyContent } from './verify-content.ts';

/** Files that stand beside the blobs at the end of an archive, by path. */
export type ArchiveTail = ReadonlyMap<string, Uint8Array>;

export interface ArchiveWriterOptions {
  readonly host: Host;
  /** What stands at the end besides `oci-layout`; must have `index.json`. Default: the index as it is. */
  readonly tail?: (index: ImageIndex, store: ImageStore) => Promise<ArchiveTail>;
}

/**
 * A tar file of an OCI layout that is being written: content goes straight into it, one piece after the other. It has its name only
 * after `close`; the same images in the same order always give the same bytes.
 */
export class ArchiveWriter implements ImageStore {
  readonly parallelWrites = 1;
  readonly where: FaultWhere;
  readonly #file: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #options: ArchiveWriterOptions;
  readonly #contents = new Map<Digest, ArchiveSpan>();
  readonly #folders = new Set<string>();
  #index: ImageIndex = emptyIndex;
  #offset = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #isOpen = true;

  private constructor(
    file: string,
    temporary: { readonly path: string; readonly handle: FileHandle },
    options: ArchiveWriterOptions,
  ) {
    this.#file = file;
    this.where = { file };
    this.#temporary = temporary.path;
    this.#handle = temporary.handle;
    this.#options = options;
  }

  /** Begins the archive that `file`, absolute, is to be. @throws {Fault} STORE_DENIED, STORE_FULL */
  static async create(file: string, options: ArchiveWriterOptions): Promise<ArchiveWriter> {
    await refuseSpecialFile(file);
    try {
      await sweepTemporary(dirname(file), options.host);
      const { path } = await temporaryPath(dirname(file), options.host);
      const handle = await open(path, 'wx+', 0o644);
      return new ArchiveWriter(file, { path, handle }, options);
    } catch (error) {
      throw diskFault(error, `write the archive "${file}"`, file);
    }
  }

  has(key: ContentKey): Promise<boolean> {
    return Promise.resolve(this.#contents.get(key.digest)?.size === key.size);
  }

  async *read(key: ContentKey): AsyncGenerator<Uint8Array, void, undefined> {
    const span = this.#contents.get(key.digest);
    if (span === undefined) throw contentMissing(key, `the archive "${this.#file}"`);
    yield* verifyContent(readRange(this.#handle, { offset: span.offset, length: span.size }), key);
  }

  async write(
    content: AsyncIterable<Uint8Array>,
    expected: WriteExpectation = {},
  ): Promise<{ digest: Digest; size: number }> {
    const { digest, size } = expected;
    if (digest === undefined || size === undefined) return this.#writeUnknown(content, expected);
    await this.#inTurn(async () => {
      if (await this.has({ digest, size })) await content[Symbol.asyncIterator]().return?.();
      else await this.#append(content, { digest, size });
    });
    return { digest, size };
  }

  async resolve(tagOrDigest: string): Promise<Descriptor | undefined> {
    const entry = findImage(this.#index, tagOrDigest);
    if (entry !== undefined || !isDigest(tagOrDigest)) return entry;
    const size = this.#contents.get(tagOrDigest)?.size;
    return size === undefined ? undefined : describeManifest(this, { digest: tagOrDigest, size });
  }

  async tag(tag: string, descriptor: Descriptor, options: TagOptions = {}): Promise<void> {
    if (!(await this.has(descriptor))) throw contentMissing(descriptor, `the archive "${this.#file}"`);
    checkExpected(this.#index, tag, options);
    this.#index = nameImage(this.#index, tag, { ...descriptor, whole: options.name });
  }

  tags(): Promise<readonly string[]> {
    return Promise.resolve(imageNames(this.#index));
  }

  referrers(subject: Digest): Promise<readonly Descriptor[]> {
    return layoutReferrers(this, this.#index, subject);
  }

  async refer(subject: Digest, referrer: Descriptor): Promise<void> {
    this.#index = await referInLayout(this, this.#index, { subject, referrer });
  }

  /** Writes the end and gives the archive its name. @throws {Fault} STORE_FULL, STORE_DENIED */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    try {
      await this.#inTurn(() => this.#finish());
      await rename(this.#temporary, this.#file);
      await syncPath(dirname(this.#file));
    } catch (error) {
      throw diskFault(error, `write the archive "${this.#file}"`, this.#file);
    } finally {
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#queue.catch(() => undefined);
    await this.#handle.close();
    await rm(this.#temporary, { force: true });
  }

  async #finish(): Promise<void> {
    const tail = this.#options.tail ?? ((index) => Promise.resolve(new Map([['index.json', encodeDocument(index)]])));
    const files = new Map([...(await tail(this.#index, this)), ['oci-layout', encodeDocument(ociLayout)] as const]);
    for (const [path, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      this.#offset = await this.#writeEntry({ ...fileEntry(path), sizeBytes: bytes.byteLength }, once(bytes));
    }
    await this.#handle.write(new Uint8Array(2 * blockBytes), 0, 2 * blockBytes, this.#offset);
    // What a write that went wrong left behind the end.
    await this.#handle.truncate(this.#offset + 2 * blockBytes);
    await this.#handle.sync();
  }

  /** Where nobody said what it is, the name of the entry is known only at the end: it waits in a file. */
  async #writeUnknown(
    content: AsyncIterable<Uint8Array>,
    expected: WriteExpectation,
  ): Promise<{ digest: Digest; size: number }> {
    const { host } = this.#options;
    const staged = await stageFile(content, dirname(this.#file), { host, expected, sync: false });
    try {
      const handle = await openForReading(staged.path);
      try {
        return await this.write(readRange(handle, { offset: 0, length: staged.size }), staged);
      } finally {
        await handle.close();
      }
    } finally {
      await rm(staged.path, { force: true });
    }
  }

  /** Where anything goes wrong the next entry is written over it. */
  async #append(content: AsyncIterable<Uint8Array>, key: ContentKey): Promise<void> {
    const algorithm = digestAlgorithm(key.digest);
    for (const folder of ['blobs', `blobs/${algorithm}`]) await this.#makeFolder(folder);
    const entry = { ...fileEntry(`blobs/${algorithm}/${digestHex(key.digest)}`), sizeBytes: key.size };
    const start = this.#offset + encodeHeader(entry).byteLength;
    this.#offset = await this.#writeEntry(entry, verifyContent(content, key));
    this.#contents.set(key.digest, { offset: start, size: key.size });
  }

  async #makeFolder(path: string): Promise<void> {
    if (this.#folders.has(path)) return;
    this.#offset = await this.#writeEntry({ ...fileEntry(path), type: 'directory', mode: 0o755 }, []);
    this.#folders.add(path);
  }

  /** Returns where the next entry begins. */
  async #writeEntry(entry: TarEntry, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
    let at = this.#offset;
    const write = async (bytes: Uint8Array): Promise<void> => {
      let done = 0;
      while (done < bytes.byteLength) {
        done += (await this.#handle.write(bytes, done, bytes.byteLength - done, at + done)).bytesWritten;
      }
      at += bytes.byteLength;
    };
    await write(encodeHeader(entry));
    for await (const chunk of content) await write(chunk);
    await write(new Uint8Array(paddingBytes(entry.sizeBytes)));
    return at;
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    invariant(this.#isOpen, 'An archive was written to after it was closed');
    const mine = this.#queue.then(action);
    this.#queue = mine.catch(() => undefined);
    return mine.catch((error: unknown) => {
      throw diskFault(error, `write the archive "${this.#file}"`, this.#file);
    });
  }
}

/** Owner, time and mode are the same everywhere, so that the bytes are. */
function fileEntry(path: string): TarEntry {
  return { path, type: 'file', mode: 0o644, uid: 0, gid: 0, sizeBytes: 0, modified: { seconds: 0, nanoseconds: 0 } };
}
