import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/host/event.ts';
import { choosePalette } from '../../../src/report/palette.ts';
import { type ProgressEvent, redactEvent } from '../../../src/report/progress-event.ts';
import { renderFrame } from '../../../src/report/progress-frame.ts';
import { ProgressModel } from '../../../src/report/progress-model.ts';
import { chooseProgressMode, createProgressView, type ProgressMode } from '../../../src/report/progress-view.ts';
import { widthOf } from '../../../src/report/text-width.ts';
import { expectGolden } from './golden.ts';

const palette = choosePalette(false);
const size = { columns: 80, rows: 24 };

/** A host's events are what the model takes: the compiler says so here. */
const run: readonly (readonly [nowMs: number, event: RunEvent])[] = [
  [0, { kind: 'task-started', id: 'build', title: 'build app' }],
  [10, { kind: 'task-started', id: 'a', title: 'linux/arm64 COPY . /app', parent: 'build', totalBytes: 40_000_000 }],
  [
    20,
    {
      kind: 'task-started',
      id: 'b',
      title: 'linux/amd64 漢字 COPY --from=build /very/long/path/to/a/program /bin/program',
      parent: 'build',
    },
  ],
  [1010, { kind: 'task-progressed', id: 'a', doneBytes: 12_300_000 }],
  [1020, { kind: 'log', id: 'b', text: 'first line\nsecond \u001B[31mline' }],
  [1030, { kind: 'task-started', id: 'c', title: 'layer', parent: 'a' }],
  [1040, { kind: 'task-ended', id: 'c', outcome: 'cached' }],
  [1050, { kind: 'note', level: 'warning', text: 'two\nlines', hint: 'do this' }],
];
const end: readonly (readonly [nowMs: number, event: RunEvent])[] = [
  [2000, { kind: 'task-ended', id: 'b', outcome: 'failed', detail: 'exit code 1' }],
  [2100, { kind: 'task-ended', id: 'a', outcome: 'done' }],
  [2200, { kind: 'task-ended', id: 'build', outcome: 'skipped' }],
];

function modelOf(events: readonly (readonly [number, ProgressEvent])[]): ProgressModel {
  const model = new ProgressModel();
  for (const [nowMs, event] of events) model.apply(event, nowMs);
  return model;
}

function linesOf(mode: ProgressMode): readonly string[] {
  const view = createProgressView(mode, palette);
  return [...run, ...end].flatMap(([nowMs, event]) => view.take(event, nowMs));
}

describe('renderFrame', () => {
  test('shows what is done and what runs, children below their parents', () => {
    expectGolden('frame.txt', renderFrame(modelOf(run), { ...size, nowMs: 1100, palette }).join('\n'));
  });

  test('counts what failed', () => {
    const [head] = renderFrame(modelOf([...run, ...end.slice(0, 1)]), { ...size, nowMs: 2000, palette });

    expect(head).toBe('2 of 4 done · 1 from cache · 1 failed · 2.0 s');
  });

  test('is empty before the first task and after the last', () => {
    expect(renderFrame(modelOf([]), { ...size, nowMs: 0, palette })).toEqual([]);
    expect(renderFrame(modelOf([...run, ...end]), { ...size, nowMs: 3000, palette })).toEqual([]);
  });

  test('leaves the last row free and says how many tasks are not shown', () => {
    const many = Array.from({ length: 50 }, (_, index): readonly [number, ProgressEvent] => [
      0,
      { kind: 'task-started', id: String(index), title: `task ${index}` },
    ]);
    const frame = renderFrame(modelOf(many), { columns: 80, rows: 10, nowMs: 0, palette });

    expect(frame).toHaveLength(9);
    expect(frame.at(-1)).toBe('   … and 43 more');
    expect(renderFrame(modelOf(many), { columns: 80, rows: 100, nowMs: 0, palette })).toHaveLength(21);
  });

  test('shows tasks of a parent that has ended, and those that are each other’s parents do no harm', () => {
    const orphan = modelOf([[0, { kind: 'task-started', id: 'a', title: 'orphan', parent: 'gone' }]]);
    const own = modelOf([[0, { kind: 'task-started', id: 'a', title: 'own', parent: 'a' }]]);
    const circle = modelOf([
      [0, { kind: 'task-started', id: 'a', title: 'a', parent: 'b' }],
      [0, { kind: 'task-started', id: 'b', title: 'b', parent: 'a' }],
    ]);

    expect(renderFrame(orphan, { ...size, nowMs: 0, palette })[1]).toContain('orphan');
    expect(renderFrame(own, { ...size, nowMs: 0, palette })[1]).toContain('own');
    expect(renderFrame(circle, { ...size, nowMs: 0, palette })).toHaveLength(1);
  });

  test('no line is wider than the terminal, however narrow', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 40 }), (columns, rows) => {
        const frame = renderFrame(modelOf(run), { columns, rows, nowMs: 5000, palette });

        expect(Math.max(...frame.map(widthOf))).toBeLessThanOrEqual(columns);
        expect(frame.length).toBeLessThanOrEqual(Math.max(2, rows - 1));
      }),
      { numRuns: 200 },
    );
  });

  test('takes events of tasks that never started or have ended', () => {
    const model = modelOf([
      [0, { kind: 'task-progressed', id: 'x', doneBytes: 1 }],
      [0, { kind: 'log', id: 'x', text: 'x' }],
      [0, { kind: 'task-ended', id: 'x', outcome: 'done' }],
    ]);

    expect(model.counts).toEqual({ started: 0, ended: 0, cached: 0, failed: 0 });
  });
});

