import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import type { ImageStore } from '../../../src/store/content-store.ts';
import { type BaseEntry, baseStore } from './base-layout.ts';
import { type BuildOutcome, configOf, layerOf, layOut, onlyPart, treeOf, Workshop } from './build-image.ts';

const system: readonly BaseEntry[] = [
  { path: 'usr', type: 'directory', mode: 0o755 },
  { path: 'usr/bin', type: 'directory', mode: 0o755 },
  { path: 'usr/bin/tool', text: 'T', mode: 0o4755 },
  { path: 'bin', type: 'symlink', linkTarget: 'usr/bin', mode: 0o777 },
  { path: 'tmp', type: 'directory', mode: 0o1777 },
  { path: 'opt', type: 'directory', mode: 0o711, uid: 5, gid: 6 },
  { path: 'opt/f', text: 'F' },
  { path: 'opt/hard', type: 'hardlink', linkTarget: 'opt/f' },
  { path: 'up', type: 'symlink', linkTarget: '../../../opt', mode: 0o777 },
  { path: 'loop', type: 'symlink', linkTarget: 'loop', mode: 0o777 },
  { path: 'etc/passwd', text: 'app:x:77:78::/:/x\n' },
];

describe('a base image', () => {
  let shop: Workshop;
  let store: ImageStore;
  const opened: string[] = [];
  beforeEach(async () => {
    shop = new Workshop({ a: 'A', 'd/x': 'X' });
    opened.length = 0;
    store = await baseStore([
      {
        platform: 'linux/amd64',
        layers: [system, [{ path: 'opt/.wh.f' }, { path: 'tmp/.wh..wh..opq' }, { path: 'bin/new', text: 'N' }]],
        config: { Env: ['PATH=/x', 'E=1'], User: 'app', WorkingDir: '/opt', Cmd: ['c'], Labels: { b: '1' } },
      },
    ]);
  });
  afterEach(() => shop.remove());

  function build(lines: string, platforms: readonly string[] = ['linux/amd64']): Promise<BuildOutcome> {
    return shop.build(lines, {
      platforms,
      openImage: (reference) => {
        opened.push(reference);
        return Promise.resolve(reference.startsWith('base') ? store : undefined);
      },
    });
  }

  async function lastLayer(lines: string): Promise<Record<string, string>> {
    const outcome = await build(lines);
    return layerOf(outcome, onlyPart(outcome), -1);
  }

  test('gives its layers, config and history, and is looked up once', async () => {
    const outcome = await build('FROM base AS one\nFROM base\nCOPY a /a\nCOPY --from=base /opt/hard /h');
    const part = onlyPart(outcome);
    const config = await configOf(outcome, part);

    expect(opened).toEqual(['base']);
    expect(part.layers.map(({ createdBy }) => createdBy)).toEqual([
      '',
      '',
      'COPY a /a # buildkit',
      'COPY /opt/hard /h # buildkit',
    ]);
    expect(config.config).toEqual({
      Env: ['PATH=/x', 'E=1'],
      User: 'app',
      WorkingDir: '/opt',
      Cmd: ['c'],
      Labels: { b: '1' },
    });
    expect(config.history?.slice(0, 2)).toEqual(
      [0, 1].map((number) => ({ created: '2020-01-01T00:00:00Z', created_by: `base ${number}` })),
    );
    for (const { descriptor } of part.layers) expect(await outcome.store.has(descriptor)).toBe(true);
  });

  test('keeps the modes and owners of the folders that are copied into', async () => {
    expect(await lastLayer('FROM base\nCOPY a /tmp/a')).toEqual({ tmp: 'dir 1777 0:0', 'tmp/a': 'file 644 0:0 A' });
    expect(await lastLayer('FROM base\nCOPY a /opt')).toEqual({ opt: 'dir 711 5:6', 'opt/a': 'file 644 0:0 A' });
    expect(await lastLayer('FROM base\nCOPY --link a /tmp/a')).toMatchObject({ tmp: 'dir 755 0:0' });
  });

  test('has its links followed, never out of it', async () => {
    expect(Object.keys(await lastLayer('FROM base\nCOPY a /bin/b'))).toEqual(['usr', 'usr/bin', 'usr/bin/b']);
    expect(Object.keys(await lastLayer('FROM base\nCOPY a /up/b'))).toEqual(['opt', 'opt/b']);
    expect((await build('FROM base\nCOPY a /loop/x')).faults).toMatchObject([
      { code: 'SYMLINK_CYCLE', where: { line: 2 } },
    ]);
  });

  test('resolves the names of --chown and of USER before WORKDIR', async () => {
    expect(await lastLayer('FROM base\nCOPY --chown=app a /q')).toEqual({ q: 'file 644 77:78 A' });
    expect(await lastLayer('FROM base\nWORKDIR sub')).toEqual({ opt: 'dir 711 5:6', 'opt/sub': 'dir 755 77:78' });
  });

  test('is copied from after its whiteouts, with owners, modes and hard links', async () => {
    const copied = await lastLayer('FROM base AS b\nFROM scratch\nCOPY --from=b / /all');

    expect(copied).toMatchObject({
      'all/usr/bin/tool': 'file 4755 0:0 T',
      'all/usr/bin/new': 'file 644 0:0 N',
      'all/bin': 'symlink 777 0:0 -> usr/bin',
      'all/opt': 'dir 711 5:6',
      'all/opt/hard': 'file 644 0:0 F',
    });
    expect(copied).not.toHaveProperty('all/opt/f');
  });

  test('copied from again, by another build, reads the same', async () => {
    const first = await build('FROM base AS b\nFROM scratch\nCOPY --from=b /usr/bin /x');
    shop.cache = `${shop.cache}-2`;
    await build('FROM base AS b\nFROM scratch\nCOPY --from=b /usr /y');
    const second = await build('FROM base AS b\nFROM scratch\nCOPY --from=b /usr/bin /x');

    expect(onlyPart(second).manifest).toEqual(onlyPart(first).manifest);
    expect(await treeOf(second, onlyPart(second))).toMatchObject({ 'x/tool': 'file 4755 0:0 T' });
  });

  test('files laid out from it that are damaged on the disk are found out, and laid out anew', async () => {
    const lines = 'FROM scratch\nCOPY --from=base /usr/bin /x';
    await build(lines);
    const spools = join(shop.cache, 'spools');
    for (const name of readdirSync(spools)) {
      const bytes = readFileSync(join(spools, name));
      writeFileSync(join(spools, name), bytes.fill(0));
    }
    rmSync(join(shop.cache, 'records/steps'), { recursive: true });
    rmSync(join(shop.cache, 'records/layers'), { recursive: true });

    // One for each of the two layers.
    expect((await build(lines)).faults).toMatchObject([{ code: 'DIGEST_MISMATCH', retryable: true }]);
    expect((await build(lines)).faults).toMatchObject([{ code: 'DIGEST_MISMATCH', retryable: true }]);
    expect((await build(lines)).faults).toEqual([]);
  });

  test.each([
    { kind: 'a required', optional: false, parts: 0 },
    { kind: 'an optional', optional: true, parts: 1 },
  ])('that lacks $kind platform says what it offers before anything is built', async ({ optional, parts }) => {
    layOut(shop.context, { Dockerfile: 'FROM base' });
    const cells = shop.cells({ platforms: ['linux/amd64', 'linux/s390x'] }).map((cell) => ({ ...cell, optional }));

    const outcome = await shop.rebuild({ cells, openImage: () => Promise.resolve(store) });

    expect(outcome.parts).toHaveLength(parts);
    expect(outcome.faults).toMatchObject([
      { code: 'BASE_PLATFORM_MISSING', where: { platform: 'linux/s390x', line: 1 } },
    ]);
    expect(outcome.faults[0]?.message).toContain('offers linux/amd64');
  });

  test('of an older architecture is not taken for the one that is built', async () => {
    store = await baseStore([{ platform: 'linux/arm/v7', layers: [system] }]);

    expect((await build('FROM base', ['linux/arm64'])).faults).toMatchObject([{ code: 'BASE_PLATFORM_MISSING' }]);
    expect((await build('FROM base', ['linux/arm/v7'])).faults).toEqual([]);
  });

  test('that cannot be reached, is not there, or is no image, is a fault of its FROM', async () => {
    const blob = await store.resolve('latest');
    await store.tag('odd', {
      ...blob,
      digest: blob?.digest ?? 'sha256:0',
      size: blob?.size ?? 0,
      mediaType: 'text/plain',
    });
    const faults = [];
    for (const name of ['elsewhere', 'base:none', 'base:odd']) faults.push(...(await build(`FROM ${name}`)).faults);

    expect(faults).toMatchObject(
      ['BASE_MISSING', 'BASE_MISSING', 'BASE_UNUSABLE'].map((code) => ({
        code,
        where: { file: 'Dockerfile', line: 1 },
      })),
    );
  });

  test.each([
    ['a hard link to nothing', { path: 'h', type: 'hardlink', linkTarget: 'etc/shadow' }, 'BASE_UNUSABLE'],
    ['a hard link out of it', { path: 'h', type: 'hardlink', linkTarget: '../../etc/shadow' }, 'ARCHIVE_PATH_UNSAFE'],
  ] as const)('with %s is refused', async (_what, entry, code) => {
    store = await baseStore([{ platform: 'linux/amd64', layers: [[entry]] }]);

    expect((await build('FROM base\nCOPY a /a')).faults).toMatchObject([{ code, where: { line: 2 } }]);
  });

  test('that lies about its diff ids is refused: it could pass for another image', async () => {
    const layers = [[{ path: 'bin', text: 'evil' }]];
    store = await baseStore([{ platform: 'linux/amd64', layers, diffIds: [digestOf('another layer')] }]);

    const { faults } = await build('FROM scratch\nCOPY --from=base /bin /bin');

    expect(faults).toMatchObject([{ code: 'DIGEST_MISMATCH' }]);
  });

  test('runs its ONBUILD triggers first and hands none on', async () => {
    store = await baseStore([
      { platform: 'linux/amd64', layers: [system], config: { OnBuild: ['COPY a /trigger', 'ENV T=1'] } },
    ]);
    const outcome = await build('FROM base\nCOPY d /d');
    const config = await configOf(outcome, onlyPart(outcome));

    expect(config.history?.slice(1).map((entry) => entry.created_by)).toEqual([
      'COPY a /trigger # buildkit',
      'ENV T=1',
      'COPY d /d # buildkit',
    ]);
    expect(config.config).not.toHaveProperty('OnBuild');
  });
});
