import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningRegistry, startRegistry } from '../../../src/server/start-registry.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { resultOf, runWorkflow, type WorkflowRun } from '../../support/pipeline-runner.ts';
import { writeStandIns } from '../../support/pipeline-runner-shell.ts';
import { openWorkspace, programFile, type Workspace } from '../../support/run-program.ts';
import { SmallForge } from '../../support/small-forge.ts';

const version = 'polyarch@0.0.0-test';
const writer = 'a-token-that-nobody-may-see';
const reader = 'a-token-that-may-only-read';
const tokens = {
  [writer]: { id: 41, login: 'github-actions[bot]', isApp: true, mayWrite: true },
  [reader]: { id: 41, login: 'github-actions[bot]', isApp: true, mayWrite: false },
};

interface Started {
  readonly name: 'push' | 'pull_request';
  readonly runNumber: number;
  readonly token?: string;
  /** Which attempt; all of it is run. */
  readonly attempt?: number;
  readonly artifacts?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The generated workflow, run with the program as it is, our own registry and the stand-in of GitHub's API. */
describe('the workflow of GitHub', () => {
  let registry: RunningRegistry | undefined;
  let forge: SmallForge;
  let workspace: Workspace;
  let count = 0;
  beforeAll(async () => {
    registry = await startRegistry({ host: fakeHost(), memory: true });
  });
  afterAll(() => registry?.close());
  beforeEach(async () => {
    forge = await SmallForge.start({ kind: 'github', tokens });
    count += 1;
    const ci = `{ env: { POLYARCH: ${version} }, pullRequest: { comment: true, description: true } }`;
    workspace = openWorkspace({
      'polyarch.yaml': `image: ${registry?.registry ?? ''}/acme/app${count}\ntags: ["type=raw,value=1"]\nci: ${ci}\n`,
      Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY ${TARGETARCH}/program /program\n',
      'amd64/program': 'one',
      'arm64/program': 'two',
    });
    git('init -q -b main && git config uploadpack.allowAnySHA1InWant true');
    commit('first');
  });
  afterEach(async () => {
    workspace.remove();
    await forge.stop();
  });

  function git(command: string): string {
    const names = {
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b',
    };
    const { stdout } = spawnSync('sh', ['-c', `git ${command}`], {
      cwd: workspace.folder,
      env: { ...process.env, ...names, GIT_CONFIG_GLOBAL: '/dev/null' },
      encoding: 'utf8',
    });
    return stdout.trim();
  }

  function commit(message: string): void {
    git(`add -A && git commit -q --allow-empty -m '${message}'`);
  }

  function folder(name: string): string {
    const path = mkdtempSync(join(workspace.temporary, `${name}-`));
    mkdirSync(path, { recursive: true });
    return path;
  }

  async function start(event: Started): Promise<WorkflowRun & { readonly folder: string }> {
    const { name, runNumber, token = writer } = event;
    const bin = writeStandIns(join(workspace.temporary, 'bin'), {
      package: version,
      program: `'${process.execPath}' '${programFile}'`,
      names: ['npx'],
    });
    const { stdout } = await workspace.run(['ci', 'github', '--stdout', '--root', '.']);
    const sha = git('rev-parse HEAD');
    const isPull = name === 'pull_request';
    const own = { full_name: 'acme/app' };
    const head = { sha, ref: 'topic', repo: { full_name: token === reader ? 'somebody/app' : 'acme/app' } };
    const place = folder('run');
    const run = await runWorkflow(stdout, {
      repository: workspace.folder,
      folder: place,
      artifacts: event.artifacts ?? folder('artifacts'),
      github: {
        event_name: name,
        ref: isPull ? 'refs/pull/7/merge' : 'refs/heads/main',
        sha,
        actor: 'somebody',
        token,
        repository: 'acme/app',
        server_url: 'https://github.example',
        run_id: `${runNumber}`,
        run_number: `${runNumber}`,
        run_attempt: `${event.attempt ?? 1}`,
        workflow: 'polyarch app',
        event: {
          repository: { ...own, default_branch: 'main', visibility: 'private' },
          ...(isPull ? { number: 7, pull_request: { number: 7, head, base: { ref: 'main', repo: own } } } : {}),
        },
      },
      secrets: credentials(),
      vars: {},
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, GITHUB_API_URL: forge.api, NO_COLOR: '1', ...event.env },
    });
    return { ...run, folder: place };
  }

  /** The registry asks nobody who they are; the job logs in all the same. */
  function credentials(): Readonly<Record<string, string>> {
    const host = (registry?.registry ?? '').replace(/[^A-Za-z0-9]+/g, '_').replace(/^(?=\d)/, 'REGISTRY_');
    return { [`${host}_USERNAME`]: 'somebody', [`${host}_PASSWORD`]: 'something' };
  }

  /** What the steps of a job left for the page of the run. */
  function summariesOf(place: string, job: string): readonly string[] {
    return readdirSync(place)
      .filter((name) => name.startsWith(`${job}-`))
      .flatMap((name) => readdirSync(join(place, name)).map((step) => join(place, name, step, 'summary')))
      .flatMap((file) => (existsSync(file) ? readFileSync(file, 'utf8') : []))
      .filter((text) => text !== '');
  }

  test('answers five pushes to a pull request by one comment and one section of its description', async () => {
    forge.description = 'What I did';
    for (let run = 1; run <= 5; run += 1) {
      if (run === 3) rmSync(join(workspace.folder, 'arm64'), { recursive: true });
      if (run === 4) workspace.write('arm64/program', 'two again');
      workspace.write('amd64/program', `push ${run}`);
      commit(`push ${run}`);

      const { ends, folder: place } = await start({ name: 'pull_request', runNumber: run });

      expect(ends.at(-1)).toMatchObject({ job: 'report', result: 'success' });
      expect(forge.comments).toHaveLength(1);
      expect(forge.comments[0]?.body).toContain(`[run ${run}](https://github.example/acme/app/actions/runs/${run})`);
      expect(forge.comments[0]?.body).toContain(git('rev-parse HEAD').slice(0, 12));
      expect(summariesOf(place, 'report')).toHaveLength(1);
      if (run === 3) {
        expect(forge.comments[0]?.body).toContain('arm64/program');
        expect(forge.comments[0]?.body).toMatch(/COPY/);
        expect(summariesOf(place, 'report')[0]).toContain('arm64/program');
      } else expect(forge.comments[0]?.body).not.toContain('arm64/program');
    }

    expect(forge.description).toMatch(/^What I did\r?\n/);
    expect(forge.description.split('<!-- polyarch:images')).toHaveLength(2);
    expect(forge.requests.join()).not.toContain(writer);
  });

  test('tells nobody of a pull request from a fork, and fails for no such reason', async () => {
    const { ends, folder: place } = await start({ name: 'pull_request', runNumber: 1, token: reader });

    expect(ends.map(({ job, result }) => [job, result])).toEqual([
      ['plan', 'success'],
      ['build', 'success'],
      ['build', 'success'],
      ['publish', 'skipped'],
      ['report', 'success'],
    ]);
    expect(ends.at(-1)?.log).toContain('comes from a fork');
    expect(forge.comments).toEqual([]);
    expect(summariesOf(place, 'report')[0]).toContain('linux/arm64');
  });

  test('builds nothing where nothing has changed, and publishes what is there', async () => {
    const first = await start({ name: 'push', runNumber: 1 });
    const second = await start({ name: 'push', runNumber: 2 });

    expect(resultOf(first, 'publish'), first.ends.map(({ log }) => log).join('\n')).toBe('success');
    expect(second.ends.map(({ job, result }) => [job, result])).toEqual([
      ['plan', 'success'],
      ['build', 'skipped'],
      ['publish', 'success'],
      ['report', 'skipped'],
    ]);
    expect(summariesOf(second.folder, 'publish')).toHaveLength(1);
  });

  test('publishes when all jobs are run again after one was lost, though its plan is another one', async () => {
    const artifacts = folder('artifacts');
    const lost = { LOST_CELL: `app${count}/linux/arm64` };
    const first = await start({ name: 'push', runNumber: 1, artifacts, env: lost });
    const again = await start({ name: 'push', runNumber: 1, artifacts, attempt: 2 });

    expect(resultOf(first, 'publish')).toBe('failure');
    expect(again.ends.filter(({ job }) => job === 'build').map(({ cell }) => cell)).toEqual([lost.LOST_CELL]);
    expect(resultOf(again, 'publish'), again.ends.at(-2)?.log).toBe('success');
    expect(readdirSync(artifacts).toSorted()).toEqual([
      `polyarch-part-1-app${count}-linux-amd64`,
      `polyarch-part-2-app${count}-linux-arm64`,
      'polyarch-plan',
    ]);
  });
});
