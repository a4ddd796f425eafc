import { Fault, isFault } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type {
  ContentKey,
  ContentStore,
  ImageStore,
  TagOptions,
  TakeOptions,
  TakeOutcome,
  WriteExpectation,
} from './content-store.ts';

/**
 * Several stores read as one: what lies in the first that has it is what is read. Only the first is written to. Parts that
 * several builders and former runs left in several places are one source this way.
 */
export class JoinedStore implements ImageStore {
  readonly #first: ImageStore;
  readonly #stores: readonly ImageStore[];

  constructor(first: ImageStore, others: readonly ImageStore[]) {
    this.#first = first;
    this.#stores = [first, ...others];
  }

  async has(key: ContentKey): Promise<boolean> {
    return (await this.holder(key)) !== undefined;
  }

  /** The store that the content is read from. */
  async holder(key: ContentKey): Promise<ImageStore | undefined> {
    for (const store of this.#stores) if (await store.has(key)) return store;
    return undefined;
  }

  /** Asking for content costs as much as looking for it: the first that gives it is read. */
  async *read(key: ContentKey): AsyncGenerator<Uint8Array, void, undefined> {
    for (const store of this.#stores) {
      let isBegun = false;
      try {
        for await (const chunk of store.read(key)) {
          isBegun = true;
          yield chunk;
        }
        return;
      } catch (error) {
        if (isBegun || !isFault(error, 'CONTENT_MISSING', 'MANIFEST_UNKNOWN', 'REPOSITORY_UNKNOWN')) throw error;
      }
    }
    throw new Fault('CONTENT_MISSING', `Cannot read ${key.digest}: none of ${this.#stores.length} places holds it`, {
      where: { reference: key.digest },
    });
  }

  async localPath(key: ContentKey): Promise<string | undefined> {
    return (await this.holder(key))?.localPath?.(key);
  }

  write(content: AsyncIterable<Uint8Array>, expected?: WriteExpectation): Promise<{ digest: Digest; size: number }> {
    return this.#first.write(content, expected);
  }

  async takeFrom(source: ContentStore, key: ContentKey, options?: TakeOptions): Promise<TakeOutcome | undefined> {
    return this.#first.takeFrom?.(source, key, options);
  }

  async resolve(tagOrDigest: string): Promise<Descriptor | undefined> {
    for (const store of this.#stores) {
      const found = await store.resolve(tagOrDigest);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  tag(tag: string, descriptor: Descriptor, options?: TagOptions): Promise<void> {
    return this.#first.tag(tag, descriptor, options);
  }

  tags(): Promise<readonly string[]> {
    return this.#first.tags();
  }

  async referrers(subject: Digest): Promise<readonly Descriptor[]> {
    const found = await Promise.all(this.#stores.map(async (store) => (await store.referrers?.(subject)) ?? []));
    return [...new Map(found.flat().map((descriptor) => [descriptor.digest, descriptor])).values()];
  }
}
