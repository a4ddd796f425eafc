import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorkspace, type Workspace } from '../../support/run-program.ts';

const file = '.github/workflows/polyarch.yml';

describe('polyarch ci', () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = openWorkspace({
      'polyarch.yaml': 'image: ghcr.io/acme/app\n',
      Dockerfile: 'FROM scratch\nCOPY a /a\n',
      a: 'A',
    });
  });
  afterEach(() => workspace.remove());

  test('writes the workflow, and then finds it current with --check', async () => {
    const missing = await workspace.run(['ci', 'github', '--check']);
    const written = await workspace.run(['ci', 'github']);
    const checked = await workspace.run(['ci', 'github', '--check']);

    expect(missing).toMatchObject({ exitCode: 3, stdout: '' });
    expect(missing.stderr).toContain('PIPELINE_OUTDATED');
    expect(written).toMatchObject({ exitCode: 0, stderr: '' });
    expect(workspace.read(file)).toContain('npx --yes "$POLYARCH" plan . ');
    expect(checked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(checked.stdout).toContain('is current');
  });

  test('--check shows the difference and writes nothing', async () => {
    await workspace.run(['ci', 'github']);
    const changed = workspace.read(file).replace('timeout-minutes: 60', 'timeout-minutes: 61');
    workspace.write(file, changed);

    const { exitCode, stderr } = await workspace.run(['ci', 'github', '--check']);

    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/-\s+timeout-minutes: 61\n.*\+\s+timeout-minutes: 60/s);
    expect(workspace.read(file)).toBe(changed);
  });

  test('leaves a file of somebody else alone, unless there is --force', async () => {
    workspace.write('.gitlab-ci.yml', 'mine: {script: [make]}\n');

    const refused = await workspace.run(['ci', 'gitlab']);
    const forced = await workspace.run(['ci', 'gitlab', '--force']);

    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain('PIPELINE_FOREIGN');
    expect(forced.exitCode).toBe(0);
    expect(workspace.read('.gitlab-ci.yml')).toContain('stages: [plan, build, publish]');
  });

  test('--stdout shows the same that --out and --root write elsewhere', async () => {
    const shown = await workspace.run(['ci', 'jenkins', '--stdout', '--root', '.']);
    const hadFile = workspace.has('Jenkinsfile');
    await workspace.run(['ci', 'jenkins', '--out', 'ci/Jenkinsfile', '--root', '.']);

    expect(hadFile).toBe(false);
    expect(shown.stdout).toContain('pipeline {');
    expect(workspace.read('ci/Jenkinsfile')).toBe(shown.stdout);
  });

  test('--reusable is known to GitHub alone', async () => {
    const github = await workspace.run(['ci', 'github', '--reusable', '--stdout']);
    const gitlab = await workspace.run(['ci', 'gitlab', '--reusable', '--stdout']);

    expect(github.stdout).toContain('workflow_call:');
    expect(gitlab).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('--json tells the file, its state and the difference', async () => {
    const { exitCode, value } = await workspace.json(['ci', 'github', '--stdout']);

    expect(exitCode).toBe(0);
    expect(value).toMatchObject({ service: 'github', state: 'new' });
  });
});
