import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { drain } from '../../../src/store/collect-content.ts';
import { gatherGraph } from '../../../src/store/content-graph.ts';
import { type LayoutStore, openLayout } from '../../../src/store/layout-store.ts';
import { type ChildProgram, compileProgram } from '../../support/child-program.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { putSample } from './sample-image.ts';

let program: ChildProgram;
let folder = '';
beforeAll(() => {
  program = compileProgram('test/contract/store/layout-writer-program.ts');
});
afterAll(() => program.remove());
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'polyarch-processes-')), 'layout');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

async function untilPrints(child: ChildProcess, word: string): Promise<void> {
  let text = '';
  while (!text.includes(word)) {
    const [chunk] = await once(child.stdout ?? child, 'data');
    text += String(chunk);
  }
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'close');
  child.kill('SIGKILL');
  await gone;
}

/** Every tag leads to content that is all there and true. */
async function checkEveryTag(layout: LayoutStore): Promise<readonly string[]> {
  const tags = await layout.tags();
  for (const tag of tags) {
    const root = await layout.resolve(tag);
    if (root === undefined) throw new Error(`${tag} leads nowhere`);
    const { blobs } = await gatherGraph(layout, root);
    for (const blob of blobs) await drain(layout.read(blob));
  }
  return tags;
}

function leftovers(): readonly string[] {
  return readdirSync(folder).filter((name) => !['blobs', 'index.json', 'oci-layout'].includes(name));
}

describe('several processes and one layout', () => {
  test('LayoutStore loses no tag when three processes make and write one layout at once', async () => {
    await Promise.all(['a', 'b', 'c'].map((name) => program.run(['tag', folder, name, '8'])));

    const tags = await checkEveryTag(await openLayout(folder, { host: fakeHost() }));

    expect(tags).toHaveLength(24);
    expect(leftovers()).toEqual([]);
  });

  test('LayoutStore is whole after a writer was killed in the middle of a blob, and sweeps what it left', async () => {
    const child = program.start(['hang', folder, 'before']);
    await untilPrints(child, 'writing');
    await killed(child);
    expect(leftovers()).toHaveLength(1);

    const layout = await openLayout(folder, { host: fakeHost(), create: true });
    expect(await checkEveryTag(layout)).toEqual(['before']);
    await layout.tag('after', (await putSample(layout, { name: 'after' })).index);

    expect(await checkEveryTag(layout)).toEqual(['before', 'after']);
    expect(leftovers()).toEqual([]);
  });

  test('LayoutStore takes over the lock of a process that was killed while it held it', async () => {
    const layout = await openLayout(folder, { host: fakeHost(), create: true });
    const { index } = await putSample(layout);
    const child = program.start(['lock', folder]);
    await untilPrints(child, 'locked');
    await killed(child);
    expect(leftovers()).toContain('.index.lock');

    await Promise.all(['one', 'two', 'three'].map((tag) => layout.tag(tag, index)));

    expect([...(await layout.tags())].sort()).toEqual(['one', 'three', 'two']);
    expect(leftovers()).toEqual([]);
  });

  test('LayoutStore waits for the lock of a process that lives, and says who holds it', async () => {
    const layout = await openLayout(folder, { host: fakeHost(), create: true });
    const { index } = await putSample(layout);
    const child = program.start(['lock', folder]);
    await untilPrints(child, 'locked');

    await expect(layout.tag('one', index)).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      message: expect.stringContaining(`process ${child.pid ?? 0} has held it`),
    });
    await killed(child);
    await layout.tag('one', index);

    expect(await layout.tags()).toEqual(['one']);
  });

  test.skipIf(process.platform === 'win32')(
    'LayoutStore says when there is no more room, and leaves nothing half written',
    () => {
      const command = [...program.command, 'fill', folder, 'name', '400000'].map((word) => `'${word}'`).join(' ');

      // Files of at most 200 blocks of 512 bytes: writing more gives EFBIG, as a full disk gives ENOSPC.
      const limited = spawnSync('sh', ['-c', `trap '' XFSZ; ulimit -f 200; exec ${command}`], { encoding: 'utf8' });
      const unlimited = spawnSync('sh', ['-c', command.replace("'400000'", "'40000'")], { encoding: 'utf8' });

      expect(limited.stdout).toMatch(/^STORE_FULL Cannot write content: no space is left \(EFBIG\)$/);
      expect(unlimited.stdout).toBe('');
      expect(leftovers()).toEqual([]);
      expect(readdirSync(join(folder, 'blobs/sha256'))).toHaveLength(2);
    },
  );
});
