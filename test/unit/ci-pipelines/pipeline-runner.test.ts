import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resultOf, runWorkflow, type WorkflowRun, type WorkflowWorld } from '../../support/pipeline-runner.ts';
import { type ActionScene, actionStandIns } from '../../support/pipeline-runner-actions.ts';
import { fillIn, holds } from '../../support/pipeline-runner-expressions.ts';
import { ruleHolds } from '../../support/pipeline-runner-rules.ts';
import { runShell, writeStandIns } from '../../support/pipeline-runner-shell.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-runner-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A pipeline whose plan gives two cells, one of which can be made to fail. */
const workflow = `
env: { POLYARCH: polyarch@1 }
jobs:
  plan:
    runs-on: here
    outputs: { matrix: '\${{ steps.plan.outputs.matrix }}' }
    steps:
      - id: plan
        run: echo 'matrix={"include":[{"cell":"a","name":"a"},{"cell":"b","name":"b"}]}' >> "$GITHUB_OUTPUT"
  build:
    needs: [plan]
    runs-on: \${{ matrix.name }}
    strategy: { matrix: '\${{ fromJSON(needs.plan.outputs.matrix) }}' }
    steps:
      - run: test "$LOST" != "\${{ matrix.cell }}"
      - run: mkdir -p .hidden && echo "\${{ matrix.cell }}" > .hidden/part
      - uses: actions/upload-artifact@0
        with: { name: 'part-\${{ matrix.name }}', path: .hidden, overwrite: true, include-hidden-files: true }
  publish:
    needs: [plan, build]
    if: \${{ !cancelled() && needs.plan.result == 'success' }}
    runs-on: here
    steps:
      - run: test '\${{ needs.build.result }}' = success
      - uses: actions/download-artifact@0
        with: { pattern: part-*, path: parts }
      - run: cat parts/*/part
  never:
    needs: [build]
    if: github.event_name == 'pull_request'
    runs-on: here
    steps: []
`;

function run(changes: Partial<WorkflowWorld> = {}): Promise<WorkflowRun> {
  return runWorkflow(workflow, {
    repository: folder,
    folder: join(folder, 'run'),
    artifacts: join(folder, 'artifacts'),
    github: { event_name: 'push', sha: 'x' },
    secrets: {},
    vars: {},
    env: { PATH: process.env['PATH'] ?? '' },
    ...changes,
  });
}

describe('runWorkflow', () => {
  test('runs the matrix that a job gave, hands artifacts on, and skips what its condition leaves out', async () => {
    const { ends } = await run();

    expect(ends.map(({ job, cell, runsOn, result }) => [job, cell, runsOn, result])).toEqual([
      ['plan', '', 'here', 'success'],
      ['build', 'a', 'a', 'success'],
      ['build', 'b', 'b', 'success'],
      ['publish', '', 'here', 'success'],
      ['never', '', undefined, 'skipped'],
    ]);
    expect(ends[3]?.log).toContain('a\nb\n');
  });

  test('runs only what failed a second time, and what needs it', async () => {
    const failed = await run({ env: { PATH: process.env['PATH'] ?? '', LOST: 'b' } });
    const again = await run({ former: failed });

    expect([resultOf(failed, 'build'), resultOf(failed, 'publish')]).toEqual(['failure', 'failure']);
    expect(resultOf(again, 'publish')).toBe('success');
    expect(again.ends.filter((end) => failed.ends.includes(end)).map(({ job, cell }) => job + cell)).toEqual([
      'plan',
      'builda',
    ]);
  });
});

