import { afterEach, describe, expect, test } from 'vitest';
import { defaultWatchLimits } from '../../../../src/engine/buildkit/loop/watchdog.ts';
import { Fault } from '../../../../src/errors/fault.ts';
import { at, builderOf, cellOf } from '../../../support/sample-fleet.ts';
import { type Begun, FakeBuilders, type Fate } from './fake-builders.ts';

const one = builderOf('one', { slots: 2 });
const minuteMs = 60_000;
let builders: FakeBuilders;
afterEach(() => builders.remove());

function withFate(fateOf: (begun: Begun) => Fate): FakeBuilders {
  builders = new FakeBuilders(fateOf);
  return builders;
}

describe('the watchdog', () => {
  const routes = [at('one', 'emulated'), at('two', 'cross')];

  test('createBuildkitEngine ends an emulated build that hangs and takes the next route', async () => {
    await withFate(({ route }) => (route === 'emulated' ? 'hangs' : 'builds')).build(
      [cellOf('a', routes)],
      [one, builderOf('two')],
    );

    expect(builders.results).toMatchObject([
      { kind: 'built', attempts: [{ route: 'emulated', problem: { code: 'EMULATION_STUCK' } }] },
    ]);
    expect(builders.begun[1]).toMatchObject({ route: 'cross', atMs: 10 * minuteMs });
    expect(builders.notes).toContain('a is still running on one: silent for 3 min');
  });

  test('createBuildkitEngine names the cause and the command where no other route is allowed', async () => {
    await withFate(() => 'hangs').build([cellOf('a', [at('one', 'emulated')])], [one]);

    expect(builders.results).toMatchObject([
      {
        kind: 'failed',
        fault: { code: 'EMULATION_STUCK', message: expect.stringContaining('no sign of life for 10 min') },
        command: expect.stringContaining('docker buildx build'),
      },
    ]);
  });

  test('createBuildkitEngine ends a build that QEMU has crashed under in two minutes', async () => {
    const tells = ['qemu: uncaught target signal 11 (Segmentation fault) - core dumped'];

    await withFate(({ route }) => (route === 'emulated' ? { tells } : 'builds')).build(
      [cellOf('a', routes)],
      [one, builderOf('two')],
    );

    expect(builders.begun[1]?.atMs).toBe(2 * minuteMs);
    expect(builders.results).toMatchObject([{ kind: 'built', attempts: [{ problem: { code: 'EMULATOR_CRASHED' } }] }]);
  });

  test('createBuildkitEngine takes its limits from its maker', async () => {
    await withFate(() => 'hangs').build([cellOf('a', [at('one', 'emulated')])], [one], {
      limits: { ...defaultWatchLimits, emulatedSilenceMs: 5000 },
    });

    expect(builders.host.clock.monotonicMs()).toBe(5000);
  });
});

describe('a time limit', () => {
  test.each([
    [999, 'failed'],
    [1001, 'built'],
  ])('createBuildkitEngine with %i ms for a build of a second ends with a cell that is %s', async (timeoutMs, kind) => {
    await withFate(() => 'builds').build([cellOf('a', [at('one')], { limits: { retryCount: 0, timeoutMs } })], [one]);

    expect(builders.results.map((result) => result.kind)).toEqual([kind]);
    if (kind === 'failed') expect(builders.results).toMatchObject([{ fault: { code: 'BUILD_TIMED_OUT' } }]);
  });

  test('createBuildkitEngine does not wait for ever for an attempt that does not end when it is told to', async () => {
    await withFate(() => 'builds').build(
      [cellOf('a', [at('one')], { limits: { retryCount: 0, timeoutMs: 5000 } })],
      [one],
      {
        runAttempt: () => new Promise(() => undefined),
      },
    );

    expect(builders.results).toMatchObject([{ kind: 'failed', fault: { code: 'BUILD_TIMED_OUT' } }]);
    expect(builders.host.clock.monotonicMs()).toBe(65_000);
  });
});

describe('an interruption', () => {
  const reason = new Fault('INTERRUPTED', 'Cannot finish the run: it was interrupted by SIGINT');

  test('createBuildkitEngine ends what runs, begins nothing, and keeps what is reported', async () => {
    withFate(({ cell }) => (cell === 'a' ? 'builds' : 'hangs'));
    const cells = ['a', 'b', 'c', 'd'].map((id) => cellOf(id, [at('one')]));
    const building = builders.build(cells, [one]);
    const stopping = (async () => {
      while (builders.results.length === 0) await builders.host.clock.sleep(1000);
      builders.host.abort(reason);
    })();

    await expect(building).rejects.toBe(reason);
    await stopping;
    expect(builders.results).toMatchObject([{ kind: 'built', part: { cell: 'a' } }]);
    expect(builders.order).not.toContain('d@one');
  });

  test('createBuildkitEngine rejects while a cell waits to be tried again', async () => {
    withFate(() => {
      queueMicrotask(() => void builders.host.clock.sleep(1500).then(() => builders.host.abort(reason)));
      return { fails: 'transient' };
    });

    await expect(builders.build([cellOf('a', [at('one')])], [one])).rejects.toBe(reason);
    expect(builders.begun).toHaveLength(1);
  });
});

describe('a missing builder', () => {
  const missing = builderOf('new', { state: 'missing' });

  test('createBuildkitEngine makes it first, and only it', async () => {
    const made: string[] = [];
    await withFate(() => 'builds').build([cellOf('a', [at('new')]), cellOf('b', [at('one')])], [missing, one], {
      ensureBuilder: async ({ name }) => {
        await builders.host.clock.sleep(5000);
        made.push(name);
      },
    });

    expect(made).toEqual(['new']);
    expect(builders.begun.map(({ cell, atMs }) => `${cell} ${atMs}`)).toEqual(['b 0', 'a 5000']);
  });

  test('createBuildkitEngine tells why a cell cannot be built where it cannot be made', async () => {
    const fault = new Fault('BUILDER_NOT_CREATED', 'Cannot build on "new": the builder could not be made');

    await withFate(() => 'builds').build([cellOf('a', [at('new')])], [missing], {
      ensureBuilder: () => Promise.reject(fault),
    });

    expect(builders.results).toMatchObject([{ kind: 'failed', fault: { code: 'BUILDERS_LOST', cause: fault } }]);
  });
});
