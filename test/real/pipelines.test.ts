import { readFileSync } from 'node:fs';
import { describe, expect, inject, test } from 'vitest';
import { resultOf, runWorkflow, type WorkflowRun } from '../support/pipeline-runner.ts';
import { type GitlabRun, runGitlab } from '../support/pipeline-runner-gitlab.ts';
import { findBusybox } from './support/busybox-image.ts';
import { Project } from './support/pipeline-project.ts';
import { useWorkbench } from './support/workbench.ts';

const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7'];

interface GithubEvent {
  readonly name: 'push' | 'pull_request';
  readonly ref: string;
  readonly isFork?: boolean;
  readonly vars?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly places?: { readonly folder: string; readonly artifacts: string };
  readonly former?: WorkflowRun;
}

async function runGithub(project: Project, event: GithubEvent): Promise<WorkflowRun> {
  const { name, ref, isFork = false, former } = event;
  const sha = await project.head();
  const payload = {
    repository: { default_branch: 'main', full_name: 'acme/server', visibility: 'public' },
    ...(name === 'push'
      ? {}
      : {
          number: 7,
          pull_request: {
            number: 7,
            head: { sha, ref: 'topic', repo: { full_name: isFork ? 'somebody/server' : 'acme/server' } },
            base: { ref: 'main', repo: { full_name: 'acme/server' } },
          },
        }),
  };
  return runWorkflow(await project.pipeline('github'), {
    repository: project.repository,
    ...(event.places ?? project.folders()),
    github: {
      event_name: name,
      ref,
      sha,
      ref_name: ref.replace(/^refs\/\w+\//, ''),
      actor: 'somebody',
      token: 'x',
      repository: 'acme/server',
      run_id: '1',
      run_number: '1',
      workflow: 'polyarch',
      event: payload,
      ...(name === 'pull_request' ? { head_ref: 'topic', base_ref: 'main' } : {}),
    },
    secrets: isFork ? {} : project.credentials(),
    vars: isFork ? {} : (event.vars ?? {}),
    env: { ...project.environment(['npx']), ...event.env },
    makeBuilder: (builder) =>
      `docker buildx create --name ${builder} --use --driver remote ${inject('buildkitAddress')}`,
    onHome: (home) => project.plugins(home),
    ...(former === undefined ? {} : { former }),
  });
}

function logsOf(run: WorkflowRun | GitlabRun): string {
  return run.ends.map(({ job, cell, result, log }) => `== ${job} ${cell} ${result}\n${log}`).join('\n');
}

describe('the workflow of GitHub', () => {
  const workbench = useWorkbench();

  test('publishes a push to main, and builds nothing again that is as it was', async () => {
    const project = await Project.create(workbench, 'push');

    const first = await runGithub(project, { name: 'push', ref: 'refs/heads/main' });

    expect(resultOf(first, 'publish'), logsOf(first)).toBe('success');
    expect(first.ends.filter(({ job }) => job === 'build').map(({ cell, runsOn }) => [cell, runsOn])).toEqual([
      ['server/linux/amd64', 'ubuntu-24.04'],
      ['server/linux/arm64', 'ubuntu-24.04-arm'],
      ['server/linux/arm/v7', 'ubuntu-24.04-arm'],
    ]);
    const tags = await project.tags('server');
    expect(Object.keys(tags).sort()).toEqual(['latest', 'main']);
    expect(tags['main']).toBe(tags['latest']);
    expect(await project.platformsOf('main')).toEqual(platforms);
    expect(await project.tags('mirror')).toEqual({});
    expect(logsOf(first)).toContain(`attested ${tags['main']?.slice(7) ?? ''}  ${project.registry}/server`);

    await project.write('arm64/server', 'another');
    const second = await runGithub(project, { name: 'push', ref: 'refs/heads/main' });

    expect(resultOf(second, 'publish'), logsOf(second)).toBe('success');
    expect(second.ends.filter(({ job }) => job === 'build').map(({ cell }) => cell)).toEqual(['server/linux/arm64']);
    expect(await project.platformsOf('latest')).toEqual(platforms);
    expect((await project.tags('server'))['main']).not.toBe(tags['main']);
  });

  test('publishes a git tag by its version, and into the second repository where its variable is set', async () => {
    const project = await Project.create(workbench, 'tag');

    const run = await runGithub(project, { name: 'push', ref: 'refs/tags/v1.2.3', vars: { MIRROR_ON: 'yes' } });

    expect(resultOf(run, 'publish'), logsOf(run)).toBe('success');
    const tags = await project.tags('server');
    expect(Object.keys(tags).sort()).toEqual(['1.2', '1.2.3', 'latest']);
    expect(new Set(Object.values(tags)).size).toBe(1);
    expect(await project.tags('mirror')).toEqual(tags);
    expect(await project.platformsOf('1.2.3')).toEqual(platforms);
  });

  test.each([false, true])('publishes nothing of a pull request; it comes from a fork: %s', async (isFork) => {
    const project = await Project.create(workbench, `pull-${String(isFork)}`);

    const run = await runGithub(project, { name: 'pull_request', ref: 'refs/pull/7/merge', isFork });

    expect(
      run.ends.map(({ job, cell, result }) => [job, cell, result]),
      logsOf(run),
    ).toEqual([
      ['plan', '', 'success'],
      ['build', 'server/linux/amd64', 'success'],
      ['publish', '', 'skipped'],
      ['report', '', 'success'],
    ]);
    expect(logsOf(run)).not.toContain('login to');
    expect(await project.tags('server')).toEqual({});
  });

  test('publishes after the one job that was lost is run again, and runs no other again', async () => {
    const project = await Project.create(workbench, 'again');
    const places = project.folders();
    const push = { name: 'push', ref: 'refs/heads/main', places } as const;

    const lost = await runGithub(project, { ...push, env: { LOST_CELL: 'server/linux/arm64' } });

    expect(lost.ends.filter(({ result }) => result === 'failure').map(({ job, cell }) => [job, cell])).toEqual([
      ['build', 'server/linux/arm64'],
      ['publish', ''],
    ]);
    expect(await project.tags('server')).toEqual({});

    const again = await runGithub(project, { ...push, former: lost });

    expect(resultOf(again, 'publish'), logsOf(again)).toBe('success');
    expect(again.ends.filter((end) => lost.ends.includes(end)).map(({ job, cell }) => `${job} ${cell}`.trim())).toEqual(
      ['plan', 'build server/linux/amd64', 'build server/linux/arm/v7'],
    );
    expect(Object.keys(await project.tags('server')).sort()).toEqual(['latest', 'main']);
    expect(await project.platformsOf('latest')).toEqual(platforms);
  });

  test('moves no tag when a cell fails, and leaves one out that may fail', async () => {
    const project = await Project.create(workbench, 'fails');
    await runGithub(project, { name: 'push', ref: 'refs/heads/main' });
    const before = await project.tags('server');
    await project.git('rm -q -r arm64');
    await project.write('amd64/server', 'newer');

    const failed = await runGithub(project, { name: 'push', ref: 'refs/heads/main' });

    expect(resultOf(failed, 'publish'), logsOf(failed)).toBe('failure');
    expect(failed.ends.filter(({ job }) => job === 'publish')[0]?.log).toContain('server/linux/arm64');
    expect(await project.tags('server')).toEqual(before);

    await project.git('rm -q -r arm');
    await project.write('arm64/server', 'two again');
    const partial = await runGithub(project, { name: 'push', ref: 'refs/heads/main' });

    expect(resultOf(partial, 'publish'), logsOf(partial)).toBe('success');
    expect(await project.platformsOf('main')).toEqual(['linux/amd64', 'linux/arm64']);
  });

  test('runs what has to be run by BuildKit, and publishes what came of it', async () => {
    const dockerfile = [
      'FROM --platform=$BUILDPLATFORM scratch AS make',
      'COPY --chmod=755 busybox /bin/sh',
      'ARG TARGETARCH',
      'RUN ["/bin/sh", "-c", "echo made for $TARGETARCH > /made"]',
      'FROM scratch',
      'COPY --from=make /made /made',
    ];
    const files = { Dockerfile: `${dockerfile.join('\n')}\n`, busybox: readFileSync(await findBusybox('amd64')) };
    const project = await Project.create(workbench, 'runs', files);

    const run = await runGithub(project, { name: 'push', ref: 'refs/heads/main' });

    expect(resultOf(run, 'publish'), logsOf(run)).toBe('success');
    expect(logsOf(run)).toContain('builder builder-of-this-job');
    expect(await project.platformsOf('main')).toEqual(platforms);
    const reference = `${project.registry}/server:main`;
    const layer = await workbench.run('sh', [
      '-c',
      `crane export --platform linux/arm64 ${reference} - | tar -xO made`,
    ]);
    expect(layer).toBe('made for arm64\n');
  });
});

describe('the pipeline of GitLab', () => {
  const workbench = useWorkbench();

  async function run(project: Project, variables: Readonly<Record<string, string>>): Promise<GitlabRun> {
    const sha = await project.head();
    return runGitlab(await project.pipeline('gitlab'), {
      repository: project.repository,
      sha,
      ...project.folders(),
      variables: {
        CI_COMMIT_SHA: sha,
        CI_DEFAULT_BRANCH: 'main',
        CI_PROJECT_PATH: 'acme/server',
        CI_PROJECT_URL: 'https://gitlab.example.com/acme/server',
        CI_PIPELINE_IID: '1',
        ...project.credentials(),
        ...variables,
      },
      env: project.environment(['npx', 'apk', 'docker']),
    });
  }

  const push = { CI_PIPELINE_SOURCE: 'push', CI_COMMIT_BRANCH: 'main', CI_COMMIT_REF_NAME: 'main' };

  test('publishes a push to main and a git tag, and starts for no other branch', async () => {
    const project = await Project.create(workbench, 'gitlab');

    const first = await run(project, push);
    const other = await run(project, { ...push, CI_COMMIT_BRANCH: 'topic', CI_COMMIT_REF_NAME: 'topic' });

    expect(
      first.ends.map(({ job, cell, result }) => [job, cell, result]),
      logsOf(first),
    ).toEqual([
      ['plan', '', 'success'],
      ...platforms.map((platform) => ['build', `server/${platform}`, 'success']),
      ['publish', '', 'success'],
    ]);
    expect(first.ends[2]?.tags).toEqual(['saas-linux-small-arm64']);
    expect(Object.keys(await project.tags('server')).sort()).toEqual(['latest', 'main']);
    expect(await project.platformsOf('main')).toEqual(platforms);
    expect(other.isStarted).toBe(false);

    const again = await run(project, push);
    expect(again.ends.at(-1)?.result, logsOf(again)).toBe('success');
    for (const platform of platforms) expect(logsOf(again)).toContain(`server/${platform} is as it was`);

    const tag = { CI_PIPELINE_SOURCE: 'push', CI_COMMIT_TAG: 'v1.2.3', CI_COMMIT_REF_NAME: 'v1.2.3', MIRROR_ON: 'yes' };
    const tagged = await run(project, tag);

    expect(tagged.ends.at(-1)?.result, logsOf(tagged)).toBe('success');
    expect(Object.keys(await project.tags('server')).sort()).toEqual(['1.2', '1.2.3', 'latest', 'main']);
    expect(Object.keys(await project.tags('mirror')).sort()).toEqual(['1.2', '1.2.3', 'latest']);
  });

  test('publishes nothing of a merge request, and nothing where a cell fails', async () => {
    const project = await Project.create(workbench, 'gitlab-fails');
    const request = {
      CI_PIPELINE_SOURCE: 'merge_request_event',
      CI_MERGE_REQUEST_IID: '7',
      CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'topic',
      CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
      CI_COMMIT_REF_NAME: 'topic',
    };

    const asked = await run(project, request);

    expect(asked.ends.map(({ job }) => job)).toEqual(['plan', 'build', 'build', 'build', 'report']);
    expect(
      asked.ends.map(({ result }) => result),
      logsOf(asked),
    ).not.toContain('failure');
    expect(logsOf(asked)).toContain('server/linux/arm64 is not asked for');

    await project.git('rm -q -r arm64');
    await project.commit('broken');
    const failed = await run(project, push);

    expect(failed.ends.filter(({ result }) => result === 'failure').map(({ job }) => job)).toEqual([
      'build',
      'publish',
    ]);
    expect(await project.tags('server')).toEqual({});
  });
});
