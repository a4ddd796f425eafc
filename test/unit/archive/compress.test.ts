import { spawnSync } from 'node:child_process';
import { constants, gunzipSync, inflateRawSync } from 'node:zlib';
import { decompress as unzstd } from '@cloudpss/zstd/wasm';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CompressionOptions, compress } from '../../../src/archive/compress.ts';
import { decompress } from '../../../src/archive/decompress.ts';
import { deflateBlock } from '../../../src/archive/deflate-block.ts';
import { storeDeflate } from '../../../src/archive/stored-deflate.ts';
import { chunked, failureOf, gather, noise, prose, sha256, streamOf } from './streams.ts';

const ways: readonly (readonly [name: string, options: CompressionOptions])[] = [
  ['gzip', {}],
  ['gzip level 9', { level: 9 }],
  ['reproducible gzip', { reproducible: true }],
  ['zstd', { compression: 'zstd' }],
  ['zstd level 1', { compression: 'zstd', level: 1 }],
];

/** More than one block, of which the middle cannot be compressed. */
const mixed = Buffer.concat([prose(350_000), noise(600_007), prose(200_000)]);

describe.each(ways)('compress with %s', (_, options) => {
  test('gives what decompress turns back, for any content in any chunks', async () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }),
      fc.nat(200_000).map(noise),
      fc.nat(100_000).map(prose),
    );
    await fc.assert(
      fc.asyncProperty(content, fc.integer({ min: 1000, max: 300_000 }), async (bytes, size) => {
        const compressed = await gather(compress(chunked(bytes, size), options));

        expect((await gather(decompress(chunked(compressed, size)))).equals(bytes)).toBe(true);
      }),
      { numRuns: 12 },
    );
  });

  test('gives the same bytes however the stream was chunked', async () => {
    const whole = await gather(compress(streamOf(mixed), options));
    const pieces = await gather(compress(chunked(mixed, 65_537), options));

    expect(whole.equals(pieces)).toBe(true);
    expect(whole.length).toBeLessThan(mixed.length * 0.75);
    expect((await gather(decompress(streamOf(whole)))).equals(mixed)).toBe(true);
  });

  test('adds less than a thousandth to what cannot be compressed', async () => {
    const bytes = noise(2 * 1024 * 1024);

    expect((await gather(compress(streamOf(bytes), options))).length).toBeLessThan(bytes.length * 1.001);
  });

  test('stops with the reason of its signal', async () => {
    const abort = new AbortController();
    const megabyte = noise(1024 * 1024);
    async function* endless() {
      for (let count = 0; ; count++) {
        if (count === 6) abort.abort(new Error('enough'));
        yield await Promise.resolve(megabyte);
      }
    }

    await expect(gather(compress(endless(), { ...options, signal: abort.signal }))).rejects.toThrow('enough');
  });

  test('fails as its source fails', async () => {
    async function* broken() {
      yield await Promise.resolve(mixed);
      throw new Error('unreadable');
    }

    await expect(gather(compress(broken(), options))).rejects.toThrow('unreadable');
  });
});

