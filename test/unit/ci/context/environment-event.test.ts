import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEnvironmentEvent } from '../../../../src/ci/context/environment-event.ts';
import { Fault } from '../../../../src/errors/fault.ts';

const sha = 'cd65417f2b1e4a5c8d9e0f1a2b3c4d5e6f708192';

const github = {
  GITHUB_ACTIONS: 'true',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_SHA: sha,
  GITHUB_REPOSITORY: 'acme/app',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_RUN_NUMBER: '42',
  GITHUB_RUN_ID: '987',
};

function payload(document: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}

const repository = {
  full_name: 'acme/app',
  html_url: 'https://github.com/acme/app',
  description: 'The app',
  default_branch: 'main',
  license: { spdx_id: 'MIT' },
};

function pullRequest(headRepository: object | null) {
  return payload({
    repository,
    pull_request: {
      number: 7,
      head: { ref: 'fix', sha: 'b'.repeat(40), repo: headRepository },
      base: { ref: 'main', sha, repo: { full_name: 'acme/app' } },
    },
  });
}

describe('decodeEnvironmentEvent of GitHub', () => {
  test('reads a push', () => {
    const head = { id: sha, timestamp: '2026-03-04T09:00:00+01:00' };

    expect(decodeEnvironmentEvent(github, payload({ repository, head_commit: head }))).toEqual({
      provider: 'github',
      name: 'push',
      ref: 'refs/heads/main',
      sha,
      commitDate: '2026-03-04T08:00:00.000Z',
      defaultBranch: 'main',
      repository: {
        fullName: 'acme/app',
        url: 'https://github.com/acme/app',
        description: 'The app',
        license: 'MIT',
      },
      runNumber: 42,
      runUrl: 'https://github.com/acme/app/actions/runs/987',
      isCi: true,
    });
  });

  test('reads a pushed tag with the branch it was made from', () => {
    const env = { ...github, GITHUB_REF: 'refs/tags/v1.2.3' };
    const event = decodeEnvironmentEvent(env, payload({ repository, base_ref: 'refs/heads/release' }));

    expect(event).toMatchObject({ name: 'push', ref: 'refs/tags/v1.2.3', baseRef: 'release', defaultBranch: 'main' });
  });

  test.each([
    ['the same repository', { full_name: 'Acme/App' }, false],
    ['a fork', { full_name: 'stranger/app' }, true],
    ['a fork that was deleted', null, true],
  ])('reads a pull request from %s', (_, headRepository, isFork) => {
    const env = { ...github, GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/7/merge' };

    expect(decodeEnvironmentEvent(env, pullRequest(headRepository))).toMatchObject({
      name: 'pull_request',
      ref: 'refs/pull/7/merge',
      baseRef: 'main',
      pullRequest: { number: 7, headSha: 'b'.repeat(40), headRef: 'fix', baseRef: 'main', isFork },
    });
  });

  test('takes a pull request without its document for one from a fork', () => {
    const env = {
      ...github,
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_BASE_REF: 'main',
    };

    expect(decodeEnvironmentEvent(env)?.pullRequest).toEqual({ number: 7, baseRef: 'main', isFork: true });
  });

  test('puts a pull_request_target on the ref of the pull request', () => {
    const env = { ...github, GITHUB_EVENT_NAME: 'pull_request_target' };

    expect(decodeEnvironmentEvent(env, pullRequest({ full_name: 'stranger/app' }))).toMatchObject({
      ref: 'refs/pull/7/merge',
      sha,
      pullRequest: { isFork: true },
    });
  });

  test.each([
    ['schedule', 'refs/heads/main', {}],
    ['workflow_dispatch', 'refs/heads/main', { inputs: {} }],
    ['release', 'refs/tags/v1.0.0', { release: { tag_name: 'v1.0.0' } }],
    ['merge_group', 'refs/heads/gh-readonly-queue/main/pr-7', { merge_group: { base_ref: 'refs/heads/main' } }],
  ])('reads a %s', (name, ref, document) => {
    const event = decodeEnvironmentEvent(
      { ...github, GITHUB_EVENT_NAME: name, GITHUB_REF: ref },
      payload({ repository, ...document }),
    );

    expect(event).toMatchObject({ name, ref, defaultBranch: 'main' });
    expect(event?.baseRef).toBe(name === 'merge_group' ? 'main' : undefined);
  });

  test('has nothing of an environment without a service', () => {
    expect(decodeEnvironmentEvent({ ...github, GITHUB_ACTIONS: undefined })).toBeUndefined();
  });
});

const gitlab = {
  GITLAB_CI: 'true',
  CI_PIPELINE_SOURCE: 'push',
  CI_COMMIT_SHA: sha,
  CI_COMMIT_BRANCH: 'main',
  CI_COMMIT_TIMESTAMP: '2026-03-04T09:00:00+01:00',
  CI_DEFAULT_BRANCH: 'main',
  CI_PROJECT_PATH: 'group/sub/app',
  CI_PROJECT_URL: 'https://gitlab.com/group/sub/app',
  CI_PIPELINE_IID: '12',
  CI_PIPELINE_URL: 'https://gitlab.com/group/sub/app/-/pipelines/99',
};

describe('decodeEnvironmentEvent of GitLab', () => {
  test('reads a push', () => {
    expect(decodeEnvironmentEvent(gitlab)).toEqual({
      provider: 'gitlab',
      name: 'push',
      ref: 'refs/heads/main',
      sha,
      commitDate: '2026-03-04T08:00:00.000Z',
      defaultBranch: 'main',
      repository: { fullName: 'group/sub/app', url: 'https://gitlab.com/group/sub/app' },
      runNumber: 12,
      runUrl: 'https://gitlab.com/group/sub/app/-/pipelines/99',
      isCi: true,
    });
  });

  test.each([
    ['a tag', { CI_COMMIT_BRANCH: undefined, CI_COMMIT_TAG: 'v1.2.3' }, 'push', 'refs/tags/v1.2.3'],
    ['a schedule', { CI_PIPELINE_SOURCE: 'schedule' }, 'schedule', 'refs/heads/main'],
    ['a run by hand', { CI_PIPELINE_SOURCE: 'web' }, 'workflow_dispatch', 'refs/heads/main'],
    ['a child pipeline', { CI_PIPELINE_SOURCE: 'parent_pipeline' }, 'push', 'refs/heads/main'],
  ])('reads %s', (_, changes, name, ref) => {
    expect(decodeEnvironmentEvent({ ...gitlab, ...changes })).toMatchObject({ name, ref });
  });

  test.each([
    ['5', false],
    ['6', true],
    [undefined, true],
  ])('reads a merge request of project 5 out of project %s', (source, isFork) => {
    const event = decodeEnvironmentEvent({
      ...gitlab,
      CI_PIPELINE_SOURCE: 'merge_request_event',
      CI_COMMIT_BRANCH: undefined,
      CI_MERGE_REQUEST_IID: '7',
      CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'fix',
      CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
      CI_MERGE_REQUEST_SOURCE_PROJECT_ID: source,
      CI_MERGE_REQUEST_PROJECT_ID: '5',
    });

    expect(event).toMatchObject({
      name: 'pull_request',
      ref: 'refs/pull/7/merge',
      pullRequest: { number: 7, headSha: sha, headRef: 'fix', baseRef: 'main', isFork },
    });
  });
});

const jenkins = {
  JENKINS_URL: 'https://ci.acme.dev/',
  BRANCH_NAME: 'main',
  BRANCH_IS_PRIMARY: 'true',
  GIT_COMMIT: sha,
  GIT_URL: 'https://user:secret@git.acme.dev/acme/app.git',
  BUILD_NUMBER: '31',
  BUILD_URL: 'https://ci.acme.dev/job/app/job/main/31/',
};

describe('decodeEnvironmentEvent of Jenkins', () => {
  test('reads a branch, and never the login of the remote', () => {
    expect(decodeEnvironmentEvent(jenkins)).toEqual({
      provider: 'jenkins',
      name: 'push',
      ref: 'refs/heads/main',
      sha,
      defaultBranch: 'main',
      repository: { fullName: 'acme/app', url: 'https://git.acme.dev/acme/app' },
      runNumber: 31,
      runUrl: 'https://ci.acme.dev/job/app/job/main/31/',
      isCi: true,
    });
  });

  test.each([
    ['a tag', { BRANCH_NAME: 'v1.2.3', TAG_NAME: 'v1.2.3' }, 'refs/tags/v1.2.3'],
    ['a plain pipeline', { BRANCH_NAME: undefined, GIT_BRANCH: 'origin/feature/foo' }, 'refs/heads/feature/foo'],
  ])('reads %s', (_, changes, ref) => {
    expect(decodeEnvironmentEvent({ ...jenkins, ...changes })).toMatchObject({ name: 'push', ref });
  });

  test.each([
    [undefined, false],
    ['stranger', true],
  ])('reads a change request with the fork %s', (fork, isFork) => {
    const change = {
      BRANCH_NAME: 'PR-7',
      CHANGE_ID: '7',
      CHANGE_TARGET: 'main',
      CHANGE_BRANCH: 'fix',
      CHANGE_FORK: fork,
    };

    expect(decodeEnvironmentEvent({ ...jenkins, ...change })).toMatchObject({
      name: 'pull_request',
      ref: 'refs/pull/7/merge',
      pullRequest: { number: 7, headRef: 'fix', baseRef: 'main', isFork },
    });
  });
});

describe('decodeEnvironmentEvent of hostile input', () => {
  test.each([
    ['GITHUB_REF', 'refs/heads/a b'],
    ['GITHUB_REF', 'refs/heads/a\nname=value'],
    ['GITHUB_REF', 'refs/heads/../../x'],
    ['GITHUB_REF', 'main'],
    ['GITHUB_SHA', 'abc'],
    ['GITHUB_SHA', '--upload-pack=x'],
    ['GITHUB_EVENT_NAME', 'push; rm'],
  ])('refuses %s=%j with EVENT_MALFORMED', (name, value) => {
    expect(() => decodeEnvironmentEvent({ ...github, [name]: value })).toThrow(
      expect.objectContaining({ code: 'EVENT_MALFORMED' }),
    );
  });

  test('refuses the name of a branch that git would not take, wherever it stands', () => {
    const bad = 'a\nb';

    for (const env of [
      { ...gitlab, CI_DEFAULT_BRANCH: bad },
      { ...jenkins, CHANGE_ID: '7', CHANGE_TARGET: bad },
      { ...github, GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/7/merge', GITHUB_HEAD_REF: bad },
    ])
      expect(() => decodeEnvironmentEvent(env)).toThrow(expect.objectContaining({ code: 'EVENT_MALFORMED' }));
    expect(() => decodeEnvironmentEvent(github, payload({ repository: { default_branch: bad } }))).toThrow(
      expect.objectContaining({ code: 'EVENT_MALFORMED' }),
    );
  });

  test('takes a branch that a shell would stumble over', () => {
    const ref = 'refs/heads/$(touch${IFS}x);`id`';

    expect(decodeEnvironmentEvent({ ...github, GITHUB_REF: ref })?.ref).toBe(ref);
  });

  test.each([
    [{ pull_request: { number: '7; rm' } }],
    [{ repository: { full_name: 7 } }],
    [{ head_commit: [] }],
    ['text'],
  ])('refuses the document %j', (document) => {
    expect(() => decodeEnvironmentEvent(github, payload(document))).toThrow(
      expect.objectContaining({ code: 'DOCUMENT_MALFORMED' }),
    );
  });

  test('gives facts or a fault for any environment', () => {
    const names = Object.keys({
      ...github,
      ...gitlab,
      ...jenkins,
      CHANGE_ID: '',
      TAG_NAME: '',
      CI_MERGE_REQUEST_IID: '',
    });

    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...names),
          fc.string({ unit: fc.nat(0x2ff).map((code) => String.fromCharCode(code)) }),
        ),
        (changes) => {
          for (const own of [github, gitlab, jenkins]) {
            try {
              const event = decodeEnvironmentEvent({ ...own, ...changes });
              expect(event?.ref ?? '').not.toMatch(/[\u0000- ]/);
            } catch (problem) {
              expect(problem).toBeInstanceOf(Fault);
            }
          }
        },
      ),
    );
  });
});
