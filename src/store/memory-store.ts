import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestOf, isDigest } from '../oci/digest.ts';
import type { ImageIndex } from '../oci/image-index.ts';
import { joinChunks } from './collect-content.ts';
import type { ContentKey, ImageStore, TagOptions, WriteExpectation } from './content-store.ts';
import { describeManifest } from './describe-manifest.ts';
import { checkExpected, emptyIndex, findImage, imageNames, nameImage } from './layout-index.ts';
import { layoutReferrers, referInLayout } from './layout-referrers.ts';
import { contentMissing, verifyBytes, verifyContent } from './verify-content.ts';

const chunkBytes = 1024 * 1024;

/** Images in the memory of this process: for tests, and for results that nobody keeps. */
export class MemoryStore implements ImageStore {
  readonly #contents = new Map<Digest, Uint8Array>();
  #index: ImageIndex = emptyIndex;
  #updating: Promise<void> = Promise.resolve();

  has(key: ContentKey): Promise<boolean> {
    return Promise.resolve(this.#contents.get(key.digest)?.byteLength === key.size);
  }

  async *read(key: ContentKey): AsyncGenerator<Uint8Array, void, undefined> {
    yield* verifyContent(this.#pieces(key, 0), key);
  }

  async *readFrom(key: ContentKey, offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    await Promise.resolve();
    yield* this.#pieces(key, offset);
  }

  async write(
    content: AsyncIterable<Uint8Array>,
    expected: WriteExpectation = {},
  ): Promise<{ digest: Digest; size: number }> {
    const { digest, size } = expected;
    if (digest !== undefined && size !== undefined && (await this.has({ digest, size }))) {
      await content[Symbol.asyncIterator]().return?.();
      return { digest, size };
    }
    const bytes = await joinChunks(content);
    const algorithm = digest === undefined ? 'sha256' : digestAlgorithm(digest);
    const key = { digest: digest ?? digestOf(bytes, algorithm), size: size ?? bytes.byteLength };
    verifyBytes(bytes, key);
    this.#contents.set(key.digest, bytes);
    return key;
  }

  async resolve(tagOrDigest: string): Promise<Descriptor | undefined> {
    const entry = findImage(this.#index, tagOrDigest);
    if (entry !== undefined || !isDigest(tagOrDigest)) return entry;
    const size = this.#contents.get(tagOrDigest)?.byteLength;
    return size === undefined ? undefined : describeManifest(this, { digest: tagOrDigest, size });
  }

  async tag(tag: string, descriptor: Descriptor, options: TagOptions = {}): Promise<void> {
    if (!(await this.has(descriptor))) throw contentMissing(descriptor, 'the memory store');
    await this.#update((index) => {
      checkExpected(index, tag, options);
      return nameImage(index, tag, { ...descriptor, whole: options.name });
    });
  }

  tags(): Promise<readonly string[]> {
    return Promise.resolve(imageNames(this.#index));
  }

  referrers(subject: Digest): Promise<readonly Descriptor[]> {
    return layoutReferrers(this, this.#index, subject);
  }

  refer(subject: Digest, referrer: Descriptor): Promise<void> {
    return this.#update((index) => referInLayout(this, index, { subject, referrer }));
  }

  /** One change after the other: an edit may wait, and must not undo what came between. */
  #update(edit: (index: ImageIndex) => ImageIndex | Promise<ImageIndex>): Promise<void> {
    const mine = this.#updating.then(async () => {
      this.#index = await edit(this.#index);
    });
    this.#updating = mine.catch(() => undefined);
    return mine;
  }

  *#pieces(key: ContentKey, offset: number): Generator<Uint8Array, void, undefined> {
    const bytes = this.#contents.get(key.digest);
    if (bytes === undefined) throw contentMissing(key, 'the memory store');
    for (let at = offset; at < bytes.byteLength; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
}
