import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeConfig } from '../../../src/oci/image-config.ts';
import type { Part } from '../../../src/plan/part.ts';
import type { ImageStore } from '../../../src/store/content-store.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { baseStore } from './base-layout.ts';
import { type BuildOutcome, configOf, layerOf, layOut, onlyPart, treeOf, Workshop } from './build-image.ts';

const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/s390x'];

function lastLayers(parts: readonly Part[]): ReadonlySet<string | undefined> {
  return new Set(parts.map(({ layers }) => layers.at(-1)?.descriptor.digest));
}

function titles({ host }: BuildOutcome): readonly string[] {
  return host.events.flatMap((event) => (event.kind === 'task-started' ? [event.title] : []));
}

describe('platforms of one build', () => {
  let shop: Workshop;
  beforeEach(() => {
    shop = new Workshop({ a: 'A', 'bin/amd64': 'x', 'bin/arm64': 'y', 'bin/arm': 'z', 'bin/s390x': 'w' });
  });
  afterEach(() => shop.remove());

  test('share every layer that is equal, made once', async () => {
    const outcome = await shop.build('FROM scratch\nARG TARGETARCH\nCOPY a /a\nCOPY bin/$TARGETARCH /tool', {
      platforms,
    });

    expect(outcome.parts.map(({ platform }) => platform)).toEqual(platforms);
    expect(new Set(outcome.parts.map(({ layers }) => layers[0]?.descriptor.digest)).size).toBe(1);
    expect(lastLayers(outcome.parts).size).toBe(4);
    expect(outcome.parts.filter(({ layers }) => layers[0]?.cached === false)).toHaveLength(1);
    expect(titles(outcome).filter((title) => title === 'COPY a /a')).toHaveLength(1);
    expect(await treeOf(outcome, outcome.parts[1] as Part)).toEqual({ a: 'file 644 0:0 A', tool: 'file 644 0:0 y' });
  });

  test('share a layer though they stand on different bases, where those look the same to it', async () => {
    const images = platforms.map((platform, number) => ({
      platform,
      layers: [
        [
          { path: 'srv', type: 'directory' as const, mode: 0o750 },
          { path: `only-${number}`, text: platform },
        ],
      ],
    }));
    const store = await baseStore(images);

    const same = await shop.build('FROM base\nCOPY a /srv/a', { platforms, openImage: () => Promise.resolve(store) });

    expect(lastLayers(same.parts).size).toBe(1);
    expect(new Set(same.parts.map(({ layers }) => layers[0]?.descriptor.digest)).size).toBe(4);
  });

  test('do not share a layer where the bases differ in what it must repeat of them', async () => {
    const images = platforms.map((platform, number) => ({
      platform,
      layers: [[{ path: 'srv', type: 'directory' as const, mode: number === 0 ? 0o700 : 0o750 }]],
    }));
    const store = await baseStore(images);

    const outcome = await shop.build('FROM base\nCOPY a /srv/a', {
      platforms,
      openImage: () => Promise.resolve(store),
    });

    expect(lastLayers(outcome.parts).size).toBe(2);
    expect(await layerOf(outcome, outcome.parts[0] as Part, -1)).toMatchObject({ srv: 'dir 700 0:0' });
  });

  test('share a stage that is pinned to the platform that builds', async () => {
    const lines = ['FROM --platform=$BUILDPLATFORM scratch AS b', 'COPY a /o/a', 'FROM scratch', 'COPY --from=b /o /o'];
    const outcome = await shop.build(lines.join('\n'), { platforms });

    expect(lastLayers(outcome.parts).size).toBe(1);
    expect(new Set(outcome.parts.map(({ config }) => config.digest)).size).toBe(4);
  });

  test('fail one by one', async () => {
    const outcome = await shop.build('FROM scratch\nARG TARGETARCH\nCOPY bin/$TARGETARCH /tool', {
      platforms: [...platforms, 'linux/riscv64'],
    });

    expect(outcome.parts).toHaveLength(4);
    expect(outcome.results.filter(({ kind }) => kind === 'failed')).toMatchObject([
      { cell: 'app/linux/riscv64', fault: { code: 'COPY_SOURCE_MISSING' } },
    ]);
  });
});

