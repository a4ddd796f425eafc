import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/oci/descriptor.ts';
import { digestHex } from '../../../src/oci/digest.ts';
import { decodeIndex } from '../../../src/oci/image-index.ts';
import { joinChunks, once } from '../../../src/store/collect-content.ts';
import { type LayoutStore, openLayout } from '../../../src/store/layout-store.ts';
import { codeOf } from '../../contract/store/image-store-contract.ts';
import { put, putReferrer, putSample, sampleBytes } from '../../contract/store/sample-image.ts';
import { fakeHost } from '../../support/fake-host.ts';

let folder = '';
const host = fakeHost();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-layout-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function make(name = 'layout'): Promise<LayoutStore> {
  return openLayout(join(folder, name), { host, create: true });
}

function blobPath(layout: LayoutStore, { digest }: Pick<Descriptor, 'digest'>): string {
  return join(layout.directory, 'blobs/sha256', digestHex(digest));
}

function overwrite(path: string, bytes: Uint8Array): void {
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

function readIndex(layout: LayoutStore) {
  return decodeIndex(readFileSync(join(layout.directory, 'index.json')));
}

describe('openLayout', () => {
  test('makes a layout that the specification knows, in a folder that is missing or empty', async () => {
    const layout = await make('a/b/c');

    expect(readFileSync(join(layout.directory, 'oci-layout'), 'utf8')).toBe('{"imageLayoutVersion":"1.0.0"}');
    expect(readIndex(layout).manifests).toEqual([]);
  });

  test('refuses to make one among other files', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');

    expect(await codeOf(openLayout(folder, { host, create: true }))).toBe('LAYOUT_MALFORMED');
    expect(existsSync(join(folder, 'oci-layout'))).toBe(false);
    rmSync(join(folder, 'notes.txt'));
    expect(await codeOf(openLayout(folder, { host, create: true }))).toBe('no fault');
  });

  test('opens none where there is none', async () => {
    expect(await codeOf(openLayout(join(folder, 'nowhere'), { host }))).toBe('LAYOUT_MISSING');
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
    await make('nowhere');
    expect(await codeOf(openLayout(join(folder, 'nowhere'), { host }))).toBe('no fault');
  });

  test('finishes a layout whose maker was killed half way', async () => {
    const layout = await make();
    rmSync(join(layout.directory, 'index.json'));
    expect(await codeOf(layout.tags())).toBe('LAYOUT_MISSING');

    const again = await make();

    expect(await again.tags()).toEqual([]);
  });

  test.each([
    ['an index that is no JSON', 'index.json', '{"schemaVersion":2,"manifests":[', 'LAYOUT_MALFORMED'],
    ['an index with two meanings', 'index.json', '{"schemaVersion":2,"manifests":[],"layers":[]}', 'LAYOUT_MALFORMED'],
    ['a digest that leads out', 'index.json', indexWith('sha256:../../../../etc/passwd'), 'LAYOUT_MALFORMED'],
    ['an index that is well', 'index.json', '{"schemaVersion":2,"manifests":[]}', 'no fault'],
    ['a layout of another version', 'oci-layout', '{"imageLayoutVersion":"7"}', 'LAYOUT_MALFORMED'],
    ['a layout that is well', 'oci-layout', '{"imageLayoutVersion":"1.0.0"}', 'no fault'],
  ])('takes %s for what it is', async (_, file, text, code) => {
    const layout = await make();
    writeFileSync(join(layout.directory, file), text);

    expect(await codeOf(openLayout(layout.directory, { host }).then((opened) => opened.tags()))).toBe(code);
  });

  test.skipIf(process.platform === 'win32')('does not wait for a pipe that stands for the index', async () => {
    const layout = await make();
    rmSync(join(layout.directory, 'index.json'));
    execFileSync('mkfifo', [join(layout.directory, 'index.json')]);

    expect(await codeOf(layout.tags())).toBe('LAYOUT_MALFORMED');
  });
});

function indexWith(digest: string): string {
  return JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: 'text/plain', digest, size: 1 }] });
}

