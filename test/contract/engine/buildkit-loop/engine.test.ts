import { afterEach, describe, expect, test } from 'vitest';
import { Fault } from '../../../../src/errors/fault.ts';
import { chooseEngine } from '../../../../src/run/parts/choose-engine.ts';
import { drain } from '../../../../src/store/collect-content.ts';
import { at, builderOf, cellOf } from '../../../support/sample-fleet.ts';
import { type Begun, FakeBuilders, type Fate } from './fake-builders.ts';

const fleet = builderOf('fleet', { slots: 2, nodeNames: ['n1', 'n2'] });
const both = [at('fleet/n1'), at('fleet/n2')];
let builders: FakeBuilders;
afterEach(() => builders.remove());

function withFate(fateOf: (begun: Begun) => Fate = () => 'builds'): FakeBuilders {
  builders = new FakeBuilders(fateOf);
  return builders;
}

describe('the engine', () => {
  test('createBuildkitEngine builds every cell and gives a store that holds every part', async () => {
    const cells = ['a', 'b', 'c'].map((id) => cellOf(id, [at('one')]));

    const { store } = await withFate().build(cells, [builderOf('one', { slots: 2 })]);

    expect(builders.results.map(({ kind }) => kind)).toEqual(['built', 'built', 'built']);
    for (const result of builders.results) if (result.kind === 'built') await drain(store.read(result.part.manifest));
    expect(builders.host.clock.monotonicMs()).toBe(2000);
  });

  test('createBuildkitEngine shows what waits and for what', async () => {
    const cells = ['a', 'b'].map((id) => cellOf(id, [at('one')]));
    function fate({ cell, number }: Begun): Fate {
      return cell === 'a' && number === 1 ? { fails: 'transient' } : 'builds';
    }

    await withFate(fate).build(cells, [builderOf('one')]);

    expect(builders.titles[0]).toBe('2 cells on 1 builder');
    expect(builders.titles).toContain('b waits for a slot of one');
    expect(builders.titles).toContain('a: attempt 2 of 4 in 2 s');
    expect(builders.host.events.filter(({ kind }) => kind === 'task-started')).toHaveLength(
      builders.host.events.filter(({ kind }) => kind === 'task-ended').length,
    );
  });

  test('createBuildkitEngine names only the first of many that wait', async () => {
    const cells = Array.from({ length: 12 }, (_, n) => cellOf(`c${n}`, [at('one')]));

    await withFate().build(cells, [builderOf('one', { slots: 2 })]);

    expect(builders.titles).toContain('5 more wait for a slot');
    expect(builders.mostShown).toBe(1 + 5 + 1);
  });

  test('chooseEngine gives the engine that a plan names', async () => {
    withFate();
    const engine = chooseEngine({ engine: { name: 'buildkit', reason: 'for a test' } });

    const { store } = await engine.build([], builders.options([]));

    expect(engine.name).toBe('buildkit');
    expect(await store.tags()).toEqual([]);
  });
});

