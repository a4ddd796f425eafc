import { describe, expect, test } from 'vitest';
import type { FailureKind } from '../../../../src/engine/buildkit/attempt.ts';
import { Schedule } from '../../../../src/engine/buildkit/loop/schedule.ts';
import { at, builderOf, cellOf } from '../../../support/sample-fleet.ts';

const fleet = builderOf('fleet', { slots: 4, nodeNames: ['n1', 'n2'] });
const begin = { kind: 'time' } as const;
const n1 = { builder: 'fleet', node: 'n1' };

function failed(cell: string, failure: FailureKind) {
  return { kind: 'failed', cell, failure, chance: 0 } as const;
}

function probed(isAlive: boolean) {
  return { kind: 'probed', place: n1, isAlive } as const;
}

/** A schedule whose two cells can only be built on `fleet/n1`, which is lost under one of them at 0. */
function stranded(retryCount: number) {
  const cells = ['a', 'b'].map((id) => cellOf(id, [at('fleet/n1')], { limits: { retryCount } }));
  const schedule = new Schedule(cells, [fleet]);
  schedule.take(begin, 0);
  return { schedule, decisions: schedule.take(failed('a', 'node-lost'), 0) };
}

describe('a lost place', () => {
  test('Schedule moves its running and waiting cells to another that qualifies', () => {
    const cells = ['a', 'b', 'c', 'd', 'e'].map((id) => cellOf(id, [at('fleet/n1'), at('fleet/n2')]));
    const schedule = new Schedule(cells, [builderOf('fleet', { slots: 2, nodeNames: ['n1', 'n2'] })]);
    schedule.take(begin, 0);

    const lost = schedule.take(failed('a', 'node-lost'), 10);
    const next = schedule.take({ kind: 'built', cell: 'b' }, 20);

    expect(lost).toMatchObject([{ kind: 'lost', place: n1, running: [] }]);
    expect(next).toMatchObject([{ kind: 'start', placement: { node: 'n2' } }]);
  });

  test('Schedule names the cells that still run there', () => {
    const { decisions } = stranded(3);

    expect(decisions).toMatchObject([{ kind: 'lost', place: n1, running: ['b'] }]);
  });

  test('Schedule looks at it again after 2, 4 and 8 seconds and then gives up the cells that have no other', () => {
    const { schedule } = stranded(3);
    schedule.take(failed('b', 'node-lost'), 0);
    let nowMs = 0;
    for (const delayMs of [2000, 4000]) {
      nowMs += delayMs;
      expect(schedule.wakeMs(nowMs - delayMs)).toBe(nowMs);
      expect(schedule.take(begin, nowMs)).toMatchObject([{ kind: 'probe', place: n1 }]);
      expect(schedule.take(probed(false), nowMs)).toEqual([]);
    }
    schedule.take(begin, nowMs + 8000);

    expect(schedule.take(probed(false), nowMs + 8000)).toMatchObject([
      { kind: 'give-up', reason: { why: 'no-place', places: ['fleet/n1'] } },
      { kind: 'give-up', reason: { why: 'no-place', places: ['fleet/n1'] } },
    ]);
    expect(schedule.isDone).toBe(true);
  });

  test('Schedule gives up at once a cell that is not to be tried again and has no other place', () => {
    const { decisions } = stranded(0);

    expect(decisions).toMatchObject([{ kind: 'lost' }, { kind: 'give-up', reason: { why: 'no-place' } }]);
  });

  test('Schedule trusts one that answers again with one cell, and with all after that went well', () => {
    const cells = ['a', 'b', 'c', 'd'].map((id) => cellOf(id, [at('fleet/n1')]));
    const schedule = new Schedule(cells, [fleet]);
    schedule.take(begin, 0);
    for (const id of ['a', 'b']) schedule.take(failed(id, 'node-lost'), 0);
    schedule.take(begin, 2000);

    const trial = schedule.take(probed(true), 2000);
    const proved = schedule.take({ kind: 'built', cell: 'c' }, 3000);

    expect(trial).toMatchObject([{ kind: 'start', cell: { id: 'c' } }]);
    expect(proved).toMatchObject([{ kind: 'back', place: n1 }, { kind: 'start' }, { kind: 'start' }]);
  });

  test('Schedule looks later at one that answered and was lost again', () => {
    const { schedule } = stranded(3);
    schedule.take(failed('b', 'node-lost'), 0);
    schedule.take(begin, 2000);
    schedule.take(probed(true), 2000);

    expect(schedule.take(failed('a', 'node-lost'), 2500)).toMatchObject([{ kind: 'lost' }]);
    expect(schedule.wakeMs(2500)).toBe(2500 + 4000);
  });

  test('Schedule takes a part that comes from it as proof that it works', () => {
    const { schedule } = stranded(3);

    expect(schedule.take({ kind: 'built', cell: 'b' }, 100)).toMatchObject([
      { kind: 'back', place: n1 },
      { kind: 'start', cell: { id: 'a' }, attempt: 2 },
    ]);
  });

  test('Schedule gives up a cell under which three places were lost', () => {
    const nodes = ['n1', 'n2', 'n3', 'n4'];
    const cell = cellOf(
      'a',
      nodes.map((node) => at(`fleet/${node}`)),
    );
    const schedule = new Schedule([cell], [builderOf('fleet', { slots: 4, nodeNames: nodes })]);
    schedule.take(begin, 0);
    schedule.take(failed('a', 'node-lost'), 0);
    schedule.take(failed('a', 'node-lost'), 0);

    expect(schedule.take(failed('a', 'node-lost'), 0)).toMatchObject([
      { kind: 'lost' },
      { kind: 'give-up', reason: { why: 'ends-places', places: ['fleet/n1', 'fleet/n2', 'fleet/n3'] } },
    ]);
  });
});

describe('a missing builder', () => {
  const missing = builderOf('new', { state: 'missing' });

  test('Schedule waits until it is made', () => {
    const schedule = new Schedule([cellOf('a', [at('new')])], [missing]);

    expect(schedule.take(begin, 0)).toEqual([]);
    expect(schedule.take({ kind: 'made', builder: 'new', isReady: true }, 9)).toMatchObject([{ kind: 'start' }]);
  });

  test('Schedule goes elsewhere, or gives up, where it cannot be made', () => {
    const cells = [cellOf('a', [at('new'), at('one')]), cellOf('b', [at('new')])];
    const schedule = new Schedule(cells, [missing, builderOf('one')]);
    schedule.take(begin, 0);

    const decisions = schedule.take({ kind: 'made', builder: 'new', isReady: false }, 9);

    expect(decisions).toMatchObject([
      { kind: 'give-up', cell: { id: 'b' }, reason: { why: 'no-place', places: ['new'] } },
    ]);
  });

  test('Schedule lets another builder begin while it is being made', () => {
    const cells = [cellOf('a', [at('new'), at('one')]), cellOf('b', [at('new')])];
    const schedule = new Schedule(cells, [missing, builderOf('one')]);

    expect(schedule.take(begin, 0)).toMatchObject([
      { kind: 'start', cell: { id: 'a' }, placement: { builder: 'one' } },
    ]);
  });
});
