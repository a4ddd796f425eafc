import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHost } from '../../../src/host/create-host.ts';
import type { RunEvent } from '../../../src/host/event.ts';
import { noEvent } from '../../../src/plan/event-facts.ts';
import { gatherEvent } from '../../../src/run/gather/gather-event.ts';
import { compareCommits } from '../../../src/run/gather/read-git.ts';

let folder: string;
let work: string;
const date = '2026-03-04T09:00:00+01:00';

function environment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_DATE: date,
    ...Object.fromEntries(
      ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 'A'],
        [`GIT_${who}_EMAIL`, 'a@b'],
      ]),
    ),
  };
}

function git(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', ['-C', work, ...args], { env: environment(), encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

function commit(name: string): string {
  writeFileSync(join(work, name), name);
  git('add', name);
  git('commit', '-q', '-m', name);
  return git('rev-parse', 'HEAD');
}

function gather(
  env: Readonly<Record<string, string>> = {},
  options: { readonly asksGit?: boolean; readonly root?: string } = {},
) {
  const host = createHost({ env: { ...environment(), ...env }, workingDirectory: work });
  return gatherEvent({ host, root: options.root ?? work, asksGit: options.asksGit ?? true });
}

describe('gatherEvent by git', () => {
  let [first, second] = ['', ''];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'polyarch-git-'));
    work = join(folder, 'work');
    mkdirSync(work);
    git('init', '-q', '-b', 'main');
    git('remote', 'add', 'origin', 'https://user:secret@github.com/acme/app.git');
    first = commit('one');
    git('tag', 'v1.2.3');
    second = commit('two');
    git('update-ref', 'refs/remotes/origin/main', second);
    git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('reads branch, commit, date, default branch and repository, and never the login of the remote', async () => {
    git('checkout', '-q', 'main');

    expect(await gather()).toEqual({
      provider: 'git',
      name: 'push',
      ref: 'refs/heads/main',
      sha: second,
      commitDate: '2026-03-04T08:00:00.000Z',
      defaultBranch: 'main',
      repository: { fullName: 'acme/app', url: 'https://github.com/acme/app' },
      isCi: false,
    });
  });

  test('takes the tag that a detached head stands on', async () => {
    git('checkout', '-q', 'v1.2.3');

    expect(await gather()).toMatchObject({ ref: 'refs/tags/v1.2.3', sha: first });
  });

  test('takes the branch that a detached head stands on, or that contains it', async () => {
    git('checkout', '-q', '--detach', second);
    const at = await gather();
    git('checkout', '-q', '-b', 'feature/foo', second);
    const inside = commit('three');
    commit('four');
    git('checkout', '-q', '--detach', inside);

    expect(at.ref).toBe('refs/heads/main');
    expect(await gather()).toMatchObject({ ref: 'refs/heads/feature/foo', sha: inside });
  });

  test('has no event without a repository, without a commit and without git', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    spawnSync('git', ['-C', empty, 'init', '-q'], { env: environment() });

    expect(await gather({}, { root: folder })).toEqual(noEvent);
    expect(await gather({}, { root: empty })).toEqual(noEvent);
    expect(await gather({ PATH: empty })).toEqual(noEvent);
  });

  test('does not start git where nobody needs it', async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'git'), `#!/bin/sh\necho called > ${join(folder, 'called')}\nexit 1\n`);
    chmodSync(join(bin, 'git'), 0o755);

    expect(await gather({ PATH: bin }, { asksGit: false })).toEqual(noEvent);
    expect(() => rmSync(join(folder, 'called'))).toThrow('ENOENT');
    expect(await gather({ PATH: `${bin}:/bin:/usr/bin` })).toEqual(noEvent);
    rmSync(join(folder, 'called'));
  });

  test('tells that git does not trust a folder of another user', async () => {
    const events: RunEvent[] = [];
    const env = { ...environment(), GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' };
    const host = createHost({ env, workingDirectory: work, emit: (event) => events.push(event) });

    expect(await gatherEvent({ host, root: work, asksGit: true })).toEqual(noEvent);
    expect(events[0]).toMatchObject({ kind: 'note', text: expect.stringContaining('another user') });
  });

  test('completes what a CI service does not tell, and changes nothing of what it tells', async () => {
    git('checkout', '-q', 'main');
    const jenkins = { JENKINS_URL: 'https://ci', BRANCH_NAME: 'release', GIT_COMMIT: second, BUILD_NUMBER: '3' };
    const other = { ...jenkins, GIT_COMMIT: 'a'.repeat(40) };

    expect(await gather(jenkins)).toMatchObject({
      provider: 'jenkins',
      ref: 'refs/heads/release',
      commitDate: '2026-03-04T08:00:00.000Z',
      defaultBranch: 'main',
      repository: { fullName: 'acme/app' },
      runNumber: 3,
      isCi: true,
    });
    expect(await gather(other)).not.toHaveProperty('commitDate');
  });

  test('reads the document of GitHub, and faults where it cannot', async () => {
    const file = join(folder, 'event.json');
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_SHA: second,
    };
    writeFileSync(file, '{"repository": {"full_name": "acme/app", "default_branch": "trunk"}}');

    expect(await gather({ ...env, GITHUB_EVENT_PATH: file })).toMatchObject({ defaultBranch: 'trunk' });
    expect(await gather({ ...env, GITHUB_EVENT_PATH: join(folder, 'none.json') })).toMatchObject({
      defaultBranch: 'main',
    });
    await expect(gather({ ...env, GITHUB_EVENT_PATH: folder })).rejects.toMatchObject({ code: 'EVENT_UNREADABLE' });
  });

  test('compareCommits tells which commit leads to which', async () => {
    const place = { host: createHost({ env: environment() }), root: work };
    git('checkout', '-q', '-B', 'side', first);
    const side = commit('side');

    expect(await compareCommits({ current: first, next: second }, place)).toBe('newer');
    expect(await compareCommits({ current: second, next: first }, place)).toBe('older');
    expect(await compareCommits({ current: side, next: second }, place)).toBe('apart');
    expect(await compareCommits({ current: 'a'.repeat(40), next: second }, place)).toBeUndefined();
    expect(await compareCommits({ current: '--help', next: second }, place)).toBeUndefined();
  });
});
