import { execFileSync, spawnSync } from 'node:child_process';
import { linkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listCache } from '../../../src/engine/embedded/cache-prune.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { layerOf, layOut, onlyPart, Workshop } from './build-image.ts';

const isRoot = process.getuid?.() === 0;

describe('a build context', () => {
  let shop: Workshop;
  beforeEach(() => {
    shop = new Workshop({
      a: 'A',
      'd/x': 'X',
      secret: ['link', '../outside'],
      absolute: ['link', '/etc/passwd'],
      up: ['link', '..'],
      here: ['link', '/d'],
      loop: ['link', 'loop'],
    });
    writeFileSync(join(shop.folder, 'outside'), 'SECRET');
  });
  afterEach(() => shop.remove());

  async function copied(line: string): Promise<Record<string, string>> {
    const outcome = await shop.build(`FROM scratch\n${line}`);
    return layerOf(outcome, onlyPart(outcome), -1);
  }

  async function codeOf(line: string): Promise<unknown> {
    const { faults } = await shop.build(`FROM scratch\n${line}`);
    return faults[0]?.code;
  }

  test('is never left by a link: what leads out is looked for inside', async () => {
    expect(await codeOf('COPY secret /x')).toBe('COPY_SOURCE_MISSING');
    expect(await codeOf('COPY absolute /x')).toBe('COPY_SOURCE_MISSING');
    expect(await codeOf('COPY up/outside /x')).toBe('COPY_SOURCE_MISSING');
    expect(await copied('COPY up/a /x')).toEqual({ x: 'file 644 0:0 A' });
    expect(await copied('COPY here/x /x')).toEqual({ x: 'file 644 0:0 X' });
    layOut(shop.context, { outside: 'INSIDE' });
    expect(await copied('COPY secret /x')).toEqual({ x: 'file 644 0:0 INSIDE' });
  });

  test('copied whole keeps its links as they are', async () => {
    expect(await copied('COPY . /c/')).toMatchObject({
      'c/secret': 'symlink 777 0:0 -> ../outside',
      'c/absolute': 'symlink 777 0:0 -> /etc/passwd',
      'c/loop': 'symlink 777 0:0 -> loop',
    });
  });

  test('with links that go in a circle is a fault, not a hang', async () => {
    expect(await codeOf('COPY loop /x')).toBe('SYMLINK_CYCLE');
  });

  test('that lacks a source says where, points at it, and guesses what was meant', async () => {
    layOut(shop.context, { 'package.json': '{}', '.dockerignore': 'ignored\n', ignored: 'I' });

    const { faults } = await shop.build('FROM scratch\nCOPY pakage.json /x');
    const ignored = (await shop.build('FROM scratch\nCOPY ignored /x')).faults[0];
    const dangling = (await shop.build('FROM scratch\nCOPY secret /x')).faults[0];

    expect(faults).toMatchObject([{ code: 'COPY_SOURCE_MISSING', where: { file: 'Dockerfile', line: 2, column: 6 } }]);
    expect(faults[0]?.message).toContain('did you mean "package.json"');
    expect(faults[0]?.frame).toContain('^^^^^^^^^^^');
    expect(ignored?.hint).toContain('.dockerignore');
    expect(dangling?.hint).toContain('"../outside"');
  });

  test('keeps exceptions of .dockerignore with the folders that lead to them', async () => {
    layOut(shop.context, {
      '.dockerignore': 'ig\n!ig/k/keep\n**/*.log\n',
      'ig/k/keep': 'K',
      'ig/no': 'N',
      'd/y.log': 'L',
      ig: ['dir', 0o750],
    });

    expect(Object.keys(await copied('COPY ig /i'))).toEqual(['i', 'i/k', 'i/k/keep']);
    expect(await copied('COPY . /c')).toMatchObject({ 'c/ig': 'dir 750 0:0' });
    expect(Object.keys(await copied('COPY d /d'))).toEqual(['d', 'd/x']);
  });

  test('takes the ignore file of the Dockerfile before its own, and what the recipe adds', async () => {
    layOut(shop.context, { '.dockerignore': 'a\n', 'Dockerfile.dockerignore': 'd\n' });

    expect(await copied('COPY a /x')).toEqual({ x: 'file 644 0:0 A' });
    expect(await codeOf('COPY d /x')).toBe('COPY_SOURCE_MISSING');
    const { faults } = await shop.build('FROM scratch\nCOPY a /x', { recipe: { contextIgnore: ['a'] } });
    expect(faults).toMatchObject([{ code: 'COPY_SOURCE_MISSING' }]);
  });

  test('keeps hard links within a copy, names in any script, and names that are no UTF-8', async () => {
    linkSync(join(shop.context, 'd/x'), join(shop.context, 'd/y'));
    layOut(shop.context, { 'd/ünïcode/日本': 'U' });
    const odd = Buffer.concat([Buffer.from(join(shop.context, 'd')), Buffer.from([0x2f, 0xff, 0xfe])]);
    writeFileSync(odd, 'odd');

    expect(await copied('COPY d /d')).toMatchObject({
      'd/x': 'file 644 0:0 X',
      'd/y': 'hardlink 644 0:0 = d/x',
      'd/ünïcode/日本': 'file 644 0:0 U',
      'd/\udcff\udcfe': 'file 644 0:0 odd',
    });
  });

  test('leaves sockets out and keeps pipes', async () => {
    const server = createServer().listen(join(shop.context, 'd/socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    execFileSync('mkfifo', ['-m', '600', join(shop.context, 'd/pipe')]);

    const layer = await copied('COPY d /d');
    server.close();

    expect(Object.keys(layer)).toEqual(['d', 'd/pipe', 'd/x']);
    expect(layer['d/pipe']).toBe('fifo 600 0:0');
  });

  test.skipIf(!isRoot || process.platform !== 'linux')('keeps devices', async () => {
    const made = spawnSync('mknod', [join(shop.context, 'd/null'), 'c', '1', '3']);
    if (made.status !== 0) return;

    expect((await copied('COPY d /d'))['d/null']).toMatch(/^character-device/);
  });
});

describe('RUN', () => {
  let shop: Workshop;
  beforeEach(() => {
    shop = new Workshop({ a: 'A' });
  });
  afterEach(() => shop.remove());

  test('in a stage that is needed is a fault that points at it, before anything is made', async () => {
    const outcome = await shop.build('FROM scratch AS b\nCOPY a /a\nRUN make\nFROM scratch\nCOPY --from=b /a /a');

    expect(outcome.faults).toMatchObject([
      { code: 'RUN_UNSUPPORTED', where: { file: 'Dockerfile', line: 3, column: 1 } },
    ]);
    expect(outcome.faults[0]?.frame).toContain('RUN make');
    expect(outcome.faults[0]?.hint).toContain('BuildKit');
    expect(listCache(shop.cache)).toEqual([]);
  });

  test('in a stage that is not needed is no fault', async () => {
    expect((await shop.build('FROM scratch AS b\nRUN make\nFROM scratch\nCOPY a /a')).faults).toEqual([]);
    const target = { recipe: { target: 'one' } };
    expect((await shop.build('FROM scratch AS one\nCOPY a /a\nFROM one\nRUN make', target)).faults).toEqual([]);
  });

  test('comes too late for nobody: a missing Dockerfile, stage or context is told as well', async () => {
    const { faults } = await shop.rebuild({ recipe: { dockerfile: join(shop.context, 'nowhere') } });
    const target = await shop.build('FROM scratch AS one', { recipe: { target: 'two' } });
    const context = await shop.build('FROM scratch\nCOPY a /a', { recipe: { context: join(shop.folder, 'nowhere') } });

    expect(faults).toMatchObject([{ code: 'DOCKERFILE_MISSING' }]);
    expect(target.faults).toMatchObject([{ code: 'STAGE_UNKNOWN' }]);
    expect(context.faults).toMatchObject([{ code: 'CONTEXT_MISSING' }]);
  });
});

describe('a build that is interrupted', () => {
  test('ends with the reason and leaves nothing half done', async () => {
    const shop = new Workshop({ a: 'A' });
    writeFileSync(join(shop.context, 'big'), Buffer.alloc(8_000_000, 'x'));
    const host = fakeHost();
    const stopping = {
      ...host,
      emit: (event: Parameters<typeof host.emit>[0]) => {
        if (event.kind === 'task-progressed') host.abort(new Error('stop'));
      },
    };

    await expect(shop.build('FROM scratch\nCOPY big /big', { host: stopping })).rejects.toThrow('stop');

    expect(listCache(shop.cache).filter(({ path }) => /blobs|partial/.test(path))).toEqual([]);
    expect((await shop.rebuild()).faults).toEqual([]);
    shop.remove();
  });
});
