import { Fault, type FaultWhere } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import type { ImageIndex } from '../oci/image-index.ts';
import type { ArchiveFile, ArchiveSpan } from './archive-file.ts';
import type { ContentKey, ImageStore } from './content-store.ts';
import { describeManifest } from './describe-manifest.ts';
import { findImage, imageNames } from './layout-index.ts';
import { layoutReferrers } from './layout-referrers.ts';
import { contentMissing, verifyContent } from './verify-content.ts';

/** What an archive holds, by digest: a span of the file, or bytes that were made up from what it says. */
export type ArchiveContents = ReadonlyMap<Digest, ArchiveSpan | Uint8Array>;

export interface ArchiveImages {
  readonly contents: ArchiveContents;
  readonly index: ImageIndex;
}

export interface OpenArchive extends ArchiveImages {
  readonly archive: ArchiveFile;
  /** Called when the store is closed. */
  readonly release: () => Promise<void>;
}

/** The images of an archive that is read in place. It takes nothing in. */
export class ArchiveStore implements ImageStore {
  readonly where: FaultWhere;
  readonly #open: OpenArchive;

  constructor(open: OpenArchive) {
    this.#open = open;
    this.where = { file: open.archive.file };
  }

  has(key: ContentKey): Promise<boolean> {
    return Promise.resolve(this.#sizeOf(key.digest) === key.size);
  }

  async *read(key: ContentKey): AsyncGenerator<Uint8Array, void, undefined> {
    yield* verifyContent(this.#bytes(key, 0), key);
  }

  readFrom(key: ContentKey, offset: number): AsyncIterable<Uint8Array> {
    return this.#bytes(key, offset);
  }

  write(): Promise<never> {
    return Promise.reject(this.#readOnly());
  }

  async resolve(tagOrDigest: string): Promise<Descriptor | undefined> {
    const entry = findImage(this.#open.index, tagOrDigest);
    if (entry !== undefined || !isDigest(tagOrDigest)) return entry;
    const size = this.#sizeOf(tagOrDigest);
    return size === undefined ? undefined : describeManifest(this, { digest: tagOrDigest, size });
  }

  tag(): Promise<never> {
    return Promise.reject(this.#readOnly());
  }

  tags(): Promise<readonly string[]> {
    return Promise.resolve(imageNames(this.#open.index));
  }

  referrers(subject: Digest): Promise<readonly Descriptor[]> {
    return layoutReferrers(this, this.#open.index, subject);
  }

  async close(): Promise<void> {
    await this.#open.archive.close();
    await this.#open.release();
  }

  discard(): Promise<void> {
    return this.close();
  }

  #sizeOf(digest: Digest): number | undefined {
    const content = this.#open.contents.get(digest);
    return content instanceof Uint8Array ? content.byteLength : content?.size;
  }

  async *#bytes(key: ContentKey, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    const content = this.#open.contents.get(key.digest);
    if (content === undefined) throw contentMissing(key, `the archive "${this.#open.archive.file}"`);
    if (content instanceof Uint8Array) yield content.subarray(offset);
    else yield* this.#open.archive.read(content, offset);
  }

  #readOnly(): Fault {
    const { file } = this.#open.archive;
    return new Fault('STORE_READ_ONLY', `Cannot write to the archive "${file}": it is open for reading`, {
      where: { file },
    });
  }
}
