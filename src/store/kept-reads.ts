import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { joinChunks, once } from './collect-content.ts';
import type { ContentKey, ContentStore, ImageStore, TagOptions, WriteExpectation } from './content-store.ts';

/** Manifests, indexes and configs are far below; layers of this size cost little to keep. */
const maxKeptBytes = 256 * 1024;
const maxAllBytes = 64 * 1024 * 1024;

/**
 * A store of which small content is read once, however often it is asked for: merging, proving and copying a release each
 * read the same manifests, and in a registry every read is a request.
 */
export class KeptReads implements ImageStore {
  readonly #store: ImageStore;
  readonly #kept = new Map<Digest, Promise<Uint8Array>>();
  #bytes = 0;

  constructor(store: ImageStore) {
    this.#store = store;
  }

  async has(key: ContentKey): Promise<boolean> {
    return this.#kept.has(key.digest) || this.#store.has(key);
  }

  async *read(key: ContentKey): AsyncGenerator<Uint8Array, void, undefined> {
    const isKept = this.#kept.has(key.digest) || this.#bytes + key.size <= maxAllBytes;
    if (key.size > maxKeptBytes || !isKept) yield* this.#store.read(key);
    else yield* once(await this.#once(key));
  }

  async write(
    content: AsyncIterable<Uint8Array>,
    expected?: WriteExpectation,
  ): Promise<{ digest: Digest; size: number }> {
    return this.#store.write(content, expected);
  }

  async holder(key: ContentKey): Promise<ContentStore | undefined> {
    return this.#store.holder === undefined ? this.#store : this.#store.holder(key);
  }

  async localPath(key: ContentKey): Promise<string | undefined> {
    return this.#store.localPath?.(key);
  }

  resolve(tagOrDigest: string): Promise<Descriptor | undefined> {
    return this.#store.resolve(tagOrDigest);
  }

  tag(tag: string, descriptor: Descriptor, options?: TagOptions): Promise<void> {
    return this.#store.tag(tag, descriptor, options);
  }

  tags(): Promise<readonly string[]> {
    return this.#store.tags();
  }

  async referrers(subject: Digest): Promise<readonly Descriptor[]> {
    return (await this.#store.referrers?.(subject)) ?? [];
  }

  #once(key: ContentKey): Promise<Uint8Array> {
    const known = this.#kept.get(key.digest);
    if (known !== undefined) return known;
    const reading = joinChunks(this.#store.read(key));
    this.#kept.set(key.digest, reading);
    this.#bytes += key.size;
    // What failed is asked for again.
    reading.catch(() => this.#kept.delete(key.digest));
    return reading;
  }
}