describe('the result of a build', () => {
  let shop: Workshop;
  beforeEach(() => {
    shop = new Workshop({ 'd/a': 'A', 'd/b': 'B' });
  });
  afterEach(() => shop.remove());

  const lines = 'FROM scratch\nWORKDIR /w\nCOPY d .\nCOPY <<E /note\nhello\nE\nLABEL a=b';

  test('is the same with a fresh cache, in another folder, at another time', async () => {
    const first = await shop.build(lines, { platforms });
    const other = new Workshop({ 'd/a': 'A', 'd/b': 'B' });
    const second = await other.build(lines, { platforms });
    other.remove();

    expect(second.parts.map(({ manifest }) => manifest)).toEqual(first.parts.map(({ manifest }) => manifest));
  });

  test('has the time of the newest file that was taken, the same for all platforms', async () => {
    layOut(shop.context, { unused: 'U' });
    utimesSync(join(shop.context, 'unused'), 2_000_000_000, 2_000_000_000);
    writeFileSync(join(shop.context, 'd/a'), 'A');
    utimesSync(join(shop.context, 'd/a'), 1_800_000_000, 1_800_000_000);

    const outcome = await shop.build(lines, { platforms });

    for (const part of outcome.parts) {
      const config = await configOf(outcome, part);
      expect(config.created).toBe('2027-01-15T08:00:00Z');
      expect(new Set(config.history?.map(({ created }) => created))).toEqual(new Set([config.created]));
    }
  });

  test.each([
    ['a build arg', { recipe: { args: { SOURCE_DATE_EPOCH: '1000000000' } } }],
    ['the environment', { host: fakeHost({ env: { SOURCE_DATE_EPOCH: '1000000000' } }) }],
  ])('has SOURCE_DATE_EPOCH everywhere, from %s, whatever the files say', async (_from, request) => {
    const first = await shop.build(lines, request);
    utimesSync(join(shop.context, 'd/a'), 1_800_000_000, 1_800_000_000);
    const second = await shop.rebuild(request);

    expect((await configOf(first, onlyPart(first))).created).toBe('2001-09-09T01:46:40Z');
    expect(onlyPart(second).manifest).toEqual(onlyPart(first).manifest);
    expect(onlyPart(second).steps).toEqual({ total: 3, cached: 3 });
  });

  test('refuses an epoch that is no number', async () => {
    expect((await shop.build(lines, { recipe: { args: { SOURCE_DATE_EPOCH: 'now' } } })).faults).toMatchObject([
      { code: 'EPOCH_MALFORMED' },
    ]);
  });

  test.each(['gzip', 'zstd'] as const)('is compressed with %s as asked', async (type) => {
    const outcome = await shop.build(lines, { recipe: { compression: { type } } });
    const part = onlyPart(outcome);

    expect(part.layers.every(({ descriptor }) => descriptor.mediaType.endsWith(`+${type}`))).toBe(true);
    expect(await treeOf(outcome, part)).toMatchObject({ 'w/a': 'file 644 0:0 A', note: 'file 644 0:0 hello' });
    expect(decodeConfig(await configOf(outcome, part)).rootfs.diff_ids).toEqual(
      part.layers.map(({ diffId }) => diffId),
    );
  });
});

describe('named contexts', () => {
  let shop: Workshop;
  beforeEach(() => {
    shop = new Workshop({ a: 'A' });
    mkdirSync(join(shop.folder, 'other'));
    layOut(join(shop.folder, 'other'), { y: 'Y', z: 'Z', '.dockerignore': 'z\n' });
  });
  afterEach(() => shop.remove());

  test('a folder is copied from and stood upon, with its own .dockerignore', async () => {
    const recipe = { contexts: { k: join(shop.folder, 'other') } };
    const copied = await shop.build('FROM scratch\nCOPY --from=k . /k', { recipe });
    const based = await shop.build('FROM k\nCOPY a /b', { recipe });

    expect(Object.keys(await treeOf(copied, onlyPart(copied)))).toEqual(['k', 'k/.dockerignore', 'k/y']);
    expect(await treeOf(based, onlyPart(based))).toMatchObject({ y: 'file 644 0:0 Y', b: 'file 644 0:0 A' });
  });

  test('replaces a stage or an image', async () => {
    const store = await baseStore([{ platform: 'linux/amd64', layers: [[{ path: 'from-image', text: 'I' }]] }]);
    const recipe = { contexts: { one: 'docker-image://replacement', 'alpine:3': 'oci-layout:///nowhere' } };
    function openImage(reference: string): Promise<ImageStore | undefined> {
      return Promise.resolve(reference === 'replacement' ? store : undefined);
    }

    const outcome = await shop.build('FROM scratch AS one\nRUN never\nFROM one', { recipe, openImage });
    const missing = await shop.build('FROM alpine:3', { recipe, openImage });

    expect(await treeOf(outcome, onlyPart(outcome))).toEqual({ 'from-image': 'file 644 0:0 I' });
    expect(missing.faults).toMatchObject([{ code: 'BASE_MISSING', where: { reference: 'oci-layout:///nowhere' } }]);
  });

  test('target: is another image of the same build, and two that stand on each other are refused', async () => {
    layOut(shop.context, {
      'Dockerfile.lib': 'FROM scratch\nCOPY a /lib/a',
      'Dockerfile.app': 'FROM lib\nCOPY --from=lib /lib /copy',
    });
    const lib = { dockerfile: join(shop.context, 'Dockerfile.lib') };
    const app = { dockerfile: join(shop.context, 'Dockerfile.app'), contexts: { lib: 'target:lib' } };
    const circle = { ...lib, contexts: { app: 'target:app' } };

    const both = await shop.rebuild({ cells: [...shop.cells({ recipe: app }), ...shop.cells({ recipe: lib }, 'lib')] });
    const alone = await shop.rebuild({ cells: shop.cells({ recipe: app }) });
    const around = await shop.rebuild({
      cells: [...shop.cells({ recipe: app }), ...shop.cells({ recipe: circle }, 'lib')],
    });

    const built = both.parts.find(({ cell }) => cell.startsWith('app/')) as Part;
    expect(await treeOf(both, built)).toMatchObject({ 'lib/a': 'file 644 0:0 A', 'copy/a': 'file 644 0:0 A' });
    expect(alone.faults).toMatchObject([{ code: 'CONTEXT_UNKNOWN' }]);
    expect(around.faults).toMatchObject([{ code: 'CONTEXT_UNKNOWN' }]);
  });

  test('anything else is refused', async () => {
    expect((await shop.build('FROM k', { recipe: { contexts: { k: 'https://example.org' } } })).faults).toMatchObject([
      { code: 'CONTEXT_UNKNOWN' },
    ]);
    expect((await shop.build('FROM k', { recipe: { contexts: { k: '/nowhere' } } })).faults).toMatchObject([
      { code: 'CONTEXT_MISSING' },
    ]);
  });
});