describe('compress', () => {
  test('writes one gzip member without a name, a time or a system', async () => {
    const compressed = await gather(compress(streamOf(mixed)));

    expect(compressed.subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff');
    expect(gunzipSync(compressed).equals(mixed)).toBe(true);
    // The member ends where the stream ends: its length is the last thing in it.
    expect(compressed.readUInt32LE(compressed.length - 4)).toBe(mixed.length);
    expect(inflateRawSync(compressed.subarray(10, -8)).equals(mixed)).toBe(true);
  });

  test('writes zstd as frames of 4 MiB that any decoder reads', async () => {
    const bytes = prose(5 * 1024 * 1024);
    const compressed = await gather(compress(streamOf(bytes), { compression: 'zstd' }));

    const magic = Buffer.from('28b52ffd', 'hex');
    expect(compressed.indexOf(magic, 4)).toBeGreaterThan(4);
    expect(Buffer.from(unzstd(compressed)).equals(bytes)).toBe(true);
  });

  test('gives an empty gzip member and an empty zstd frame for nothing', async () => {
    const gzip = await gather(compress(streamOf()));
    const zstd = await gather(compress(streamOf(), { compression: 'zstd' }));

    expect(gunzipSync(gzip)).toHaveLength(0);
    expect(await gather(decompress(streamOf(zstd)))).toHaveLength(0);
    expect(zstd.length).toBeGreaterThan(4);
  });

  test('knows which levels there are', () => {
    expect(() => compress(streamOf(), { level: 10 })).toThrow('gzip has the levels 1 to 9, not 10');
    expect(() => compress(streamOf(), { compression: 'zstd', level: 0 })).toThrow('zstd has the levels 1 to 19');
    expect(() => compress(streamOf(), { compression: 'zstd', level: 19 })).not.toThrow();
  });

  test('hands on what is not to be compressed', async () => {
    expect((await gather(compress(streamOf(mixed), { compression: 'none' }))).equals(mixed)).toBe(true);
  });

  test.each([
    ['gzip', ['-t'], {}],
    ['gzip', ['-t'], { reproducible: true }],
    ['zstd', ['-qt'], { compression: 'zstd' } as const],
  ])(
    'is accepted by the program %s %j where it is installed, and by Node everywhere',
    async (program, args, options) => {
      const compressed = await gather(compress(streamOf(mixed), options));

      const { error, status } = spawnSync(program, args, { input: compressed });

      expect(error === undefined ? status : 'not installed').toBeOneOf([0, 'not installed']);
      expect((await gather(decompress(streamOf(compressed)))).equals(mixed)).toBe(true);
    },
  );

  test('leaves the blocks that it is given as they are', async () => {
    const bytes = prose(4 * 1024 * 1024);
    const before = sha256(bytes);

    expect(await failureOf(gather(compress(streamOf(bytes), { compression: 'zstd' })))).toBeUndefined();

    expect(sha256(bytes)).toBe(before);
  });
});

/** Joins a block with the empty last one that a deflate stream ends with. */
function inflate(deflated: Uint8Array): Buffer {
  return inflateRawSync(Buffer.concat([deflated, Uint8Array.of(3, 0)]), { finishFlush: constants.Z_FINISH });
}

describe('deflateBlock', () => {
  test('gives what zlib inflates, at every level', () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc
        .array(fc.constantFrom('a', 'bc', 'aaaa', 'layer'), { maxLength: 3000 })
        .map((words) => Buffer.from(words.join(''))),
      fc.nat(150_000).map(noise),
      fc.nat(100_000).map(prose),
    );
    fc.assert(
      fc.property(content, fc.integer({ min: 1, max: 9 }), (bytes, level) => {
        expect(inflate(deflateBlock(bytes, level)).equals(bytes)).toBe(true);
      }),
      { numRuns: 80 },
    );
  });

  test('reaches the furthest and longest match that deflate has', () => {
    const start = noise(258);
    const bytes = Buffer.concat([start, noise(32_768 - 258, 2), start]);

    expect(inflate(deflateBlock(bytes, 9)).equals(bytes)).toBe(true);
    expect(deflateBlock(bytes, 9).length).toBeLessThan(deflateBlock(bytes.subarray(0, 32_768), 9).length + 100);
  });

  test('never changes its bytes: these digests are part of every reproducible build', () => {
    const bytes = Buffer.concat([prose(60_000), noise(70_000), prose(40_000)]);

    const digests = [1, 4, 9].map((level) => sha256(deflateBlock(bytes, level)));

    expect(digests).toEqual([
      'sha256:708f93d759b55260a5fbed1aad17e6e3f5ef9a2f8f9b6001a1e371bb75b3dcf3',
      'sha256:7467ecf2abd403a1496c810e3931d45684b473d0798db3da2e23aeddf9e3537f',
      'sha256:c9e7484900e3c7e46c5dc004f6e796ca5deeab56848d6fd948ea31f4924758d6',
    ]);
  });
});

describe('storeDeflate', () => {
  test.each([0, 1, 65_535, 65_536, 200_000])('stores %i bytes as they are', (size) => {
    const bytes = noise(size);

    expect(inflate(storeDeflate(bytes)).equals(bytes)).toBe(true);
    expect(storeDeflate(bytes).length).toBe(size + 5 * Math.ceil(size / 65_535));
  });
});
