import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compress } from '../../../src/archive/compress.ts';
import type { TarEntry } from '../../../src/archive/tar-entry.ts';
import { packTar, type TarInput } from '../../../src/archive/tar-writer.ts';
import { digestHex, digestOf } from '../../../src/oci/digest.ts';
import { encodeDocument } from '../../../src/oci/encode.ts';
import { decodeManifest } from '../../../src/oci/image-manifest.ts';
import { joinChunks, once, readBytes } from '../../../src/store/collect-content.ts';
import { gatherGraph } from '../../../src/store/content-graph.ts';
import type { ImageStore } from '../../../src/store/content-store.ts';
import { copyImages } from '../../../src/store/copy.ts';
import { createDockerArchive, openDockerArchive } from '../../../src/store/docker-archive.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { createOciArchive, openOciArchive } from '../../../src/store/oci-archive.ts';
import { codeOf } from '../../contract/store/image-store-contract.ts';
import { digestsOf, putSample, type Sample, sampleBytes } from '../../contract/store/sample-image.ts';
import { fakeHost } from '../../support/fake-host.ts';

let folder = '';
let source: MemoryStore;
let sample: Sample;
let host = fakeHost();
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-archive-'));
  host = fakeHost({ workingDirectory: folder, env: { TMPDIR: folder } });
  source = new MemoryStore();
  sample = await putSample(source, { attestations: true });
  await source.tag('v1', sample.index);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function fill(archive: ImageStore, tags: readonly string[]): Promise<void> {
  await copyImages({ host, source, destination: archive, images: [{ reference: 'v1', tags }] });
  await archive.close?.();
}

function read(name: string): Buffer {
  return readFileSync(join(folder, name));
}

function input(path: string, content: Uint8Array, change: Partial<TarEntry> = {}): TarInput {
  const time = { seconds: 0, nanoseconds: 0 };
  const entry: TarEntry = {
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: content.length,
    modified: time,
  };
  return { entry: { ...entry, ...change }, content };
}

async function writeTar(name: string, inputs: readonly TarInput[]): Promise<void> {
  writeFileSync(join(folder, name), await joinChunks(packTar(inputs)));
}

describe('createOciArchive', () => {
  test('writes the same bytes for the same images', async () => {
    await fill(await createOciArchive('a.tar', { host }), ['v1']);
    await fill(await createOciArchive('b.tar', { host }), ['v1']);
    expect(read('a.tar').equals(read('b.tar'))).toBe(true);

    await fill(await createOciArchive('c.tar', { host }), ['v2']);
    expect(read('a.tar').equals(read('c.tar'))).toBe(false);
  });

  test('gives the archive its name only when it is whole, and leaves nothing when it is given up', async () => {
    writeFileSync(join(folder, 'a.tar'), 'the old one');
    const archive = await createOciArchive('a.tar', { host });
    await archive.write(once(Buffer.from('some')));
    expect(read('a.tar').toString()).toBe('the old one');

    await archive.discard?.();

    expect(readdirSync(folder)).toEqual(['a.tar']);
    expect(read('a.tar').toString()).toBe('the old one');
  });

  test('leaves no trace of content that was refused', async () => {
    const [clean, tried] = [
      await createOciArchive('clean.tar', { host }),
      await createOciArchive('tried.tar', { host }),
    ];
    const key = { digest: digestOf('right'), size: 5 };

    expect(await codeOf(tried.write(once(Buffer.from('wrong')), key))).toBe('DIGEST_MISMATCH');
    await fill(tried, ['v1']);
    await fill(clean, ['v1']);

    expect(read('tried.tar').equals(read('clean.tar'))).toBe(true);
  });
});

describe('openOciArchive', () => {
  test.each(['gzip', 'zstd'] as const)('reads an archive that was compressed with %s, and clears up', async (kind) => {
    await fill(await createOciArchive('a.tar', { host }), ['v1']);
    const packed =
      kind === 'gzip'
        ? gzipSync(read('a.tar'))
        : await joinChunks(compress(once(read('a.tar')), { compression: 'zstd' }));
    rmSync(join(folder, 'a.tar'));
    writeFileSync(join(folder, 'packed'), packed);

    const archive = await openOciArchive('packed', { host });
    const destination = new MemoryStore();
    await copyImages({ host, source: archive, destination, images: [{ reference: '', tags: ['v1'] }] });
    await archive.close?.();

    expect(await destination.resolve('v1')).toEqual(sample.index);
    expect(readdirSync(folder)).toEqual(['packed']);
  });

  test('refuses what is no archive, or none of images, or cut off', async () => {
    await fill(await createOciArchive('a.tar', { host }), ['v1']);
    await writeTar('other.tar', [input('readme', Buffer.from('hello'))]);
    writeFileSync(join(folder, 'text'), 'a text that is longer than one block of a tar archive: '.repeat(20));
    expect(await codeOf(openOciArchive('a.tar', { host }).then((archive) => archive.close?.()))).toBe('no fault');

    for (const name of ['missing.tar', 'other.tar', 'text', '.']) {
      expect(await codeOf(openOciArchive(name, { host })), name).toBe('IMAGE_ARCHIVE_MALFORMED');
    }
    truncateSync(join(folder, 'a.tar'), Math.floor(statSync(join(folder, 'a.tar')).size / 2));
    expect(await codeOf(openOciArchive('a.tar', { host }))).toBe('IMAGE_ARCHIVE_MALFORMED');
  });

  test('finds a byte that was changed, and takes nothing in', async () => {
    await fill(await createOciArchive('a.tar', { host }), ['v1']);
    const bytes = read('a.tar');
    const layer = sampleBytes('sample shared', 3000);
    const at = bytes.indexOf(layer.subarray(0, 64));
    bytes[at + 1000] = (bytes[at + 1000] ?? 0) ^ 1;
    writeFileSync(join(folder, 'a.tar'), bytes);

    const archive = await openOciArchive('a.tar', { host });

    expect(await codeOf(joinChunks(archive.read(sample.shared)))).toBe('DIGEST_MISMATCH');
    expect(await codeOf(joinChunks(archive.read(sample.index)))).toBe('no fault');
    expect(await codeOf(archive.write(once(Buffer.from('new'))))).toBe('STORE_READ_ONLY');
    expect(await codeOf(archive.tag('v2', sample.index))).toBe('STORE_READ_ONLY');
    await archive.close?.();
  });
});

