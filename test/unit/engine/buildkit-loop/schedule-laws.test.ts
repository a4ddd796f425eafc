import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { largeScenario, simulateFleet } from '../../../../bench/simulate-fleet.mjs';
import { formatPlace } from '../../../../src/engine/buildkit/loop/place.ts';
import { Schedule, type ScheduleEvent } from '../../../../src/engine/buildkit/loop/schedule.ts';
import type { Cell } from '../../../../src/plan/cell.ts';
import { at, builderOf, cellOf } from '../../../support/sample-fleet.ts';

const places = ['one', 'two', 'fleet/n1', 'fleet/n2', 'fleet/n3'];
const builders = [
  builderOf('one', { slots: 2 }),
  builderOf('two', { state: 'missing' }),
  builderOf('fleet', { slots: 4, nodeNames: ['n1', 'n2', 'n3'] }),
];
const slots = new Map([...places.map((place) => [place, place.startsWith('fleet') ? 2 : 1] as const), ['one', 2]]);

const someCells = fc
  .array(
    fc.record({
      places: fc.subarray(places, { minLength: 1 }),
      kind: fc.constantFrom('native' as const, 'emulated' as const),
      estimateMs: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
      retryCount: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((list) =>
    list.map((one, n) =>
      cellOf(
        `c${n}`,
        one.places.map((place, order) => at(place, order === 0 ? 'native' : one.kind)),
        {
          limits: { retryCount: one.retryCount },
          ...(one.estimateMs === undefined ? {} : { estimateMs: one.estimateMs }),
        },
      ),
    ),
  );

/** What happens at each step: which of the running cells ends, how, and whether a probe is answered. */
const someFate = fc.infiniteStream(
  fc.record({
    pick: fc.nat(),
    end: fc.constantFrom('built', 'built', 'transient', 'node-lost', 'emulator', 'permanent'),
    isAlive: fc.boolean(),
  }),
);

type Fate = typeof someFate extends fc.Arbitrary<fc.Stream<infer One>> ? One : never;

/** Runs a schedule to its end and gives how each cell ended, and every start; checks the slots on the way. */
function play(cells: readonly Cell[], fate: Iterator<Fate>) {
  const schedule = new Schedule(cells, builders);
  const running = new Map<string, string>();
  const ends: string[] = [];
  const starts: { readonly cell: string; readonly place: string }[] = [];
  const events: ScheduleEvent[] = [{ kind: 'made', builder: 'two', isReady: true }];
  let nowMs = 0;
  for (let step = 0; step < 2000 && !(schedule.isDone && step > 0); step += 1) {
    const { pick, end, isAlive } = fate.next().value as Fate;
    for (const decision of schedule.take(events.shift() ?? { kind: 'time' }, nowMs)) {
      if (decision.kind === 'start') {
        running.set(decision.cell.id, formatPlace(decision.placement));
        starts.push({ cell: decision.cell.id, place: formatPlace(decision.placement) });
      }
      if (decision.kind === 'give-up') ends.push(decision.cell.id);
      if (decision.kind === 'probe') events.push({ kind: 'probed', place: decision.place, isAlive });
    }
    checkSlots(running);
    const cell = [...running.keys()][pick % Math.max(1, running.size)];
    if (events.length > 0) continue;
    if (cell === undefined) nowMs = schedule.wakeMs(nowMs) ?? nowMs;
    else {
      running.delete(cell);
      if (end === 'built') ends.push(cell);
      events.push(endOf(cell, end));
    }
  }
  return { ends, starts };
}

function endOf(cell: string, end: string): ScheduleEvent {
  if (end === 'transient' || end === 'node-lost' || end === 'emulator' || end === 'permanent')
    return { kind: 'failed', cell, failure: end, chance: 0.5 };
  return { kind: 'built', cell };
}

function checkSlots(running: ReadonlyMap<string, string>): void {
  for (const place of places) {
    const held = [...running.values()].filter((one) => one === place).length;
    expect(held).toBeLessThanOrEqual(slots.get(place) ?? 0);
  }
  expect([...running.values()].filter((place) => place.startsWith('fleet')).length).toBeLessThanOrEqual(4);
}

describe('whatever happens', () => {
  test('Schedule never starts a cell where it is not placed, keeps the slots, and ends each cell once', () => {
    fc.assert(
      fc.property(someCells, someFate, (cells, fate) => {
        const { ends, starts } = play(cells, fate);

        expect([...ends].sort()).toEqual(cells.map(({ id }) => id).sort());
        for (const { cell, place } of starts) {
          const placements = cells.filter(({ id }) => id === cell).flatMap((one) => [one, ...(one.alternatives ?? [])]);
          expect(placements.map(formatPlace)).toContain(place);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('a fleet in virtual time', () => {
  test.each(['spread', 'first'] as const)('Schedule comes within a tenth of the lower bound, planned %s', (planned) => {
    const scenario = largeScenario({ cells: 400, nodes: 20, seed: 7, planned });

    const result = simulateFleet(new Schedule(scenario.cells, scenario.builders), scenario);

    expect(result.built + result.givenUp).toBe(400);
    expect(result.excess).toBe(0);
    expect(result.attempts).toBeGreaterThan(400);
    expect(result.makespanMs).toBeGreaterThanOrEqual(result.usefulBoundMs);
    expect(result.makespanMs / result.boundMs).toBeLessThan(1.1);
  });
});
