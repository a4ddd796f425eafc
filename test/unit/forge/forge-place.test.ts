import { describe, expect, test } from 'vitest';
import { readForgePlace } from '../../../src/forge/forge-place.ts';

const github = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/app',
  GITHUB_REF: 'refs/pull/7/merge',
  GITHUB_TOKEN: 't',
};
const gitlab = { GITLAB_CI: 'true', CI_PROJECT_ID: '3', CI_MERGE_REQUEST_IID: '7', GITLAB_TOKEN: 't' };

describe('readForgePlace', () => {
  test('reads a pull request of GitHub out of the environment', () => {
    expect(readForgePlace({ provider: 'none' }, github)).toMatchObject({
      kind: 'github',
      api: new URL('https://api.github.com/'),
      repository: 'acme/app',
      number: 7,
      token: 't',
    });
  });

  test('what the event says wins over the environment', () => {
    const hint = { provider: 'github', repository: 'acme/web', number: 8 };

    expect(readForgePlace(hint, github)).toMatchObject({ repository: 'acme/web', number: 8 });
  });

  test('reads a merge request of GitLab; of a fork the project it goes to', () => {
    const env = { ...gitlab, CI_MERGE_REQUEST_PROJECT_ID: '1', CI_API_V4_URL: 'https://git.example/sub/api/v4' };

    expect(readForgePlace({ provider: 'gitlab' }, env)).toMatchObject({
      kind: 'gitlab',
      api: new URL('https://git.example/sub/api/v4/'),
      project: '1',
      number: 7,
      isJobToken: false,
    });
  });

  test('takes the token of the job where GitLab gives no other', () => {
    const place = readForgePlace({ provider: 'gitlab' }, { ...gitlab, GITLAB_TOKEN: '', CI_JOB_TOKEN: 'j' });

    expect(place).toMatchObject({ token: 'j', isJobToken: true });
  });

  test.each([
    ['https://github.com/acme/app/pull/7', { GITHUB_TOKEN: 't' }, 'https://api.github.com/'],
    ['https://ghe.example/acme/app/pull/7', { GITHUB_TOKEN: 't' }, 'https://ghe.example/api/v3/'],
    ['https://git.example/acme/app/-/merge_requests/7', { GITLAB_TOKEN: 't' }, 'https://git.example/api/v4/'],
  ])('reads the change of Jenkins: %s', (url, env, api) => {
    const place = readForgePlace({ provider: 'jenkins' }, { ...env, CHANGE_URL: url });

    expect(place).toMatchObject({ number: 7, api: new URL(api) });
  });

  test.each([
    ['nothing at all', {}, /no job of/],
    ['a push', { ...github, GITHUB_REF: 'refs/heads/main' }, /no pull request/],
    ['no token', { ...github, GITHUB_TOKEN: '' }, /GITHUB_TOKEN/],
    ['a pipeline of a branch', { ...gitlab, CI_MERGE_REQUEST_IID: undefined }, /no merge request/],
    ['no token of GitLab', { ...gitlab, GITLAB_TOKEN: undefined }, /GITLAB_TOKEN/],
  ])('tells why there is nobody to tell: %s', (_name, env, reason) => {
    const place = readForgePlace({ provider: 'none' }, env);

    expect(place).toEqual({ kind: 'none', reason: expect.stringMatching(reason) as unknown });
  });

  test.each(['api.github.com', 'ftp://x/', 'https://user:pass@x/', 'https://x/?q=1'])(
    'FORGE_ADDRESS_MALFORMED for %s',
    (text) => {
      expect(() => readForgePlace({ provider: 'github' }, { ...github, GITHUB_API_URL: text })).toThrow(
        expect.objectContaining({ code: 'FORGE_ADDRESS_MALFORMED' }),
      );
    },
  );
});