describe('createDockerArchive', () => {
  test('names one platform in manifest.json and all in index.json', async () => {
    const platform = { os: 'linux', architecture: 'arm64' };
    await fill(await createDockerArchive('d.tar', { host, platform }), ['app:1.0', 'ghcr.io/acme/app:1.0']);
    const archive = await openDockerArchive('d.tar', { host });
    const arm64 = sample.images[1];
    const manifest = decodeManifest(await readBytes(source, arm64 ?? sample.index));

    const tar = read('d.tar').toString('latin1');
    const loaded: unknown = JSON.parse(tar.slice(tar.indexOf('[{"Config"'), tar.indexOf(']}]') + 3));

    expect(loaded).toEqual([
      {
        Config: `blobs/sha256/${digestHex(manifest.config.digest)}`,
        RepoTags: ['app:1.0', 'ghcr.io/acme/app:1.0'],
        Layers: manifest.layers.map(({ digest }) => `blobs/sha256/${digestHex(digest)}`),
      },
    ]);
    expect(await archive.tags()).toEqual(['docker.io/library/app:1.0', 'ghcr.io/acme/app:1.0']);
    for (const name of ['app:1.0', 'ghcr.io/acme/app:1.0'])
      expect(await archive.resolve(name)).toMatchObject(sample.index);
    await archive.close?.();
  });
});

describe('openDockerArchive', () => {
  const layer = Buffer.from('a layer that stands for a tar '.repeat(50));
  const packed = gzipSync(Buffer.from('another layer'));
  const config = encodeDocument({
    architecture: 'arm',
    variant: 'v7',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [digestOf(layer), digestOf('another layer'), digestOf(layer)] },
  });
  const saved = [
    { Config: 'abc.json', RepoTags: ['app:1', 'app:latest'], Layers: ['x/layer.tar', 'z.tar', 'y/layer.tar'] },
  ];
  function old(manifest: unknown = saved): readonly TarInput[] {
    return [
      input('abc.json', config),
      input('x/layer.tar', layer),
      input('y/layer.tar', Buffer.alloc(0), { type: 'symlink', linkTarget: '../x/layer.tar' }),
      input('z.tar', packed),
      input('manifest.json', Buffer.from(JSON.stringify(manifest))),
    ];
  }

  test('makes an OCI image of the older form, with links and compressed layers', async () => {
    await writeTar('old.tar', old());
    const archive = await openDockerArchive('old.tar', { host });

    const root = (await archive.resolve('app')) ?? sample.index;
    const { blobs } = await gatherGraph(archive, root);
    const contents = await Promise.all(blobs.map((blob) => readBytes(archive, blob)));

    expect(root).toMatchObject({ platform: { os: 'linux', architecture: 'arm', variant: 'v7' } });
    expect(await archive.tags()).toEqual(['app:1', 'app:latest']);
    expect(digestsOf(blobs)).toEqual([config, layer, packed].map((bytes) => digestOf(bytes)));
    expect(contents.map((bytes) => digestOf(bytes))).toEqual(digestsOf(blobs));
    expect(blobs.map(({ mediaType }) => mediaType.split('.').at(-1))).toEqual(['v1+json', 'tar', 'tar+gzip']);
    await archive.close?.();
  });

  test.each([
    ['a config that is not there', [{ ...saved[0], Config: 'none.json' }]],
    ['a layer that is not there', [{ ...saved[0], Layers: ['x/layer.tar', 'z.tar', 'w.tar'] }]],
    ['a layer outside of the archive', [{ ...saved[0], Layers: ['x/layer.tar', 'z.tar', '../../etc/passwd'] }]],
    ['fewer layers than the config', [{ ...saved[0], Layers: ['x/layer.tar'] }]],
    ['something else than a list', { Config: 'abc.json' }],
  ])('refuses a manifest.json with %s', async (_, manifest) => {
    await writeTar('old.tar', old(manifest));

    expect(await codeOf(openDockerArchive('old.tar', { host }))).toBe('IMAGE_ARCHIVE_MALFORMED');
  });

  test('refuses an archive of links that go in a circle', async () => {
    const circle = input('x/layer.tar', Buffer.alloc(0), { type: 'symlink', linkTarget: 'layer.tar' });
    await writeTar('old.tar', [...old().filter(({ entry }) => entry.path !== 'x/layer.tar'), circle]);

    expect(await codeOf(openDockerArchive('old.tar', { host }))).toBe('IMAGE_ARCHIVE_MALFORMED');
  });
});
