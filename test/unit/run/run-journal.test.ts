import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPlanFile } from '../../../src/run/journal/read-plan-file.ts';
import { openRunJournal } from '../../../src/run/journal/run-journal.ts';
import { readCellRecords } from '../../../src/run/parts/read-cell-records.ts';
import { type FakeHost, fakeHost } from '../../support/fake-host.ts';
import { partRecord } from '../../support/part-record.ts';
import { planOf } from '../../support/plan-facts.ts';

let folder = '';
let host: FakeHost = fakeHost();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-journal-'));
  host = fakeHost({ workingDirectory: folder });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const runId = '20260101T000000Z-abcdef';
const plan = planOf('image: app\nplatforms: [linux/arm64, linux/amd64]\n', {}, { runId });

function keep(path: string, value: object): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify(value));
  return file;
}

describe('openRunJournal', () => {
  test('keeps plan, parts and outcome, without secrets, and leaves nothing half written', async () => {
    host.redactor.add('hunter2"quoted');
    const journal = await openRunJournal(host, folder, runId);
    await journal.keepPlan({ ...plan, engine: { name: 'embedded', reason: 'a hunter2"quoted' } });
    journal.keepCell('app-linux-arm64', partRecord({ logTail: ['token hunter2"quoted'] }));
    await journal.settled();

    const files = readdirSync(journal.folder, { recursive: true, encoding: 'utf8' }).sort();

    expect(files).toEqual(['parts', 'parts/app-linux-arm64.json', 'plan.json']);
    for (const file of ['plan.json', 'parts/app-linux-arm64.json']) {
      const text = readFileSync(join(journal.folder, file), 'utf8');
      expect(text).toContain('***');
      expect(text).not.toContain('hunter2');
    }
    expect(readFileSync(join(folder, '.polyarch/.gitignore'), 'utf8')).toBe('*\n');
  });

  test('tells of a part that could not be kept when the build has ended', async () => {
    const journal = await openRunJournal(host, folder, runId);
    await journal.settled();
    rmSync(join(journal.folder, 'parts'), { recursive: true });

    journal.keepCell('a', partRecord());

    await expect(journal.settled()).rejects.toMatchObject({ code: 'STORE_PATH_UNUSABLE' });
  });

  test('removes the oldest runs, but for those whose parts a newer one took over', async () => {
    const ids = Array.from({ length: 53 }, (_, day) => `2025${String(day + 1000)}T000000Z-aaaaaa`);
    for (const id of ids) mkdirSync(join(folder, '.polyarch/runs', id, 'content'), { recursive: true });
    const { outcome } = partRecord();
    if (outcome.state !== 'built') throw new Error('it was built');
    const location = `oci:${join(folder, '.polyarch/runs', ids[1] ?? '', 'content')}`;
    keep(`.polyarch/runs/${ids[50] ?? ''}/parts/a.json`, { ...outcome, part: { ...outcome.part, location } });

    await openRunJournal(host, folder, runId);

    const left = readdirSync(join(folder, '.polyarch/runs'));
    expect(ids.slice(0, 5).map((id) => left.includes(id))).toEqual([false, true, false, false, true]);
  });
});

describe('readCellRecords', () => {
  test('gives what became of each cell, and fails those that handed nothing over', async () => {
    const record = partRecord();
    keep('parts/job-1/app-linux-arm64.json', record);

    const outcomes = await readCellRecords(['parts'], plan, host);

    expect(outcomes.get('app/linux/arm64')).toEqual(record.outcome);
    expect(outcomes.get('app/linux/amd64')).toMatchObject({ state: 'failed', problem: { code: 'RECORD_MISSING' } });
  });

  test('takes the later of two records, and looks into no layout beside them', async () => {
    const late = partRecord({ finishedAt: '2026-01-02T00:00:00.000Z', logTail: ['late'] });
    keep('parts/2/a.json', partRecord());
    keep('parts/1/a.json', { ...late, outcome: { cell: late.cell, state: 'skipped', reason: 'later' } });
    keep('parts/layout/index.json', { schemaVersion: 2 });
    keep('parts/layout/oci-layout', {});

    const outcomes = await readCellRecords(['parts'], plan, host);

    expect(outcomes.get('app/linux/arm64')).toMatchObject({ state: 'skipped' });
  });

  test('finds a part that lies beside its record wherever the folder was carried', async () => {
    const { outcome, ...record } = partRecord();
    if (outcome.state !== 'built') throw new Error('it was built');
    const part = { ...outcome.part, location: 'oci:app-linux-arm64' };
    const file = keep('carried/here/a.json', { ...record, outcome: { ...outcome, part } });

    const outcomes = await readCellRecords([file], plan, host);

    expect(outcomes.get(record.cell)).toMatchObject({
      part: { location: `oci:${join(folder, 'carried/here/app-linux-arm64')}` },
    });
  });

  test.each([
    ['another run', partRecord({ runId: 'other' }), 'it is of the run other'],
    ['an unknown cell', partRecord({ cell: 'b', outcome: { cell: 'b', state: 'skipped', reason: '' } }), 'no cell "b"'],
  ])('refuses a record of %s', async (_name, record, message) => {
    keep('parts/a.json', record);

    await expect(readCellRecords(['parts'], plan, host)).rejects.toMatchObject({
      code: 'RECORD_FOREIGN',
      message: expect.stringContaining(message),
    });
  });

  test('refuses what is no record, and a folder that is not there', async () => {
    keep('parts/a.json', { version: 1 });

    await expect(readCellRecords(['parts'], plan, host)).rejects.toMatchObject({ code: 'RECORD_UNREADABLE' });
    await expect(readCellRecords(['nowhere'], plan, host)).rejects.toMatchObject({ code: 'RECORD_UNREADABLE' });
  });
});

describe('readPlanFile', () => {
  test('reads a plan for another checkout', async () => {
    keep('plan.json', plan);

    expect(await readPlanFile('plan.json', host)).toEqual(plan);
    expect((await readPlanFile('plan.json', host, { root: 'checkout' })).root).toBe(join(folder, 'checkout'));
  });

  test('refuses what is no plan, with the file', async () => {
    keep('plan.json', { version: 1 });

    await expect(readPlanFile('plan.json', host)).rejects.toMatchObject({
      code: 'PLAN_UNREADABLE',
      where: { file: join(folder, 'plan.json') },
    });
    await expect(readPlanFile('other.json', host)).rejects.toMatchObject({ code: 'PLAN_UNREADABLE' });
    expect(existsSync(join(folder, 'other.json'))).toBe(false);
  });
});
