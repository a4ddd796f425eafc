import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ChildProgram, compileProgram } from '../../support/child-program.ts';
import { brokenTags } from '../../support/sample-release.ts';
import { SmallRegistry } from '../../support/small-registry.ts';

describe('a publisher that is killed', () => {
  let program: ChildProgram;
  let folder: string;
  let registries: readonly [SmallRegistry, SmallRegistry];
  beforeAll(() => {
    program = compileProgram('test/contract/publish/publisher-program.ts');
  });
  afterAll(() => program.remove());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'polyarch-killed-'));
    registries = [await SmallRegistry.start({ honoursConditions: true }), await SmallRegistry.start()];
  });
  afterEach(async () => {
    for (const registry of registries) await registry.stop();
    rmSync(folder, { recursive: true });
  });

  function repositories(): readonly string[] {
    return registries.map(({ host }) => `${host}/acme/app`);
  }

  function tags(): readonly Record<string, string>[] {
    return registries.map((registry) => Object.fromEntries(registry.repository('acme/app').tags));
  }

  function everyTagIsWhole(): void {
    for (const registry of registries) expect(brokenTags(registry, 'acme/app')).toEqual([]);
  }

  /** Kills a publication right after one of the moves of its tags, counted over both registries, or right before. */
  async function killAt(when: 'before' | 'after', number: number): Promise<void> {
    const child = program.start(['publish', folder, '2.0.0', ...repositories()]);
    let count = 0;
    function strike(): void {
      count += 1;
      if (count === number) child.kill('SIGKILL');
    }
    for (const registry of registries) {
      if (when === 'before') registry.beforePut = strike;
      else registry.afterPut = strike;
    }
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    expect([code, signal]).toEqual([null, 'SIGKILL']);
    for (const registry of registries) [registry.beforePut, registry.afterPut] = [undefined, undefined];
  }

  test.each([
    ['before', 1],
    ['after', 1],
    ['after', 2],
    ['before', 4],
    ['after', 4],
  ] as const)('%s move %i leaves whole tags, and when it is resumed equal registries', async (when, number) => {
    await program.run(['publish', folder, '1.0.0', ...repositories()]);

    await killAt(when, number);
    everyTagIsWhole();
    const said = await program.run(['resume', folder, '2.0.0', ...repositories()]);

    everyTagIsWhole();
    const [one, other] = tags();
    expect(said.trim()).toBe('published');
    expect(one).toEqual(other);
    expect(Object.keys(one ?? {}).sort()).toEqual(['1.0.0', '2.0.0', 'latest']);
    expect(one?.['latest']).toBe(one?.['2.0.0']);
  });

  test('in the middle, with a registry that takes no more tags, is taken back where it had come', async () => {
    await program.run(['publish', folder, '1.0.0', ...repositories()]);
    const before = tags();

    await killAt('after', 2);
    const [first] = registries;
    first.options = { ...first.options, takesNoTags: true };
    const said = await program.run(['resume', folder, '2.0.0', ...repositories()]);

    expect(said.trim()).toBe('rolled-back');
    expect(tags()).toEqual(before);
  });

  test('while content is staged has moved nothing, and the same command publishes', async () => {
    const child = program.start(['publish', folder, '2.0.0', ...repositories()]);
    while (registries[0].requests.length < 4) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
    await once(child, 'close');
    const moved = tags();

    const said = await program.run(['publish', folder, '2.0.0', ...repositories()]);

    expect(moved).toEqual([{}, {}]);
    expect(said.trim()).toBe('written written');
    expect(tags()[0]).toEqual(tags()[1]);
  });
});
