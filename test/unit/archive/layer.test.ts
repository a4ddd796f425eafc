import { describe, expect, test } from 'vitest';
import { type CompressionOptions } from '../../../src/archive/compress.ts';
import { readLayer } from '../../../src/archive/layer-reader.ts';
import { type LayerFacts, writeLayer } from '../../../src/archive/layer-writer.ts';
import { packTar } from '../../../src/archive/tar-writer.ts';
import { fileEntry, pack } from './entries.ts';
import { chunked, failureOf, gather, noise, prose, sha256, streamOf } from './streams.ts';

const inputs = [
  { entry: fileEntry({ path: 'text', sizeBytes: 250_000 }), content: prose(250_000) },
  { entry: fileEntry({ path: 'noise', sizeBytes: 850_000 }), content: noise(850_000) },
];
const ociLayer = 'application/vnd.oci.image.layer.v1.tar';

async function write(options: CompressionOptions = {}): Promise<{ facts: LayerFacts; stored: Buffer }> {
  let stored: Buffer = Buffer.alloc(0);
  const facts = await writeLayer(packTar(inputs), {
    ...options,
    consume: async (content) => {
      stored = await gather(content);
    },
  });
  return { facts, stored };
}

async function pathsOf(
  stored: Uint8Array,
  mediaType: string,
  diffId: LayerFacts['diffId'],
): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { entry } of readLayer(chunked(stored, 50_000), mediaType, { diffId })) paths.push(entry.path);
  return paths;
}

describe('writeLayer', () => {
  test.each([
    ['+gzip', {}],
    ['+gzip', { reproducible: true, level: 1 }],
    ['+zstd', { compression: 'zstd' } as const],
    ['', { compression: 'none' } as const],
  ])('says digests and sizes of what %s %j gives, and readLayer reads it', async (suffix, options) => {
    const tar = await pack(...inputs);

    const { facts, stored } = await write(options);

    expect(facts).toEqual({
      diffId: sha256(tar),
      tarBytes: tar.length,
      digest: sha256(stored),
      sizeBytes: stored.length,
    });
    expect(await pathsOf(stored, ociLayer + suffix, facts.diffId)).toEqual(['text', 'noise']);
  });

  test('gives the same layer every time', async () => {
    const [one, two] = [await write(), await write()];

    expect(one.facts).toEqual(two.facts);
    expect(one.stored.equals(two.stored)).toBe(true);
  });

  test('fails as what takes the layer fails, and stops the source', async () => {
    let closed = false;
    async function* source() {
      try {
        for (;;) yield await Promise.resolve(prose(100_000));
      } finally {
        closed = true;
      }
    }
    async function consume(content: AsyncIterable<Uint8Array>) {
      for await (const chunk of content) if (chunk.length > 1000) throw new Error('disk full');
    }

    await expect(writeLayer(source(), { consume })).rejects.toThrow('disk full');
    expect(closed).toBe(true);
  });

  test('does not say facts of a layer that was not taken whole', async () => {
    await expect(writeLayer(packTar(inputs), { consume: () => Promise.resolve() })).rejects.toThrow('before its end');
  });

  test('stops with the reason of its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));

    await expect(writeLayer(packTar(inputs), { signal, consume: gather })).rejects.toThrow('enough');
  });
});

describe('readLayer', () => {
  test('faults at the end where the content is not what the config says', async () => {
    const { facts, stored } = await write();
    const seen: string[] = [];
    async function read() {
      for await (const { entry } of readLayer(streamOf(stored), `${ociLayer}+gzip`, {
        diffId: facts.digest,
        file: 'x',
      })) {
        seen.push(entry.path);
      }
    }

    expect(await failureOf(read())).toMatchObject({ code: 'DIGEST_MISMATCH', where: { file: 'x' } });
    expect(seen).toEqual(['text', 'noise']);
  });

  test('hashes what follows the end of the tar too', async () => {
    const tar = Buffer.concat([await pack(...inputs), Buffer.alloc(10_240)]);

    expect(await pathsOf(tar, ociLayer, sha256(tar))).toEqual(['text', 'noise']);
    expect(await failureOf(pathsOf(tar, ociLayer, sha256(tar.subarray(0, -512))))).toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  test.each([
    'application/vnd.oci.image.layer.v1.tar+zstd',
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    'application/vnd.docker.image.rootfs.diff.tar.gzip',
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    'application/vnd.docker.image.rootfs.diff.tar',
  ])('goes by the bytes, not by what %s says of them', async (mediaType) => {
    const { facts, stored } = await write();

    expect(await pathsOf(stored, mediaType, facts.diffId)).toEqual(['text', 'noise']);
  });

  test.each(['application/vnd.oci.image.layer.v1.tar+gzip+encrypted', 'application/vnd.in-toto+json'])(
    'does not read %s',
    async (mediaType) => {
      const { stored } = await write();

      expect(await failureOf(readLayer(streamOf(stored), mediaType))).toMatchObject({ code: 'ARCHIVE_UNSUPPORTED' });
    },
  );
});
