import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { promote } from '../../../src/run/promote.ts';
import { rollback } from '../../../src/run/rollback.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { runCommand, runJson } from '../../support/run-command.ts';
import { place, sampleImage } from '../../support/sample-image.ts';
import { SmallRegistry } from '../../support/small-registry.ts';

const [one, two, three] = ['one', 'two', 'three'].map((seed) => sampleImage(2000, seed));

describe('promote and rollback', () => {
  let registry: SmallRegistry;
  let folder: string;

  beforeEach(async () => {
    registry = await SmallRegistry.start({ honoursConditions: true });
    folder = await mkdtemp(join(tmpdir(), 'polyarch-channel-'));
    for (const [tag, image] of [
      ['1', one],
      ['2', two],
      ['3', three],
    ] as const)
      if (image !== undefined) place(registry.repository('acme/app'), image, tag);
  });

  afterEach(async () => {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function host() {
    return fakeHost({ workingDirectory: folder });
  }

  function app(tag: string): string {
    return `${registry.host}/acme/app:${tag}`;
  }

  function tagAt(tag: string, repository = 'acme/app'): string | undefined {
    return registry.repository(repository).tags.get(tag);
  }

  test('three promotions and two rollbacks, each on a fresh machine', async () => {
    for (const tag of ['1', '2', '3']) await promote({ source: app(tag), tags: ['stable'], isDryRun: false }, host());
    expect(tagAt('stable')).toBe(tagAt('3'));

    await rm(folder, { recursive: true });
    const back = await rollback({ reference: app('stable'), isDryRun: false }, host());

    expect(back.move).toMatchObject({ state: 'moved', from: tagAt('3'), to: tagAt('2') });
    expect(tagAt('stable')).toBe(tagAt('2'));
    await rollback({ reference: app('stable'), isDryRun: false }, host());
    expect(tagAt('stable')).toBe(tagAt('1'));
    await expect(rollback({ reference: app('stable'), isDryRun: false }, host())).rejects.toMatchObject({
      code: 'CHANNEL_UNRECORDED',
    });
  });

  test('goes back several steps, or to what is named', async () => {
    for (const tag of ['1', '2', '3']) await promote({ source: app(tag), tags: ['stable'], isDryRun: false }, host());

    await rollback({ reference: app('stable'), steps: 2, isDryRun: false }, host());
    expect(tagAt('stable')).toBe(tagAt('1'));
    await rollback({ reference: app('stable'), to: tagAt('3') ?? '', isDryRun: false }, host());
    expect(tagAt('stable')).toBe(tagAt('3'));
  });

  test('what was there before the first promotion can be gone back to', async () => {
    registry.repository('acme/app').tags.set('stable', tagAt('3') ?? '');
    await promote({ source: app('1'), tags: ['stable'], isDryRun: false }, host());

    await rollback({ reference: app('stable'), isDryRun: false }, host());

    expect(tagAt('stable')).toBe(tagAt('3'));
  });

  test('puts the image into another repository first, and notes the moves in the folder', async () => {
    const target = `${registry.host}/acme/prod:current`;

    const promotion = await promote({ source: app('2'), tags: ['stable', target], isDryRun: false }, host());

    expect(promotion.moves.map(({ state }) => state)).toEqual(['new', 'new']);
    expect(tagAt('current', 'acme/prod')).toBe(tagAt('2'));
    expect(registry.repository('acme/prod').blobs.size).toBe(2);
    const lines = (await readFile(join(folder, '.polyarch/channels.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { tag: string }).tag)).toEqual(['stable', 'current']);
  });

  test('works in a layout as well', async () => {
    const layout = `oci:${join(folder, 'layout')}`;
    for (const tag of ['1', '2'])
      await promote({ source: app(tag), tags: [`${layout}:stable`], isDryRun: false }, host());

    const { move } = await rollback({ reference: `${layout}:stable`, isDryRun: false }, host());

    expect(move).toMatchObject({ from: tagAt('2'), to: tagAt('1') });
  });

  test('a dry run tells the moves and writes nothing', async () => {
    const seen = registry.requests.length;
    const shown = await runJson(['promote', app('2'), '--tag', 'stable', '--dry-run'], host());
    const text = await runCommand(['promote', app('2'), '--tag', `stable,${registry.host}/a/new:x`, '--plan'], host());

    expect(shown).toMatchObject({ moves: [{ tag: 'stable', state: 'new', to: tagAt('2') }], isDryRun: true });
    expect(text.stdout).toContain(':stable is new');
    expect(registry.requests.slice(seen).filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
    expect(tagAt('stable')).toBeUndefined();
  });

  test('refuses an image that is missing, and one that is incomplete', async () => {
    registry.repository('acme/app').blobs.delete(two?.layer.descriptor.digest ?? '');

    const missing = await runCommand(['promote', app('nine'), '--tag', 'stable'], host());
    const incomplete = await runCommand(['promote', app('2'), '--tag', 'stable'], host());

    expect([missing.exitCode, missing.stderr]).toEqual([2, expect.stringContaining('IMAGE_MISSING')]);
    expect([incomplete.exitCode, incomplete.stderr]).toEqual([1, expect.stringContaining('CONTENT_MISSING')]);
    expect(tagAt('stable')).toBeUndefined();
  });

  test('somebody else who moves the tag in between wins, and the other tags are put back', async () => {
    await promote({ source: app('1'), tags: ['stable', 'current'], isDryRun: false }, host());
    let count = 0;
    registry.beforePut = () => {
      // The fourth write moves `current`: behind two records and `stable`.
      if ((count += 1) === 4) registry.repository('acme/app').tags.set('current', tagAt('3') ?? '');
    };

    const run = await runCommand(['promote', app('2'), '-t', 'stable', '-t', 'current'], host());

    expect(run.exitCode).toBe(4);
    expect(run.stderr).toContain('TAG_MOVED');
    expect(run.stdout).toContain('stable was put back');
    expect([tagAt('stable'), tagAt('current')]).toEqual([tagAt('1'), tagAt('3')]);
  });

  test('is told when somebody who looked before overwrites the tag a moment later, where only the client compares', async () => {
    registry.options = {};
    const { clock, ...rest } = host();
    const late = {
      ...rest,
      clock: {
        now: () => clock.now(),
        monotonicMs: () => clock.monotonicMs(),
        sleep: (ms: number, signal: AbortSignal) => {
          registry.repository('acme/app').tags.set('stable', tagAt('3') ?? '');
          return clock.sleep(ms, signal);
        },
      },
    };

    const { problem } = await promote({ source: app('1'), tags: ['stable'], isDryRun: false }, late);
    const alone = await promote({ source: app('2'), tags: ['stable'], isDryRun: false }, host());

    expect(problem?.code).toBe('TAG_LOST');
    expect(alone.problem).toBeUndefined();
    expect(tagAt('stable')).toBe(tagAt('2'));
  });

  test('two promotions at once leave a record of both', async () => {
    const both = await Promise.allSettled(
      ['1', '2'].map((tag) => promote({ source: app(tag), tags: ['stable'], isDryRun: false }, host())),
    );

    const { former } = await rollback({ reference: app('stable'), to: '3', isDryRun: true }, host());
    expect(both.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect([tagAt('1'), tagAt('2')]).toContain(tagAt('stable'));
    expect(former.length).toBeLessThanOrEqual(1);
  });

  test('the command line of rollback', async () => {
    for (const tag of ['1', '2']) await promote({ source: app(tag), tags: ['stable'], isDryRun: false }, host());

    const plan = await runCommand(['rollback', app('stable'), '--plan'], host());
    const bad = await runCommand(['rollback', app('stable'), '--steps', 'two'], host());
    const noTag = await runCommand(['rollback', `${registry.host}/acme/app`], host());
    const none = await runCommand(['promote', app('1')], host());
    const done = await runJson(['rollback', app('stable'), '--to', '1'], host());

    expect(plan.stdout).toContain(`1  ${tagAt('1') ?? ''}`);
    expect([bad.exitCode, noTag.exitCode, none.exitCode]).toEqual([2, 2, 2]);
    expect(done).toMatchObject({ kind: 'polyarch/rollback', move: { to: tagAt('1') } });
  });
});