describe('a fault that may pass', () => {
  test('createBuildkitEngine tries again after a while and keeps the attempts', async () => {
    await withFate(({ number }) => (number < 3 ? { fails: 'transient' } : 'builds')).build(
      [cellOf('a', both)],
      [fleet],
    );

    const waits = builders.begun.slice(1).map(({ atMs }, n) => atMs - (builders.begun[n]?.atMs ?? 0) - 500);
    expect(builders.results).toMatchObject([
      {
        kind: 'built',
        attempts: [
          { builder: 'fleet', node: 'n1', route: 'native', durationMs: 500, problem: { code: 'PROCESS_FAILED' } },
          { builder: 'fleet', node: 'n2' },
        ],
      },
    ]);
    expect(waits[0]).toBeGreaterThanOrEqual(2000);
    expect(waits[0]).toBeLessThanOrEqual(2500);
    expect(waits[1]).toBeGreaterThanOrEqual(4000);
    expect(waits[1]).toBeLessThanOrEqual(5000);
  });

  test('createBuildkitEngine tells the command when the retries are used up', async () => {
    const cell = cellOf('a', [at('one')], { limits: { retryCount: 1 } });

    await withFate(() => ({ fails: 'transient' })).build(
      [cell, cellOf('b', [at('one')], { limits: { retryCount: 0 } })],
      [builderOf('one')],
    );

    expect(builders.results.find((result) => result.kind === 'failed' && result.cell === 'a')).toMatchObject({
      fault: { code: 'PROCESS_FAILED' },
      command: 'docker buildx build --builder one /project',
      logTail: ['last line'],
      attempts: [{}, {}],
    });
    expect(builders.notes).toContain(
      'a is given up after 2 attempts; by hand: docker buildx build --builder one /project',
    );
  });

  test('createBuildkitEngine goes on with the others where one fails for good', async () => {
    await withFate(({ cell }) => (cell === 'a' ? { fails: 'permanent' } : 'builds')).build(
      ['a', 'b'].map((id) => cellOf(id, [at('one')])),
      [builderOf('one')],
    );

    expect(builders.order).toEqual(['a@one', 'b@one']);
    expect(builders.results.map(({ kind }) => kind)).toEqual(['failed', 'built']);
  });

  test('createBuildkitEngine takes a fault that an attempt throws for the fault of the cell', async () => {
    await withFate().build([cellOf('a', [at('one')])], [builderOf('one')], {
      runAttempt: () => Promise.reject(new Fault('DOCKER_MISSING', 'Cannot build: no docker')),
    });

    expect(builders.results).toMatchObject([
      { kind: 'failed', fault: { code: 'DOCKER_MISSING' }, command: expect.stringContaining('docker buildx build') },
    ]);
  });

  test('createBuildkitEngine rejects where an attempt throws what is no fault, and leaves nothing running', async () => {
    const signals: AbortSignal[] = [];
    withFate();

    const building = builders.build(
      ['a', 'b'].map((id) => cellOf(id, [at('one')])),
      [builderOf('one', { slots: 2 })],
      {
        runAttempt: async ({ cell, signal }) => {
          signals.push(signal);
          await builders.host.clock.sleep(cell.id === 'a' ? 1000 : 1e9, signal);
          throw new Error('a bug');
        },
      },
    );

    await expect(building).rejects.toThrow('a bug');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});

describe('a lost node', () => {
  const cells = ['a', 'b', 'c', 'd'].map((id) => cellOf(id, both));

  test('createBuildkitEngine ends well where another qualifies', async () => {
    await withFate(({ place }) => (place === 'fleet/n1' ? { fails: 'node-lost' } : 'builds')).build(cells, [fleet]);

    expect(builders.results.map(({ kind }) => kind)).toEqual(['built', 'built', 'built', 'built']);
    expect(builders.order.filter((start) => start.endsWith('n1'))).toHaveLength(1);
    expect(builders.notes).toContain('a moves from fleet/n1 (native) to fleet/n2 (native)');
  });

  test('createBuildkitEngine says which is lost and keeps the parts where none does', async () => {
    const strict = [cellOf('x', [at('fleet/n1')]), cellOf('y', [at('fleet/n1')]), cellOf('z', [at('fleet/n2')])];

    await withFate(({ place }) => (place === 'fleet/n1' ? { fails: 'node-lost' } : 'builds')).build(strict, [fleet]);

    const failed = builders.results.filter((result) => result.kind === 'failed');
    expect(builders.results.filter(({ kind }) => kind === 'built')).toHaveLength(1);
    expect(failed.map(({ fault }) => fault.code)).toEqual(['BUILDERS_LOST', 'BUILDERS_LOST']);
    expect(failed.find(({ cell }) => cell === 'y')?.fault).toMatchObject({
      message: 'Cannot build "y": "fleet/n1" is lost, and no other builder qualifies',
      // The cure of what happened to it, then what can be done here.
      hint: expect.stringMatching(
        /^\S.*\. Bring "fleet\/n1" back, or add another builder for linux\/arm64, and run again with --resume: finished parts are kept$/,
      ),
      cause: { message: 'Cannot build "x" on "fleet/n1": it was to fail' },
    });
  });

  test('createBuildkitEngine uses it again when it answers again', async () => {
    let answers = 0;
    const alone = ['a', 'b'].map((id) => cellOf(id, [at('fleet/n1')]));
    await withFate(({ number, cell }) => (cell === 'a' && number === 1 ? { fails: 'node-lost' } : 'builds')).build(
      alone,
      [fleet],
      { probe: () => Promise.resolve((answers += 1) > 1) },
    );

    expect(builders.results.map(({ kind }) => kind)).toEqual(['built', 'built']);
    expect(builders.begun[1]?.atMs).toBe(500 + 2000 + 4000);
    expect(builders.notes).toContain('fleet/n1 works again');
  });

  test('createBuildkitEngine does not wait for its answer when all cells have ended', async () => {
    await withFate(({ place }) => (place === 'fleet/n1' ? { fails: 'node-lost' } : 'builds')).build(cells, [fleet], {
      probe: async (_, { clock, signal }) => {
        await clock.sleep(1e9, signal);
        return true;
      },
    });

    expect(builders.results.map(({ kind }) => kind)).toEqual(['built', 'built', 'built', 'built']);
    expect(builders.host.clock.monotonicMs()).toBeLessThan(10_000);
  });

  test('createBuildkitEngine ends a build that waits on it for an answer', async () => {
    const wide = builderOf('fleet', { slots: 4, nodeNames: ['n1', 'n2'] });
    function fate({ cell, place }: Begun): Fate {
      return place === 'fleet/n2' ? 'builds' : cell === 'a' ? { fails: 'node-lost' } : 'hangs';
    }

    await withFate(fate).build(cells.slice(0, 2), [wide]);

    expect(builders.results.map(({ kind }) => kind)).toEqual(['built', 'built']);
    expect(builders.results[1]).toMatchObject({ attempts: [{ problem: { code: 'BUILDER_LOST' } }] });
    expect(builders.host.clock.monotonicMs()).toBeLessThan(60_000);
  });

  test('createBuildkitEngine gives up a cell under which node after node is lost', async () => {
    const nodes = ['n1', 'n2', 'n3', 'n4'];
    const cell = cellOf(
      'a',
      nodes.map((node) => at(`big/${node}`)),
    );

    await withFate(() => ({ fails: 'node-lost' })).build([cell], [builderOf('big', { slots: 4, nodeNames: nodes })]);

    expect(builders.results).toMatchObject([
      { kind: 'failed', fault: { code: 'BUILD_ENDS_BUILDERS', cause: { code: 'PROCESS_FAILED' } } },
    ]);
  });
});
