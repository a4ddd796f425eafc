import { describe, expect, test } from 'vitest';
import type { FailureKind } from '../../../../src/engine/buildkit/attempt.ts';
import { formatPlace } from '../../../../src/engine/buildkit/loop/place.ts';
import { type Decision, Schedule } from '../../../../src/engine/buildkit/loop/schedule.ts';
import { at, builderOf, cellOf } from '../../../support/sample-fleet.ts';

/** What is decided, in short: `a@fleet/n1`. */
function starts(decisions: readonly Decision[]): readonly string[] {
  return decisions.flatMap((decision) =>
    decision.kind === 'start' ? [`${decision.cell.id}@${formatPlace(decision.placement)}`] : [],
  );
}

function failed(cell: string, failure: FailureKind) {
  return { kind: 'failed', cell, failure, chance: 0 } as const;
}

function built(cell: string) {
  return { kind: 'built', cell } as const;
}

const begin = { kind: 'time' } as const;
const fleet = builderOf('fleet', { slots: 2, nodeNames: ['n1', 'n2'] });

describe('the order of cells', () => {
  test('Schedule begins the longest first', () => {
    const cells = [10, 30, 20].map((ms) => cellOf(`c${ms}`, [at('one')], { estimateMs: ms }));
    const schedule = new Schedule(cells, [builderOf('one')]);

    const order = [
      ...starts(schedule.take(begin, 0)),
      ...starts(schedule.take(built('c30'), 30)),
      ...starts(schedule.take(built('c20'), 50)),
    ];

    expect(order).toEqual(['c30@one', 'c20@one', 'c10@one']);
  });

  test('Schedule takes cells of equal length in the order of the plan', () => {
    const cells = ['b', 'a', 'c'].map((id) => cellOf(id, [at('one')], { estimateMs: 5 }));

    expect(starts(new Schedule(cells, [builderOf('one', { slots: 3 })]).take(begin, 0))).toEqual([
      'b@one',
      'a@one',
      'c@one',
    ]);
  });

  test('Schedule takes a cell that was never built for one of the longer of its image', () => {
    const cells = [
      ...[10, 20, 30, 40].map((ms) => cellOf(`c${ms}`, [at('one')], { estimateMs: ms })),
      cellOf('new', [at('one')]),
      cellOf('other', [at('one')], { image: 'other', estimateMs: 35 }),
    ];

    expect(starts(new Schedule(cells, [builderOf('one', { slots: 6 })]).take(begin, 0))).toEqual([
      'c40@one',
      'new@one',
      'other@one',
      'c30@one',
      'c20@one',
      'c10@one',
    ]);
  });
});

describe('the slots', () => {
  test('Schedule gives each node its share and the builder no more than it has', () => {
    const cells = [1, 2, 3, 4, 5].flatMap((n) => [cellOf(`a${n}`, [at('big/n1')]), cellOf(`b${n}`, [at('big/n2')])]);

    const wide = starts(new Schedule(cells, [builderOf('big', { slots: 6, nodeNames: ['n1', 'n2'] })]).take(begin, 0));
    const narrow = starts(
      new Schedule(cells, [builderOf('big', { slots: 3, nodeNames: ['n1', 'n2'] })]).take(begin, 0),
    );

    expect(wide).toEqual(['a1@big/n1', 'a2@big/n1', 'a3@big/n1', 'b1@big/n2', 'b2@big/n2', 'b3@big/n2']);
    expect(narrow).toHaveLength(3);
  });

  test('Schedule leaves a slot idle rather than build a cell where it is not placed', () => {
    const cells = [cellOf('a', [at('fleet/n1')]), cellOf('b', [at('fleet/n1')])];

    expect(starts(new Schedule(cells, [fleet]).take(begin, 0))).toEqual(['a@fleet/n1']);
  });

  test('Schedule takes a builder of one node for that node', () => {
    expect(starts(new Schedule([cellOf('a', [at('one/n0')])], [builderOf('one')]).take(begin, 0))).toEqual([
      'a@one/n0',
    ]);
  });

  test('Schedule refuses a cell that is placed nowhere', () => {
    expect(() => new Schedule([cellOf('a', [at('gone')])], [fleet])).toThrow(/"gone", which is no builder/);
    expect(() => new Schedule([cellOf('a', [at('fleet/n3')])], [fleet])).toThrow(/which is no builder/);
  });
});

describe('an idle place', () => {
  test('Schedule lets it take a cell whose planned place is busy', () => {
    const cells = ['a', 'b'].map((id) => cellOf(id, [at('fleet/n1'), at('fleet/n2')]));

    expect(starts(new Schedule(cells, [fleet]).take(begin, 0))).toEqual(['a@fleet/n1', 'b@fleet/n2']);
  });

  test('Schedule keeps it for the cells that can go nowhere else', () => {
    const cells = [
      cellOf('only', [at('fleet/n2')], { estimateMs: 100 }),
      cellOf('either', [at('fleet/n1'), at('fleet/n2')], { estimateMs: 90 }),
    ];

    expect(starts(new Schedule(cells, [fleet]).take(begin, 0))).toEqual(['either@fleet/n1', 'only@fleet/n2']);
  });

  test('Schedule emulates for want of work only where that is known to be faster', () => {
    function idleEmulates(count: number, estimateMs?: number): boolean {
      const places = [at('fleet/n1'), at('fleet/n2', 'emulated')];
      const cells = Array.from({ length: count }, (_, n) =>
        cellOf(`c${n}`, places, estimateMs === undefined ? {} : { estimateMs }),
      );
      return starts(new Schedule(cells, [fleet]).take(begin, 0)).some((start) => start.endsWith('fleet/n2'));
    }

    expect(idleEmulates(8, 1000)).toBe(false);
    expect(idleEmulates(20, 1000)).toBe(true);
    expect(idleEmulates(20)).toBe(false);
  });

  test('Schedule gives the shortest cell to a slower place', () => {
    const slow = { ...at('fleet/n2'), estimateMs: 60 };
    const cells = [10, 20, 30, 40].map((ms) => cellOf(`c${ms}`, [at('fleet/n1'), slow], { estimateMs: ms }));

    expect(starts(new Schedule(cells, [fleet]).take(begin, 0))).toEqual(['c40@fleet/n1', 'c10@fleet/n2']);
  });
});

