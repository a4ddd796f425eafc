import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { joinChunks, once } from '../../../src/store/collect-content.ts';
import type { ContentKey } from '../../../src/store/content-store.ts';
import { JoinedStore } from '../../../src/store/joined-store.ts';
import { KeptReads } from '../../../src/store/kept-reads.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';

/** A store that counts how often it is read. */
class CountedStore extends MemoryStore {
  readCount = 0;

  override read(key: ContentKey): AsyncGenerator<Uint8Array, void, undefined> {
    this.readCount += 1;
    return super.read(key);
  }
}

function storeWith(sizeBytes: number) {
  const bytes = Buffer.alloc(sizeBytes, 'x');
  const key = { digest: digestOf(bytes), size: sizeBytes };
  const store = new CountedStore();
  return { store, kept: new KeptReads(store), key, bytes, fill: () => store.write(once(bytes), key) };
}

describe('KeptReads', () => {
  test.each([
    ['small content once', 1000, 1],
    ['large content each time', 300 * 1024, 3],
  ])('reads %s', async (_what, sizeBytes, readCount) => {
    const { store, kept, key, bytes, fill } = storeWith(sizeBytes);
    await fill();

    const read = await Promise.all([1, 2, 3].map(() => joinChunks(kept.read(key))));

    expect(read.every((one) => Buffer.compare(one, bytes) === 0)).toBe(true);
    expect(store.readCount).toBe(readCount);
    expect(await kept.has(key)).toBe(true);
  });

  test('asks again for what was not there', async () => {
    const { kept, key, bytes, fill } = storeWith(1000);

    await expect(joinChunks(kept.read(key))).rejects.toMatchObject({ code: 'CONTENT_MISSING' });
    await fill();

    expect(await joinChunks(kept.read(key))).toEqual(bytes);
  });

  test('names the store that really holds content', async () => {
    const { store, key, fill } = storeWith(1000);
    await fill();

    expect(await new KeptReads(store).holder(key)).toBe(store);
    expect(await new KeptReads(new JoinedStore(new MemoryStore(), [store])).holder(key)).toBe(store);
  });
});