describe('LayoutStore', () => {
  test('read finds a byte that was changed, a blob that was cut off and one that is a pipe', async () => {
    const layout = await make();
    const bytes = sampleBytes('blob', 300_000);
    const key = await layout.write(once(bytes));
    const path = blobPath(layout, key);
    expect(await codeOf(joinChunks(layout.read(key)))).toBe('no fault');

    const changed = Buffer.from(bytes);
    changed[150_000] = (changed[150_000] ?? 0) ^ 1;
    overwrite(path, changed);
    expect(await codeOf(joinChunks(layout.read(key)))).toBe('DIGEST_MISMATCH');

    truncateSync(path, 299_999);
    expect(await layout.has(key)).toBe(false);
    expect(await codeOf(joinChunks(layout.read(key)))).toBe('SIZE_MISMATCH');

    await layout.write(once(bytes), key);
    expect(await codeOf(joinChunks(layout.read(key)))).toBe('no fault');
  });

  test('write keeps blobs from being changed in place', async () => {
    const layout = await make();
    const key = await layout.write(once(Buffer.from('fixed')));

    expect(statSync(blobPath(layout, key)).mode & 0o222).toBe(0);
  });

  test.skipIf(process.platform === 'win32')(
    'write refuses a folder of blobs that leads out of the layout, read does not',
    async () => {
      const layout = await make();
      const key = await layout.write(once(Buffer.from('inside')));
      const outside = join(folder, 'outside');
      mkdirSync(outside);
      execFileSync('mv', [join(layout.directory, 'blobs'), outside]);
      symlinkSync(join(outside, 'blobs'), join(layout.directory, 'blobs'));
      const again = await openLayout(layout.directory, { host });

      expect(await codeOf(again.write(once(Buffer.from('new'))))).toBe('LAYOUT_MALFORMED');
      expect(readdirSync(join(outside, 'blobs/sha256'))).toHaveLength(1);
      expect(Buffer.from(await joinChunks(again.read(key))).toString()).toBe('inside');
    },
  );

  test('write with durability "batch" shows content to others only after flush, and discard drops it', async () => {
    const layout = await openLayout(join(folder, 'batch'), { host, create: true, durability: 'batch' });
    const others = await openLayout(layout.directory, { host });
    const kept = await layout.write(once(Buffer.from('kept')));

    expect([await layout.has(kept), await others.has(kept)]).toEqual([true, false]);
    await layout.flush();
    expect([await layout.has(kept), await others.has(kept)]).toEqual([true, true]);

    const dropped = await layout.write(once(Buffer.from('dropped')));
    await layout.discard();
    expect(await layout.has(dropped)).toBe(false);
    expect(readdirSync(layout.directory).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  test('linkFrom shares the file of another layout, and takes it by reading where it is told to', async () => {
    const [from, to] = [await make('from'), await make('to')];
    const key = await from.write(once(sampleBytes('linked', 10_000)));
    const path = (await from.localPath(key)) ?? '';

    expect(await to.linkFrom(path, key)).toBe('linked');

    expect(statSync(blobPath(to, key)).ino).toBe(statSync(path).ino);
    expect(await codeOf(joinChunks(to.read(key)))).toBe('no fault');
    expect(await from.localPath({ ...key, size: 9 })).toBeUndefined();
  });

  test('linkFrom refuses a file that is not what the key names, unless somebody vouches for it', async () => {
    const [from, to] = [await make('from'), await make('to')];
    const key = await from.write(once(Buffer.from('what was written')));
    overwrite(blobPath(from, key), Buffer.from('what is now here'));

    expect(await codeOf(to.linkFrom(blobPath(from, key), key))).toBe('DIGEST_MISMATCH');
    expect(await codeOf(to.linkFrom(blobPath(from, key), { ...key, size: 3 }, { verified: true }))).toBe(
      'SIZE_MISMATCH',
    );
    expect(await to.has(key)).toBe(false);
    expect(await to.linkFrom(blobPath(from, key), key, { verified: true })).toBe('linked');
    expect(await codeOf(joinChunks(to.read(key)))).toBe('DIGEST_MISMATCH');
  });

  test('resolve finds names that other tools write', async () => {
    const layout = await make();
    const { index, images } = await putSample(layout);
    const [amd64, arm64] = images;
    const named = [
      {
        ...index,
        annotations: {
          'io.containerd.image.name': 'docker.io/library/app:1.0',
          'org.opencontainers.image.ref.name': '1.0',
        },
      },
      { ...amd64, annotations: { 'org.opencontainers.image.ref.name': 'ghcr.io/acme/app:2.0' } },
      { ...arm64, annotations: { 'io.containerd.image.name': 'quay.io/acme/app:latest', 'org.example.own': 'kept' } },
    ];
    writeFileSync(join(layout.directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: named }));

    expect(await layout.tags()).toEqual([
      'docker.io/library/app:1.0',
      'ghcr.io/acme/app:2.0',
      'quay.io/acme/app:latest',
    ]);
    for (const name of ['docker.io/library/app:1.0', 'app:1.0', '1.0'])
      expect(await layout.resolve(name)).toEqual(index);
    expect(await layout.resolve('ghcr.io/acme/app:2.0')).toEqual(amd64);
    expect(await layout.resolve('quay.io/acme/app')).toEqual({ ...arm64, annotations: { 'org.example.own': 'kept' } });
    expect(await layout.resolve('app:2.0')).toBeUndefined();
  });

  test('resolve without a name finds the only image, and none among several', async () => {
    const layout = await make();
    const [one, two] = [await putSample(layout, { name: 'one' }), await putSample(layout, { name: 'two' })];
    expect(await layout.resolve('')).toBeUndefined();

    await layout.tag('a', one.index);
    await layout.tag('b', one.index);
    await layout.refer(one.index.digest, await putReferrer(layout, one.index, 'application/vnd.example'));
    expect(await layout.resolve('')).toEqual(one.index);

    await layout.tag('c', two.index);
    expect(await layout.resolve('')).toBeUndefined();
    await layout.untag('c');
    expect(await layout.resolve('')).toEqual(one.index);
  });

  test('tag keeps what other tools wrote, and replaces the entry without a name', async () => {
    const layout = await make();
    const [one, two] = [await putSample(layout, { name: 'one' }), await putSample(layout, { name: 'two' })];
    const foreign = {
      ...one.index,
      'x-unknown': [1, 2],
      annotations: { 'org.opencontainers.image.ref.name': 'theirs' },
    };
    const before = { schemaVersion: 2, 'x-top': true, manifests: [foreign] };
    writeFileSync(join(layout.directory, 'index.json'), JSON.stringify(before));

    await layout.tag('', one.index);
    await layout.tag('', two.index);

    expect(readIndex(layout)).toEqual({ ...before, manifests: [foreign, two.index] });
  });

  test('referrers finds what oras puts into the index of a layout', async () => {
    const layout = await make();
    const { index } = await putSample(layout);
    const referrer = {
      ...(await putReferrer(layout, index, 'application/vnd.example')),
      artifactType: 'application/vnd.example',
    };
    await put(layout, 'text/plain', Buffer.from('unrelated'));
    writeFileSync(
      join(layout.directory, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [index, referrer] }),
    );

    expect(await layout.referrers(index.digest)).toMatchObject([{ digest: referrer.digest }]);
    expect(await layout.referrers(referrer.digest)).toEqual([]);
  });
});