describe('expressions', () => {
  const contexts = { github: { event_name: 'push', event: {} }, env: { A: '' } };

  test.each([
    [undefined, true, true],
    [undefined, false, false],
    ["github.event_name == 'push'", true, true],
    ["github.event_name == 'push'", false, false],
    ["${{ !cancelled() && github.event_name == 'push' }}", false, true],
    ['github.event.pull_request.head.repo.fork != true', true, true],
    ["env.A != ''", true, false],
  ])('the condition %s holds after %s: %s', (condition, isSuccess, expected) => {
    expect(holds(condition, contexts, { isSuccess })).toBe(expected);
  });

  test('in a text become texts, and alone keep their type', () => {
    expect(fillIn("a ${{ github.event_name == 'push' && '--push' || ' ' }} b", contexts, { isSuccess: true })).toBe(
      'a --push b',
    );
    expect(fillIn('${{ fromJSON(\'{"a":[1]}\') }}', contexts, { isSuccess: true })).toEqual({ a: [1] });
  });
});

describe('the stand-ins', () => {
  function scene(): ActionScene {
    const workspace = join(folder, 'work');
    mkdirSync(join(workspace, '.hidden'), { recursive: true });
    writeFileSync(join(workspace, '.hidden/a.json'), '1');
    return {
      workspace,
      home: join(folder, 'home'),
      env: {},
      repository: '',
      sha: '',
      artifacts: join(folder, 'store'),
    };
  }

  function act(action: string, inputs: Readonly<Record<string, string>>): string | Promise<string> {
    return actionStandIns[action]?.(inputs, scene()) ?? 'no stand-in';
  }

  test('upload leaves hidden files out unless they are asked for, and replaces nothing unless told', () => {
    const upload = { name: 'n', path: '.hidden/a.json' };

    expect(act('actions/upload-artifact', upload)).toContain('No files were found');
    expect(act('actions/upload-artifact', { ...upload, 'include-hidden-files': 'true' })).toBe('uploaded n');
    expect(() => act('actions/upload-artifact', { ...upload, 'include-hidden-files': 'true' })).toThrow(
      'already exists',
    );
    expect(existsSync(join(folder, 'store/n/a.json'))).toBe(true);
  });

  test('login needs both, and is left as docker leaves it', () => {
    expect(() => act('docker/login-action', { registry: 'r', username: 'u', password: '' })).toThrow('required');
    expect(act('docker/login-action', { registry: 'r', username: 'u', password: 'p' })).toBe('login to r');
    expect(JSON.parse(readFileSync(join(folder, 'home/.docker/config.json'), 'utf8'))).toEqual({
      auths: { r: { auth: Buffer.from('u:p').toString('base64') } },
    });
  });

  test('npx runs the pinned package and no other', async () => {
    const bin = writeStandIns(join(folder, 'bin'), { package: 'polyarch@1', program: 'echo ran', names: ['npx'] });
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };

    expect(await runShell('npx --yes polyarch@1 plan .', { folder, env })).toEqual({ code: 0, log: 'ran plan .\n' });
    expect((await runShell('npx --yes polyarch@2 plan .', { folder, env })).code).toBe(97);
  });
});

describe('ruleHolds', () => {
  const variables = { CI_PIPELINE_SOURCE: 'push', CI_COMMIT_BRANCH: 'main', CI_DEFAULT_BRANCH: 'main', EMPTY: '' };

  test.each([
    ['$CI_PIPELINE_SOURCE == "push"', true],
    ['$CI_PIPELINE_SOURCE != "push"', false],
    ['$CI_COMMIT_TAG', false],
    ['$EMPTY', false],
    ['$CI_COMMIT_TAG == null', true],
    ['$CI_COMMIT_BRANCH =~ /^ma/', true],
    ['$CI_COMMIT_TAG =~ /^v?[0-9]/', false],
    ['$CI_PIPELINE_SOURCE == "push" && ($CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH || $EMPTY)', true],
    ['$CI_PIPELINE_SOURCE == "web" || $CI_COMMIT_BRANCH == "other"', false],
  ])('%s: %s', (rule, expected) => {
    expect(ruleHolds(rule, variables)).toBe(expected);
  });

  test('refuses what it cannot read', () => {
    expect(() => ruleHolds('$A ?? "x"', variables)).toThrow('cannot be read');
  });
});