describe('a failure', () => {
  test('Schedule ends a cell that fails for good and goes on with the others', () => {
    const schedule = new Schedule([cellOf('a', [at('one')]), cellOf('b', [at('one')])], [builderOf('one')]);
    schedule.take(begin, 0);

    const decisions = schedule.take(failed('a', 'permanent'), 10);

    expect(decisions).toMatchObject([{ kind: 'give-up', reason: { why: 'permanent' } }, { kind: 'start' }]);
  });

  test('Schedule tries again after 2, 4 and 8 seconds, and then gives up', () => {
    const schedule = new Schedule([cellOf('a', [at('one')])], [builderOf('one')]);
    schedule.take(begin, 0);
    let nowMs = 0;
    for (const [retry, delayMs] of [2000, 4000, 8000].entries()) {
      expect(schedule.take(failed('a', 'transient'), nowMs)).toMatchObject([{ kind: 'rest', delayMs }]);
      expect(schedule.take(begin, nowMs + delayMs - 1)).toEqual([]);
      nowMs += delayMs;
      expect(schedule.take(begin, nowMs)).toMatchObject([{ kind: 'start', attempt: retry + 2 }]);
    }

    expect(schedule.take(failed('a', 'transient'), nowMs)).toMatchObject([
      { kind: 'give-up', reason: { why: 'retries-used-up', attemptCount: 4 } },
    ]);
    expect(schedule.isDone).toBe(true);
  });

  test('Schedule holds no slot for a cell that waits to be tried again', () => {
    const schedule = new Schedule([cellOf('a', [at('one')]), cellOf('b', [at('one')])], [builderOf('one')]);
    schedule.take(begin, 0);

    expect(starts(schedule.take(failed('a', 'transient'), 0))).toEqual(['b@one']);
  });

  test('Schedule tries again at another place that is as good', () => {
    const places = [at('fleet/n1'), at('fleet/n2'), at('fleet/n2', 'emulated')];
    const schedule = new Schedule([cellOf('a', places)], [fleet]);
    schedule.take(begin, 0);
    schedule.take(failed('a', 'transient'), 0);

    expect(starts(schedule.take(begin, 2000))).toEqual(['a@fleet/n2']);
  });

  test('Schedule takes the next allowed route where the emulator fails, and none that is not allowed', () => {
    const more = new Schedule([cellOf('a', [at('fleet/n1', 'emulated'), at('fleet/n2', 'cross')])], [fleet]);
    const none = new Schedule([cellOf('a', [at('fleet/n1', 'emulated')])], [fleet]);
    more.take(begin, 0);
    none.take(begin, 0);

    expect(more.take(failed('a', 'emulator'), 5)).toMatchObject([
      { kind: 'start', placement: { node: 'n2', route: { kind: 'cross' } } },
    ]);
    expect(none.take(failed('a', 'emulator'), 5)).toMatchObject([
      { kind: 'give-up', reason: { why: 'no-other-route' } },
    ]);
  });

  test('Schedule gives a place a rest on which everything fails', () => {
    const cells = ['a', 'b', 'c', 'd', 'e'].map((id) => cellOf(id, [at('fleet/n1'), at('fleet/n2')]));
    const schedule = new Schedule(cells, [builderOf('fleet', { slots: 6, nodeNames: ['n1', 'n2'] })]);
    schedule.take(begin, 0);
    for (const id of ['a', 'b']) schedule.take(failed(id, 'transient'), 0);
    schedule.take(failed('c', 'transient'), 500);

    expect(starts(schedule.take(begin, 2000))).toEqual(['a@fleet/n2']);
    expect(starts(schedule.take(begin, 2500))).toEqual(['b@fleet/n1', 'c@fleet/n1']);
  });

  test('Schedule gives a place one rest for all that was begun before it, and a longer one for what fails after it', () => {
    const cells = ['a', 'b', 'c', 'd', 'e'].map((id) => cellOf(id, [at('one')]));
    const schedule = new Schedule(cells, [builderOf('one', { slots: 5 })]);
    schedule.take(begin, 0);
    for (const id of ['a', 'b', 'c', 'd', 'e']) schedule.take(failed(id, 'transient'), 500);

    const again = starts(schedule.take(begin, 2500));
    schedule.take(failed('a', 'transient'), 2600);

    expect(again).toEqual(['a@one', 'b@one', 'c@one', 'd@one', 'e@one']);
    expect(starts(schedule.take(begin, 6599))).toEqual([]);
    expect(starts(schedule.take(begin, 6600))).toEqual(['a@one']);
  });
});
