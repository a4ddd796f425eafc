import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pruneCache } from '../../../src/engine/embedded/cache-prune.ts';
import { drain } from '../../../src/store/collect-content.ts';
import { gatherGraph } from '../../../src/store/content-graph.ts';
import { type ChildProgram, compileProgram } from '../../support/child-program.ts';
import { layOut, onlyPart, Workshop } from './build-image.ts';

const platforms = ['linux/amd64', 'linux/arm64'];
const isRoot = process.getuid?.() === 0;

describe('builds in processes of their own', () => {
  let program: ChildProgram;
  let shop: Workshop;
  beforeAll(() => {
    program = compileProgram('test/contract/engine/build-program.ts');
  });
  afterAll(() => program.remove());
  beforeEach(() => {
    shop = new Workshop({ a: 'A', 'd/b': 'B' });
    layOut(shop.context, { Dockerfile: 'FROM scratch\nCOPY d /d\nCOPY big a /\n' });
    writeFileSync(join(shop.context, 'big'), randomBytes(3_000_000));
  });
  afterEach(() => shop.remove());

  function run(): Promise<string> {
    return program.run([shop.context, shop.cache, ...platforms]);
  }

  function builtLines(output: string): readonly string[] {
    return output.split('\n').filter((line) => line.startsWith('built '));
  }

  async function checkWhole(): Promise<void> {
    const outcome = await shop.rebuild();
    const { blobs } = await gatherGraph(outcome.store, onlyPart(outcome).manifest);
    for (const blob of blobs) await drain(outcome.store.read(blob));
  }

  test('two at once on one cache give the same images', async () => {
    const [one, two] = await Promise.all([run(), run()]);

    expect(builtLines(one)).toHaveLength(2);
    expect(builtLines(two)).toEqual(builtLines(one));
    await checkWhole();
  });

  test('one that is killed in the middle leaves a cache that the next one builds upon', async () => {
    const child = program.start([shop.context, shop.cache, ...platforms]);
    let seen = '';
    while (!seen.includes('working')) seen += String((await once(child.stdout ?? child, 'data'))[0]);
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;

    expect(seen).not.toContain('peak');
    expect(builtLines(await run())).toHaveLength(2);
    await checkWhole();
    expect((await pruneCache(shop.cache, { all: true, now: new Date() })).keptBytes).toBe(0);
    expect(readdirSync(join(shop.cache, 'leases'))).toEqual([]);
  });

  test('what a running build uses is not pruned', async () => {
    const child = program.start([shop.context, shop.cache, ...platforms]);
    let seen = '';
    while (!seen.includes('working')) seen += String((await once(child.stdout ?? child, 'data'))[0]);
    await pruneCache(shop.cache, { all: true, now: new Date() });
    while (!seen.includes('peak')) seen += String((await once(child.stdout ?? child, 'data'))[0]);

    expect(builtLines(seen)).toHaveLength(2);
    await checkWhole();
  });

  test('a large context takes little memory', async () => {
    writeFileSync(join(shop.context, 'sparse'), '');
    truncateSync(join(shop.context, 'sparse'), 300_000_000);
    layOut(shop.context, { Dockerfile: 'FROM scratch\nCOPY sparse /\n' });

    const peak = Number(/peak (\d+) MB/.exec(await run())?.[1]);

    expect(peak).toBeLessThan(220);
  });

  test.skipIf(process.platform === 'win32')('a file that may not be read is a fault, unless it is ignored', () => {
    layOut(shop.context, { Dockerfile: 'FROM scratch\nCOPY d /d\n' });
    chmodSync(join(shop.context, 'd/b'), 0);
    mkdirSync(shop.cache);
    const args = [...program.command.slice(1), shop.context, shop.cache, 'linux/amd64'];
    if (isRoot) for (const path of [shop.folder, shop.cache]) chownSync(path, 65534, 65534);
    execFileSync('chmod', ['-R', 'go+rX', join(program.command[1] ?? '', '../../../..')]);
    const user = isRoot ? { uid: 65534, gid: 65534 } : {};

    const refused = spawnSync(process.execPath, args, { ...user, encoding: 'utf8' }).stdout;
    layOut(shop.context, { '.dockerignore': 'd/b\n' });
    const ignored = spawnSync(process.execPath, args, { ...user, encoding: 'utf8' }).stdout;

    expect(refused).toContain('failed CONTEXT_UNREADABLE Cannot read "d/b" of the build context: permission denied');
    expect(ignored).toContain('built sha256:');
  });

  test.skipIf(!isRoot || process.platform !== 'linux')('a full disk is said so, and leaves no half layer', async () => {
    const disk = join(shop.folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    try {
      const output = await program.run([shop.context, join(disk, 'cache'), 'linux/amd64']);

      expect(output).toContain('failed STORE_FULL');
      expect(
        readdirSync(join(disk, 'cache'), { recursive: true, encoding: 'utf8' }).filter((name) =>
          /partial|tmp-/.test(name),
        ),
      ).toEqual([]);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
