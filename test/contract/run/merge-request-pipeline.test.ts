import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type GitlabRun, runGitlab } from '../../support/pipeline-runner-gitlab.ts';
import { writeStandIns } from '../../support/pipeline-runner-shell.ts';
import { openWorkspace, programFile, type Workspace } from '../../support/run-program.ts';
import { SmallForge } from '../../support/small-forge.ts';

const version = 'polyarch@0.0.0-test';
const token = 'a-token-that-nobody-may-see';

/** The generated pipeline, run with the program as it is and the stand-in of GitLab's API. */
describe('the pipeline of GitLab', () => {
  let forge: SmallForge;
  let workspace: Workspace;
  beforeEach(async () => {
    forge = await SmallForge.start({ kind: 'gitlab', tokens: { [token]: { id: 41, login: 'bot', mayWrite: true } } });
    const ci = `{ env: { POLYARCH: ${version} }, pullRequest: { comment: true, description: true } }`;
    workspace = openWorkspace({
      'polyarch.yaml': `image: registry.example.com/acme/app\nplatforms: [linux/amd64]\nsecrets: [{ id: npm, env: NPM_TOKEN }]\nci: ${ci}\n`,
      Dockerfile: 'FROM scratch\nCOPY program /program\n',
      program: 'one',
    });
    git('init -q -b main && git config uploadpack.allowAnySHA1InWant true');
  });
  afterEach(async () => {
    workspace.remove();
    await forge.stop();
  });

  function git(command: string): string {
    const identity = '-c user.name=a -c user.email=a@b';
    const { stdout } = spawnSync('sh', ['-c', `git ${identity} ${command}`], {
      cwd: workspace.folder,
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
      encoding: 'utf8',
    });
    return stdout.trim();
  }

  async function push(number: number): Promise<GitlabRun> {
    git('add -A');
    git(`commit -q --allow-empty -m 'push ${number}'`);
    const names = ['npx', 'apk', 'docker'] as const;
    const program = `'${process.execPath}' '${programFile}'`;
    const bin = writeStandIns(join(workspace.temporary, 'bin'), { package: version, program, names });
    const { stdout } = await workspace.run(['ci', 'gitlab', '--stdout', '--root', '.']);
    const sha = git('rev-parse HEAD');
    return runGitlab(stdout, {
      repository: workspace.folder,
      sha,
      folder: mkdtempSync(join(workspace.temporary, 'run-')),
      artifacts: mkdtempSync(join(workspace.temporary, 'artifacts-')),
      variables: {
        CI_API_V4_URL: forge.api,
        CI_COMMIT_SHA: sha,
        CI_DEFAULT_BRANCH: 'main',
        CI_MERGE_REQUEST_IID: '7',
        CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'topic',
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
        CI_PIPELINE_IID: `${number}`,
        CI_PIPELINE_SOURCE: 'merge_request_event',
        CI_PIPELINE_URL: `https://gitlab.example/acme/app/-/pipelines/${number}`,
        CI_PROJECT_ID: '42',
        CI_PROJECT_PATH: 'acme/app',
        GITLAB_TOKEN: token,
      },
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' },
    });
  }

  test('answers five pushes to a merge request by one note and one section of its description', async () => {
    forge.description = 'What I did';
    for (let number = 1; number <= 5; number += 1) {
      workspace.write('program', `push ${number}`);
      if (number === 3) rmSync(join(workspace.folder, 'program'));

      const { ends } = await push(number);

      expect(ends.map(({ job, result }) => [job, result])).toEqual([
        ['plan', 'success'],
        ['build', number === 3 ? 'failure' : 'success'],
        ['report', 'success'],
      ]);
      expect(forge.comments).toHaveLength(1);
      expect(forge.comments[0]?.body).toContain(`pipelines/${number})`);
      expect(forge.comments[0]?.body.includes('COPY program')).toBe(number === 3);
      expect(ends.map(({ log }) => log).join()).not.toContain(token);
    }

    expect(forge.description).toMatch(/^What I did\r?\n/);
    expect(forge.description.split('<!-- polyarch:images')).toHaveLength(2);
  });
});
