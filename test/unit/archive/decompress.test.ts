import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { compress } from '../../../src/archive/compress.ts';
import { type DecompressOptions, decompress } from '../../../src/archive/decompress.ts';
import { detectCompression } from '../../../src/archive/detect-compression.ts';
import { samples } from './compressed-samples.ts';
import { chunked, failureOf, gather, noise, prose, streamOf } from './streams.ts';

function faultOf(bytes: Uint8Array, options: DecompressOptions = {}): Promise<unknown> {
  return failureOf(decompress(chunked(bytes, 10_000), options));
}

function inverted(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}

describe('detectCompression', () => {
  test.each([
    ['1f8b0800', 'gzip'],
    ['28b52ffd', 'zstd'],
    ['5a2a4d18', 'zstd'],
    ['425a6839', 'bzip2'],
    ['fd377a585a00', 'xz'],
    ['1f8b', 'none'],
    ['1f8b07', 'none'],
    ['425a6830', 'none'],
    ['', 'none'],
    ['66696c65', 'none'],
  ])('takes %s for %s', (hex, compression) => {
    expect(detectCompression(Buffer.from(hex, 'hex'))).toBe(compression);
  });
});

describe.each(Object.entries(samples))('decompress of %s', (_, { plain, compressed, inner }) => {
  test('gives the content, from chunks of any size', async () => {
    for (const size of [1, 7, 4096, compressed.length]) {
      expect((await gather(decompress(chunked(compressed, size)))).equals(plain)).toBe(true);
    }
  });

  test('goes on with what is joined to it', async () => {
    const twice = Buffer.concat([compressed, compressed]);

    expect((await gather(decompress(streamOf(twice)))).equals(Buffer.concat([plain, plain]))).toBe(true);
  });

  test('faults wherever the stream is cut off', async () => {
    for (const end of [7, inner, Math.floor(compressed.length / 2), compressed.length - 1]) {
      expect(await faultOf(compressed.subarray(0, end)), `cut at ${end}`).toMatchObject({ code: 'ARCHIVE_TRUNCATED' });
    }
  });

  test('faults where a byte of the content differs', async () => {
    expect(await faultOf(inverted(compressed, inner))).toMatchObject({ code: 'ARCHIVE_MALFORMED' });
    expect(await faultOf(compressed)).toBeUndefined();
  });

  test('stops where it holds more than the limits allow', async () => {
    const limits = { ratioFreeBytes: 1000, maxRatio: 1.01 };

    expect(await faultOf(compressed, { limits: { maxTotalBytes: plain.length - 1 } })).toMatchObject({
      code: 'ARCHIVE_TOO_LARGE',
    });
    expect(await faultOf(compressed, { limits: { maxTotalBytes: plain.length } })).toBeUndefined();
    expect(await faultOf(compressed, { limits, file: 'x' })).toMatchObject({
      code: 'ARCHIVE_RATIO',
      where: { file: 'x' },
    });
  });
});

