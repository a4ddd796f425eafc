import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CellRecord } from '../../../src/plan/cell-record.ts';
import { cellSlugs } from '../../../src/plan/cell-slug.ts';
import type { CellOutcome } from '../../../src/plan/outcome.ts';
import { readReport } from '../../../src/run/report.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { planOf } from '../../support/plan-facts.ts';
import { runCommand } from '../../support/run-command.ts';
import { SmallForge } from '../../support/small-forge.ts';
import { badOutcome, goodOutcome, sampleProblem } from '../report/sample-run.ts';

const runId = '20260102T030405Z-abcdef';
const event = {
  provider: 'github',
  name: 'pull_request',
  ref: 'refs/pull/7/merge',
  sha: 'ab'.repeat(20),
  pullRequest: { number: 7, isFork: false },
  repository: { fullName: 'acme/app' },
  isCi: true,
} as const;
const yaml = `
image: ghcr.io/acme/app
platforms: [linux/amd64, linux/arm64]
args: {BASE: "node:22"}
`;
const dockerfile = 'ARG BASE\nFROM $BASE AS build\nFROM build\nCOPY . /app\n';
const plan = planOf(yaml, {}, { event, dockerfiles: { '/project/Dockerfile': dockerfile } });

describe('readReport', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'polyarch-report-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function host(env: Readonly<Record<string, string>> = {}) {
    return fakeHost({ workingDirectory: folder, env });
  }

  function write(path: string, value: unknown): string {
    const file = join(folder, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, JSON.stringify(value));
    return file;
  }

  /** What a job leaves of the cell for a platform. */
  function writeRecord(place: string, platform: string, outcome: (cell: string) => CellOutcome): void {
    const cell = plan.cells.find((one) => one.platform === platform)?.id ?? '';
    const record: CellRecord = {
      version: 1,
      kind: 'polyarch/part',
      runId,
      cell,
      platform,
      finishedAt: '2026-01-02T03:05:05.000Z',
      outcome: outcome(cell),
      logTail: ['step 1', 'boom'],
    };
    write(join(place, `${cellSlugs(plan.cells).get(cell) ?? ''}.json`), record);
  }

  function built(cell: string): CellOutcome {
    const [sample] = goodOutcome.cells;
    if (sample?.state !== 'built') throw new Error('the sample has changed');
    const platform = plan.cells.find(({ id }) => id === cell)?.platform ?? '';
    return { cell, state: 'built', part: { ...sample.part, cell, platform } };
  }

  function failed(cell: string): CellOutcome {
    const attempt = { builder: 'graviton', route: 'native', startedAt: plan.createdAt, durationMs: 12_000 } as const;
    return { cell, state: 'failed', problem: sampleProblem, attempts: [{ ...attempt, problem: sampleProblem }] };
  }

  test('reads the newest kept run, or the one that is named', async () => {
    const outcome = { ...goodOutcome, runId, cells: plan.cells.map(({ id }) => built(id)), releases: [] };
    write(`.polyarch/runs/20250101T000000Z-aaaaaa/plan.json`, { ...plan, runId: '20250101T000000Z-aaaaaa' });
    write(`.polyarch/runs/${runId}/plan.json`, plan);
    write(`.polyarch/runs/${runId}/outcome.json`, outcome);

    const newest = await readReport({ paths: [] }, host());
    const named = await readReport({ paths: ['20250101T000000Z-aaaaaa'] }, host());

    expect([newest.runId, newest.state]).toEqual([runId, 'succeeded']);
    expect([named.runId, named.state]).toEqual(['20250101T000000Z-aaaaaa', 'failed']);
    expect(named.cells.map(({ state }) => state)).toEqual(['skipped', 'skipped']);
  });

  test('keeps every field of an outcome', async () => {
    const { decodeOutcome } = await import('../../../src/plan/decode-outcome.ts');

    expect(decodeOutcome(JSON.parse(JSON.stringify(goodOutcome)))).toEqual(goodOutcome);
    expect(decodeOutcome(JSON.parse(JSON.stringify(badOutcome)))).toEqual(badOutcome);
    expect(() => decodeOutcome({ ...goodOutcome, state: 'well' })).toThrow('$.state');
  });

  test('puts the records of many jobs together, with the log of the one that failed', async () => {
    const from = write('plan.json', plan);
    writeRecord('parts/a', 'linux/amd64', built);
    writeRecord('parts/b', 'linux/arm64', failed);

    const summary = await readReport({ paths: ['parts/a', 'parts/b'], from }, host());

    expect(summary.state).toBe('failed');
    expect(summary.durationMs).toBe(60_000);
    expect(summary.cells.map(({ state }) => state)).toEqual(['built', 'failed']);
    expect(summary.cells[1]).toMatchObject({
      base: 'node:22',
      logTail: ['step 1', 'boom'],
      attempts: [{ builder: 'graviton', code: 'DOCKERFILE_SYNTAX', durationMs: 12_000 }],
    });
    expect(summary.releases[0]).toMatchObject({ bases: ['node:22'], platforms: ['linux/amd64'] });
  });

  test('a job that left no record has failed', async () => {
    const from = write('plan.json', plan);
    writeRecord('parts', 'linux/amd64', built);

    const summary = await readReport({ paths: [], from }, host());

    expect(summary.cells[1]).toMatchObject({ state: 'failed', problem: { code: 'RECORD_MISSING' } });
  });

  test('RUN_MISSING where there is no run, USAGE for several places without a plan', async () => {
    await expect(readReport({ paths: [] }, host())).rejects.toMatchObject({ code: 'RUN_MISSING' });
    await expect(readReport({ paths: ['nowhere'] }, host())).rejects.toMatchObject({ code: 'RUN_MISSING' });
    await expect(readReport({ paths: ['a', 'b'] }, host())).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('polyarch report writes each format, to a file, and to the summary of the job', async () => {
    const from = write('plan.json', plan);
    for (const platform of ['linux/amd64', 'linux/arm64']) writeRecord('parts', platform, built);
    const env = { GITHUB_STEP_SUMMARY: join(folder, 'summary.md') };

    const terminal = await runCommand(['report', 'parts', '--from', from], host());
    const markdown = await runCommand(['report', 'parts', '--from', from, '--format', 'markdown'], host(env));
    await runCommand(['report', 'parts', '--from', from, '--format', 'record', '--out', 'build.json'], host(env));

    expect(terminal.stdout).toContain('2 of 2 platforms built in 1 min 00 s');
    expect(markdown.stdout).toMatch(/^### ✅ 2 of 2 platforms built/);
    expect(readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8').match(/^### /gm)).toHaveLength(2);
    expect(JSON.parse(readFileSync(join(folder, 'build.json'), 'utf8'))).toMatchObject({
      kind: 'polyarch/build-record',
      commit: 'ab'.repeat(20),
      images: [{ image: 'app', bases: ['node:22'], platforms: [{ platform: 'linux/amd64', steps: 4 }, {}] }],
    });
  });

  test('polyarch report writes no file of subjects where nothing is published, and no second summary of the job', async () => {
    const from = write('plan.json', plan);
    writeRecord('parts', 'linux/amd64', built);
    const env = { GITHUB_STEP_SUMMARY: join(folder, 'summary.md') };

    const report = ['report', 'parts', '--from', from, '--format'];
    const subjects = await runCommand([...report, 'subjects', '--out', 'subjects.txt'], host(env));
    await runCommand([...report, 'record', '--out', 'record.json'], host());

    expect(subjects.exitCode).toBe(0);
    expect(existsSync(join(folder, 'subjects.txt'))).toBe(false);
    expect(existsSync(env.GITHUB_STEP_SUMMARY)).toBe(false);
    expect(existsSync(join(folder, 'record.json'))).toBe(true);
  });

  test('a summary that cannot be written is a note', async () => {
    const from = write('plan.json', plan);
    writeRecord('parts', 'linux/amd64', built);
    const own = host({ GITHUB_STEP_SUMMARY: join(folder, 'no/such/folder/summary.md') });

    const { exitCode } = await runCommand(['report', 'parts', '--from', from], own);

    expect(exitCode).toBe(0);
    expect(own.events).toMatchObject([{ kind: 'note', level: 'warning' }]);
  });

  test('polyarch report --comment --description tells the pull request', async () => {
    const forge = await SmallForge.start({
      kind: 'github',
      tokens: { 'a-good-token': { id: 41, login: 'ci[bot]', isApp: true, mayWrite: true } },
    });
    try {
      const from = write('plan.json', plan);
      writeRecord('parts', 'linux/amd64', built);
      writeRecord('parts', 'linux/arm64', failed);
      const env = { GITHUB_API_URL: forge.api, GITHUB_TOKEN: 'a-good-token' };
      const args = ['report', 'parts', '--from', from, '--comment', '--description'];

      const told = await runCommand(args, host(env));
      forge.faults.push({ when: /comments/, what: 422 });
      const refused = await runCommand(args, host(env));

      expect([told.exitCode, told.stderr]).toEqual([
        0,
        'pull request: comment created\npull request: description updated\n',
      ]);
      expect(forge.comments[0]?.body).toContain('```\nstep 1\nboom\n```');
      expect(forge.description).toContain('| app | amd64, ~~arm64~~ | `node:22` | not released |');
      expect([refused.exitCode, refused.stderr]).toEqual([4, expect.stringContaining('FORGE_REFUSED')]);
    } finally {
      await forge.stop();
    }
  });
});
