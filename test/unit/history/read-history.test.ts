import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readHistory } from '../../../src/history/read-history.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-history-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface FormerCell {
  readonly id: string;
  readonly ms: number;
  readonly route?: string;
  readonly state?: string;
  readonly cached?: number;
  readonly engine?: string;
}

function keep(id: string, cells: readonly FormerCell[]): void {
  mkdirSync(join(folder, id));
  const plan = cells.map(({ id: cell, route = 'native' }) => ({
    id: cell,
    builder: 'here',
    route: { kind: route, reason: '' },
    alternatives: [{ builder: 'there', route: { kind: 'emulated', reason: '' } }],
  }));
  const outcome = cells.map(({ id: cell, ms, state = 'built', cached = 0, engine = 'here' }) => ({
    cell,
    state,
    part: { engine, durationMs: ms, steps: { total: 4, cached }, more: true },
  }));
  writeFileSync(join(folder, id, 'plan.json'), JSON.stringify({ version: 1, cells: plan }));
  writeFileSync(join(folder, id, 'outcome.json'), JSON.stringify({ version: 1, cells: outcome }));
}

describe('readHistory', () => {
  test('gives what cells took, newest first, by the route that they were built on', async () => {
    keep('20260101T000000Z-a', [{ id: 'a', ms: 1 }]);
    keep('20260102T000000Z-b', [
      { id: 'a', ms: 2 },
      { id: 'b', ms: 9, route: 'emulated' },
    ]);
    keep('20260103T000000Z-c', [{ id: 'a', ms: 3, engine: 'there' }]);

    expect(await readHistory(folder, ['a', 'b', 'c'])).toEqual({
      cells: { a: { durationsMs: [2, 1], emulatedMs: [3] }, b: { durationsMs: [], emulatedMs: [9] } },
      unreadable: [],
    });
  });

  test('does not count what failed, was taken over or came from the cache', async () => {
    keep('20260101T000000Z-a', [
      { id: 'a', ms: 1, state: 'failed' },
      { id: 'b', ms: 1, state: 'reused' },
      { id: 'c', ms: 1, cached: 4 },
      { id: 'd', ms: 1, cached: 3 },
    ]);

    expect(Object.keys((await readHistory(folder, ['a', 'b', 'c', 'd'])).cells)).toEqual(['d']);
  });

  test('passes over runs that have not ended, and names those that cannot be read', async () => {
    keep('20260104T000000Z-d', [{ id: 'a', ms: 4 }]);
    mkdirSync(join(folder, '20260103T000000Z-c'));
    for (const [id, text] of [
      ['20260101T000000Z-a', '{"cells": ['],
      ['20260102T000000Z-b', '{"cells": [{"cell": 1, "state": "built"}]}'],
    ] as const) {
      mkdirSync(join(folder, id));
      writeFileSync(join(folder, id, 'plan.json'), '{"cells": []}');
      writeFileSync(join(folder, id, 'outcome.json'), text);
    }

    expect(await readHistory(folder, ['a'])).toEqual({
      cells: { a: { durationsMs: [4] } },
      unreadable: ['20260102T000000Z-b', '20260101T000000Z-a'],
    });
  });

  test('reads no more than tells enough', async () => {
    mkdirSync(join(folder, '20250101T000000Z-0'));
    writeFileSync(join(folder, '20250101T000000Z-0', 'outcome.json'), 'broken');
    for (let day = 1; day <= 6; day += 1) keep(`2026010${day}T000000Z-a`, [{ id: 'a', ms: day }]);

    expect(await readHistory(folder, ['a'])).toEqual({
      cells: { a: { durationsMs: [6, 5, 4, 3, 2] } },
      unreadable: [],
    });
  });

  test('looks at the newest runs alone for a cell that was never built', async () => {
    for (let day = 10; day < 30; day += 1) keep(`202601${day}T000000Z-a`, [{ id: day < 15 ? 'old' : 'a', ms: day }]);

    expect((await readHistory(folder, ['old', 'new'])).cells).toEqual({});
    expect((await readHistory(folder, ['a', 'new'])).cells['a']?.durationsMs).toHaveLength(12);
  });

  test('gives nothing before the first run', async () => {
    expect(await readHistory(join(folder, 'none'), ['a'])).toEqual({ cells: {}, unreadable: [] });
  });
});