describe('decompress', () => {
  test('hands on what is not compressed', async () => {
    const bytes = prose(100_000);

    expect((await gather(decompress(chunked(bytes, 3)))).equals(bytes)).toBe(true);
    expect(await gather(decompress(streamOf()))).toHaveLength(0);
  });

  test('stops a gzip bomb long before it is unpacked, and takes what is merely well compressed', async () => {
    const limits = { ratioFreeBytes: 8 * 1024 ** 2 };
    const tenMegabytes = gzipSync(Buffer.alloc(10 * 1024 ** 2));
    const bomb = Buffer.concat(Array.from({ length: 40 }, () => tenMegabytes));
    const text = gzipSync(Buffer.alloc(12 * 1024 ** 2, noise(1000)));
    let outBytes = 0;
    async function unpack() {
      for await (const chunk of decompress(chunked(bomb, 16_384), { limits })) outBytes += chunk.length;
    }

    expect(await failureOf(unpack())).toMatchObject({ code: 'ARCHIVE_RATIO' });
    // What zlib reads ahead counts as read, so it may be more than the 8 MiB that are free.
    expect(outBytes).toBeLessThan(100 * 1024 ** 2);
    expect(await faultOf(text, { limits })).toBeUndefined();
  });

  test('fails as its source fails', async () => {
    for (const { compressed } of Object.values(samples)) {
      async function* broken() {
        yield await Promise.resolve(compressed.subarray(0, 100));
        throw new Error('connection lost');
      }
      await expect(gather(decompress(broken()))).rejects.toThrow('connection lost');
    }
  });

  test('stops with the reason of its signal', async () => {
    const abort = new AbortController();
    const bytes = await gather(compress(streamOf(noise(3 * 1024 * 1024))));
    async function unpack() {
      for await (const chunk of decompress(chunked(bytes, 65_536), { signal: abort.signal })) {
        if (chunk.length > 0) abort.abort(new Error('enough'));
      }
    }

    await expect(unpack()).rejects.toThrow('enough');
  });

  test('ends its source when the reader leaves early', async () => {
    for (const { compressed } of Object.values(samples)) {
      let closed = false;
      async function* source() {
        try {
          for (;;) yield await Promise.resolve(compressed);
        } finally {
          closed = true;
        }
      }
      for await (const chunk of decompress(source())) if (chunk.length > 0) break;
      await new Promise(setImmediate);

      expect(closed).toBe(true);
    }
  });
});

describe('decompress of what follows the end', () => {
  const zeros = Buffer.alloc(512);
  const junk = Buffer.from('trailing junk');

  test.each([
    ['gzip', undefined, 'ARCHIVE_MALFORMED'],
    ['zstd', 'ARCHIVE_MALFORMED', 'ARCHIVE_MALFORMED'],
    ['bzip2', undefined, undefined],
    ['xz', undefined, 'ARCHIVE_MALFORMED'],
  ] as const)('does for %s as its own tool does: zeros %s, junk %s', async (kind, afterZeros, afterJunk) => {
    const { compressed } = samples[kind];

    const failures = await Promise.all([zeros, junk].map((rest) => faultOf(Buffer.concat([compressed, rest]))));

    expect(failures.map((failure) => (failure instanceof Error && 'code' in failure ? failure.code : failure))).toEqual(
      [afterZeros, afterJunk],
    );
  });
});

describe('decompress of what the installed programs write', () => {
  const content = Buffer.concat([prose(150_000), noise(50_000), Buffer.alloc(150_000), prose(20_000)]);

  test.each([
    ['gzip', ['-9']],
    ['bzip2', ['-1']],
    ['bzip2', ['-9']],
    ['xz', ['-0', '--check=crc32']],
    ['xz', ['-6', '--check=sha256']],
    ['xz', ['-1', '--check=none', '--block-size=100000']],
    ['xz', ['-9e', '--lzma2=lc=0,lp=2,pb=0']],
    ['zstd', ['-1', '--no-check']],
    ['zstd', ['-19', '--long=27']],
    ['zstd', ['-12']],
  ])('%s %j gives the same content, or the program is not installed', async (program, args) => {
    const { error, stdout } = spawnSync(program, [...args, '-c'], { input: content });
    const compressed = error === undefined ? stdout : gzipSync(content);

    expect((await gather(decompress(chunked(compressed, 50_000)))).equals(content)).toBe(true);
  });

  test('says what it does not read', async () => {
    const { error, stdout } = spawnSync('xz', ['--x86', '--lzma2', '-c'], { input: content });
    const wide = Buffer.from('28b52ffd00a80100000000', 'hex');

    expect(error === undefined ? await faultOf(stdout) : { code: 'ARCHIVE_UNSUPPORTED' }).toMatchObject({
      code: 'ARCHIVE_UNSUPPORTED',
    });
    expect(await faultOf(wide)).toMatchObject({ code: 'ARCHIVE_UNSUPPORTED' });
  });
});
