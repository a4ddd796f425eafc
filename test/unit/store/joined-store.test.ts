import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { once, readBytes } from '../../../src/store/collect-content.ts';
import { JoinedStore } from '../../../src/store/joined-store.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';

const bytes = new TextEncoder().encode('a layer');
const key = { digest: digestOf(bytes), size: bytes.byteLength, mediaType: 'application/octet-stream' };

describe('JoinedStore', () => {
  test('reads what any of its stores holds, and tells which', async () => {
    const [first, second] = [new MemoryStore(), new MemoryStore()];
    await second.write(once(bytes));
    const joined = new JoinedStore(first, [second]);

    expect(await joined.has(key)).toBe(true);
    expect(await joined.holder(key)).toBe(second);
    expect(await readBytes(joined, key)).toEqual(bytes);
  });

  test('writes to the first alone', async () => {
    const [first, second] = [new MemoryStore(), new MemoryStore()];

    await new JoinedStore(first, [second]).write(once(bytes));

    expect([await first.has(key), await second.has(key)]).toEqual([true, false]);
  });

  test('faults where none holds the content', async () => {
    const joined = new JoinedStore(new MemoryStore(), [new MemoryStore()]);

    await expect(readBytes(joined, key)).rejects.toMatchObject({ code: 'CONTENT_MISSING' });
  });
});
