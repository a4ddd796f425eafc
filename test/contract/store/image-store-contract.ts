import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isFault } from '../../../src/errors/fault.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { joinChunks, once } from '../../../src/store/collect-content.ts';
import type { ImageStore } from '../../../src/store/content-store.ts';
import { digestsOf, putReferrer, putSample, sampleBytes } from './sample-image.ts';

export interface StoreUnderTest {
  /** A new store that holds nothing. */
  make(): Promise<ImageStore>;
  /** The same content as somebody else sees it who comes later. Writing may be over then. */
  reopen(store: ImageStore): Promise<ImageStore>;
  /** Whether `write` takes sha512. Default: true. */
  readonly takesSha512?: boolean;
  /** Makes the name of an image out of a tag. Default: the tag itself. */
  readonly name?: (tag: string) => string;
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'no fault';
  } catch (error) {
    return isFault(error) ? error.code : String(error);
  }
}

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  await Promise.resolve();
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

/** What every image store promises, whatever it stores in. */
export function describeImageStore(title: string, subject: StoreUnderTest): void {
  const name = subject.name ?? ((tag: string) => tag);

  describe(title, () => {
    let store: ImageStore;
    const readers: ImageStore[] = [];
    beforeEach(async () => {
      store = await subject.make();
    });
    afterEach(async () => {
      for (const reader of readers.splice(0)) await reader.close?.();
      await store.discard?.();
    });

    async function reopen(): Promise<ImageStore> {
      const reader = await subject.reopen(store);
      readers.push(reader);
      return reader;
    }

    test('write takes content of any size and read gives it back', async () => {
      const contents = [0, 1, 511, 512, 513, 3 * 1024 * 1024 + 17].map((size) => sampleBytes(`size ${size}`, size));

      const keys = [];
      for (const bytes of contents) keys.push(await store.write(chunks(bytes, 100_000), descriptorFor(bytes)));
      const reader = await reopen();

      for (const [place, bytes] of contents.entries()) {
        const key = keys[place] ?? { digest: digestOf(''), size: -1 };
        expect(key).toEqual(descriptorFor(bytes));
        expect(await reader.has(key)).toBe(true);
        expect(Buffer.from(await joinChunks(reader.read(key))).equals(bytes)).toBe(true);
      }
    });

    test('write names content by sha256 where nobody says what it is', async () => {
      const bytes = sampleBytes('unknown', 70_000);

      const key = await store.write(chunks(bytes, 1000));
      const reader = await reopen();

      expect(key).toEqual(descriptorFor(bytes));
      expect(Buffer.from(await joinChunks(reader.read(key))).equals(bytes)).toBe(true);
    });

    test.skipIf(subject.takesSha512 === false)('write keeps sha512 where it is asked for', async () => {
      const bytes = sampleBytes('long', 5000);
      const key = { digest: digestOf(bytes, 'sha512'), size: bytes.byteLength };

      await store.write(once(bytes), key);
      const reader = await reopen();

      expect(await reader.has(key)).toBe(true);
      expect(Buffer.from(await joinChunks(reader.read(key))).equals(bytes)).toBe(true);
    });

    test('read from an offset gives the rest', async () => {
      const bytes = sampleBytes('offset', 900_000);
      const key = await store.write(once(bytes), descriptorFor(bytes));
      const reader = await reopen();

      const rest = await joinChunks(reader.readFrom?.(key, 654_321) ?? once(new Uint8Array(0)));

      expect(Buffer.from(rest).equals(bytes.subarray(654_321))).toBe(true);
    });

    test('has and read know nothing of what was never written', async () => {
      const key = descriptorFor(Buffer.from('never'));
      const reader = await reopen();

      expect(await reader.has(key)).toBe(false);
      expect(await codeOf(joinChunks(reader.read(key)))).toMatch(/^(?:CONTENT_MISSING|REPOSITORY_UNKNOWN)$/);
    });

    test('read refuses a size that the content does not have', async () => {
      const key = await store.write(once(Buffer.from('twelve bytes')));
      const reader = await reopen();

      expect(await codeOf(joinChunks(reader.read({ ...key, size: 11 })))).toBe('SIZE_MISMATCH');
      expect(await codeOf(joinChunks(reader.read({ ...key, size: 13 })))).toBe('SIZE_MISMATCH');
      expect(await codeOf(joinChunks(reader.read(key)))).toBe('no fault');
    });

    test('write refuses bytes that are not what they are said to be, and keeps nothing of them', async () => {
      const right = Buffer.from('what it should be');
      const key = descriptorFor(right);

      expect(await codeOf(store.write(once(Buffer.from("what it shouldn't")), key))).toBe('DIGEST_MISMATCH');
      expect(await codeOf(store.write(once(right.subarray(1)), key))).toBe('SIZE_MISMATCH');
      expect(await codeOf(store.write(chunks(Buffer.concat([right, right]), 5), key))).toBe('SIZE_MISMATCH');
      expect(await store.has(key)).toBe(false);
      expect(await codeOf(store.write(once(right), key))).toBe('no fault');
      expect(await (await reopen()).has(key)).toBe(true);
    });

    test('write keeps nothing of a stream that breaks off', async () => {
      const bytes = sampleBytes('broken', 400_000);
      async function* breaking(): AsyncGenerator<Uint8Array, void, undefined> {
        yield* chunks(bytes.subarray(0, 300_000), 100_000);
        throw new Error('the cable was pulled');
      }

      expect(await codeOf(store.write(breaking(), descriptorFor(bytes)))).toBe('Error: the cable was pulled');
      expect(await store.has(descriptorFor(bytes))).toBe(false);
      await store.write(once(bytes), descriptorFor(bytes));
      const reader = await reopen();

      expect(Buffer.from(await joinChunks(reader.read(descriptorFor(bytes)))).equals(bytes)).toBe(true);
    });

    test('write takes the same and other content from several callers at once', async () => {
      const contents = ['a', 'b', 'c', 'a', 'b', 'a'].map((seed) => sampleBytes(seed, 50_000));

      const keys = await Promise.all(contents.map((bytes) => store.write(chunks(bytes, 7000), descriptorFor(bytes))));
      const reader = await reopen();

      for (const [place, key] of keys.entries()) {
        expect(Buffer.from(await joinChunks(reader.read(key))).equals(contents[place] ?? Buffer.alloc(0))).toBe(true);
      }
    });

    test('tag names an image, moves, and resolve finds it by tag and by digest', async () => {
      const first = await putSample(store, { name: 'first' });
      const second = await putSample(store, { name: 'second' });

      await store.tag(name('v1'), first.index);
      await store.tag(name('v2'), first.index);
      await store.tag(name('v2'), second.index);
      const reader = await reopen();

      expect([...(await reader.tags())].sort()).toEqual([name('v1'), name('v2')]);
      expect(await reader.resolve(name('v1'))).toMatchObject(first.index);
      expect(await reader.resolve(name('v2'))).toMatchObject(second.index);
      expect(await reader.resolve(name('v3'))).toBeUndefined();
      expect(await reader.resolve(first.index.digest)).toMatchObject(first.index);
      expect(await reader.resolve(first.images[1]?.digest ?? '')).toMatchObject({ mediaType: mediaTypes.manifest });
      expect(await reader.resolve(digestOf('nothing'))).toBeUndefined();
    });

    test('tag moves only from what it is expected to be', async () => {
      const [one, two] = [await putSample(store, { name: 'one' }), await putSample(store, { name: 'two' })];
      await store.tag(name('v1'), one.index, { expected: 'absent' });

      expect(await codeOf(store.tag(name('v1'), two.index, { expected: 'absent' }))).toBe('TAG_MOVED');
      expect(await codeOf(store.tag(name('v1'), two.index, { expected: two.images[0]?.digest ?? 'absent' }))).toBe(
        'TAG_MOVED',
      );
      expect(await store.resolve(name('v1'))).toMatchObject(one.index);
      await store.tag(name('v1'), two.index, { expected: one.index.digest });

      expect(await store.resolve(name('v1'))).toMatchObject(two.index);
    });

    test('tag refuses content that is not held', async () => {
      const { index } = await putSample(store);
      const missing = { ...index, digest: digestOf('missing') };

      expect(await codeOf(store.tag(name('v1'), missing))).toMatch(/^(?:CONTENT_MISSING|MANIFEST_UNKNOWN)$/);
      expect(await codeOf(store.tag(name('v1'), index))).toBe('no fault');
    });

    test('referrers tells what refers to an image, once each', async () => {
      const { index } = await putSample(store);
      const referrers = [
        await putReferrer(store, index, 'application/vnd.example.one'),
        await putReferrer(store, index, 'application/vnd.example.two'),
      ];

      for (const referrer of [...referrers, ...referrers]) await store.refer?.(index.digest, referrer);
      await store.tag(name('v1'), index);
      const reader = await reopen();
      const found = (await reader.referrers?.(index.digest)) ?? [];

      expect([...digestsOf(found)].sort()).toEqual([...digestsOf(referrers)].sort());
      expect(found.map(({ artifactType }) => artifactType).sort()).toEqual([
        'application/vnd.example.one',
        'application/vnd.example.two',
      ]);
      expect(found[0]?.annotations).toEqual({ 'org.example.made-for': 'a test' });
      expect(await reader.referrers?.(digestOf('nobody'))).toEqual([]);
    });
  });
}

function descriptorFor(bytes: Uint8Array) {
  return { digest: digestOf(bytes), size: bytes.byteLength };
}