describe('createProgressView', () => {
  test('plain has a line for every log line, note, ended task and failed part of one', () => {
    expectGolden('progress.plain.txt', linesOf('plain').join('\n'));
  });

  test('tty keeps notes and what failed with its log, and frames the rest', () => {
    const view = createProgressView('tty', palette);

    const kept = run.flatMap(([nowMs, event]) => view.take(event, nowMs));

    expect(kept).toEqual(['warning: two', '  lines', '  do this']);
    expect(view.frame({ ...size, nowMs: 1100 })).toHaveLength(4);
    expect(end.flatMap(([nowMs, event]) => view.take(event, nowMs))).toEqual([
      `failed linux/amd64 漢字 COPY --from=build /very/long/path/to/a/program /bin/program  2.0 s  exit code 1`,
      '  first line',
      String.raw`  second \u001b[31mline`,
    ]);
  });

  test('rawjson has one event a line', () => {
    const lines = linesOf('rawjson');

    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(
      [...run, ...end].map(([timeMs, event]) => ({ timeMs, ...event })),
    );
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
  });

  test('quiet has nothing, and only tty has a frame', () => {
    expect(linesOf('quiet')).toEqual([]);
    for (const mode of ['plain', 'quiet', 'rawjson'] as const) {
      const view = createProgressView(mode, palette);
      for (const [nowMs, event] of run) view.take(event, nowMs);

      expect(view.frame({ ...size, nowMs: 1100 })).toEqual([]);
    }
  });

  test('a failed task shows the last twenty lines of its log', () => {
    const view = createProgressView('tty', palette);
    view.take({ kind: 'task-started', id: 'a', title: 'a' }, 0);
    for (let line = 1; line <= 100; line += 1) view.take({ kind: 'log', id: 'a', text: `line ${line}` }, 0);

    const shown = view.take({ kind: 'task-ended', id: 'a', outcome: 'failed' }, 0);

    expect([shown.length, shown[1], shown.at(-1)]).toEqual([21, '  line 81', '  line 100']);
  });
});

test.each([
  ['auto', true, 'tty'],
  ['auto', false, 'plain'],
  ['plain', true, 'plain'],
  ['tty', false, 'tty'],
  ['quiet', true, 'quiet'],
  ['rawjson', false, 'rawjson'],
] as const)('chooseProgressMode of %s is %s -> %s', (choice, isInteractive, mode) => {
  expect(chooseProgressMode(choice, isInteractive)).toBe(mode);
});

test('redactEvent reaches every text of every event', () => {
  const events: readonly ProgressEvent[] = [
    { kind: 'task-started', id: 'i', title: 'secret' },
    { kind: 'task-progressed', id: 'i', doneBytes: 1 },
    { kind: 'task-ended', id: 'i', outcome: 'done', detail: 'secret' },
    { kind: 'task-ended', id: 'i', outcome: 'done' },
    { kind: 'log', id: 'i', text: 'secret' },
    { kind: 'note', level: 'info', text: 'secret', hint: 'secret' },
    { kind: 'note', level: 'info', text: 'secret' },
  ];

  const redacted = events.map((event) => redactEvent(event, (text) => text.replaceAll('secret', '***')));

  expect(JSON.stringify(redacted)).toBe(JSON.stringify(events).replaceAll('secret', '***'));
});
