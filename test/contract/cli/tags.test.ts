import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorkspace, type Workspace } from '../../support/run-program.ts';
import { SmallRegistry } from '../../support/small-registry.ts';
import { type BadInput, expectRefusal } from './bad-input.ts';

const project = { Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'A' };
const sha = 'cd65417f2b1e4a5c8d9e0f1a2b3c4d5e6f708192';
const rules = `
tags:
  - type=semver,pattern={{version}}
  - type=semver,pattern={{major}}
  - type=ref,event=branch
  - type=sha
immutable: [semver]
`;

describe('tags', () => {
  let registry: SmallRegistry;
  let workspace: Workspace;
  beforeAll(async () => {
    registry = await SmallRegistry.start();
    workspace = openWorkspace({ ...project, 'polyarch.yaml': `image: ${registry.host}/acme/app\n${rules}` });
  });
  afterAll(async () => {
    workspace.remove();
    await registry.stop();
  });

  function requestsOf(action: () => Promise<unknown>): Promise<number> {
    const before = registry.requests.length;
    return action().then(() => registry.requests.length - before);
  }

  test('answer --event, --ref and --sha', async () => {
    const event = ['--event', 'push', '--ref', 'refs/tags/v1.2.3', '--sha', sha];
    const { value } = await workspace.json(['plan', '--push', '--no-moves', ...event]);

    expect(value).toMatchObject({
      event: { name: 'push', ref: 'refs/tags/v1.2.3', sha },
      releases: [{ destinations: [{ tags: ['1.2.3', '1', 'sha-cd65417', 'latest'], immutable: ['1.2.3'] }] }],
    });
  });

  test('are asked of the registry by --moves and by --push, and by nothing else', async () => {
    const event = ['--ref', 'refs/tags/v1.2.3'];

    expect(await requestsOf(() => workspace.run(['plan', ...event]))).toBe(0);
    expect(await requestsOf(() => workspace.run(['plan', '--push', '--no-moves', ...event]))).toBe(0);
    expect(await requestsOf(() => workspace.run(['plan', '--push', ...event]))).toBeGreaterThan(0);
    const { stdout, stderr } = await workspace.run(['plan', '--moves', ...event]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/acme\/app:1\.2\.3 +- +to be built +new\n/);
  });

  test('move from one version to the next in the plan, and not back', async () => {
    const pushed = await workspace.run(['build', '--quiet', '--push', '--ref', 'refs/tags/v1.2.3', '--sha', sha]);
    expect(pushed).toMatchObject({ exitCode: 0 });
    const older = await workspace.json(['plan', '--moves', '--ref', 'refs/tags/v1.2.2', '--sha', 'a'.repeat(40)]);
    const newer = await workspace.json(['plan', '--moves', '--ref', 'refs/tags/v1.3.0', '--sha', 'a'.repeat(40)]);

    expect(older.value).toMatchObject({
      moves: {
        releases: [
          {
            moves: [
              { tag: '1.2.2', state: 'new' },
              { tag: '1', state: 'kept-newer', reason: '1.2.3 is newer than 1.2.2' },
              { tag: 'sha-aaaaaaa', state: 'new' },
              { tag: 'latest', state: 'kept-newer' },
            ],
          },
        ],
        unreachable: [],
      },
    });
    expect(newer.value).toMatchObject({
      moves: { releases: [{ moves: [{ state: 'new' }, { tag: '1', state: 'moved' }, {}, { state: 'moved' }] }] },
    });
  });

  test('of a prerelease that would take latest are warned of, with the cure', async () => {
    const beta = ['plan', '--ref', 'refs/tags/v2.0.0-beta'];
    const sound = await workspace.run(beta);
    workspace.write('doubtful.yaml', 'name: app\ntags: ["type=ref,event=tag"]\n');
    const doubtful = await workspace.run([...beta, '--config', 'doubtful.yaml']);

    expect(sound.stderr).toBe('');
    expect(doubtful).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('"latest" would move to the prerelease'),
    });
    expect(doubtful.stderr).toContain('latest=false');
  });

  test('of all usual events are shown by --events', async () => {
    const { exitCode, stdout, stderr } = await workspace.run(['plan', '--events']);
    const { value } = await workspace.json(['plan', '--events']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/\ntag v1\.2\.3 +app +1\.2\.3, 1, sha-0123456, latest\n/);
    expect(value).toContainEqual({
      event: 'push to feature/foo',
      release: 'app',
      tags: ['feature-foo', 'sha-0123456'],
    });
  });

  test('come from git where there is no CI service', async () => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' };
    for (const args of [
      ['init', '-q', '-b', 'feature/foo'],
      ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'one'],
    ])
      expect(spawnSync('git', args, { cwd: workspace.folder, env }).status).toBe(0);
    const { value } = await workspace.json(['plan', '--push', '--no-moves']);

    expect(value).toMatchObject({
      releases: [{ destinations: [{ tags: ['feature-foo', expect.stringMatching(/^sha-/)] }] }],
    });
  });
});

function named(rule: string): Readonly<Record<string, string>> {
  return { ...project, 'polyarch.yaml': `image: ghcr.io/acme/app\ntags: ["${rule}"]\n` };
}

const onMain = ['build', '--push', '--event', 'push', '--ref', 'refs/heads/main'];

const cases: readonly BadInput[] = [
  {
    name: 'an unknown type of tag rule',
    files: named('type=semvar,pattern={{version}}'),
    args: onMain,
    exitCode: 2,
    says: ['Unknown tag type attribute: semvar', 'code: TAG_RULE_MALFORMED'],
  },
  {
    name: 'rules that give nothing',
    files: named('type=semver,pattern={{version}}'),
    args: onMain,
    exitCode: 2,
    says: ['no tag rule gives a tag, and the event is push on "refs/heads/main"', 'code: TAGS_EMPTY'],
  },
  {
    name: 'a tag of 200 characters',
    files: named(`type=raw,value=${'a'.repeat(200)}`),
    args: onMain,
    exitCode: 2,
    says: ['the tag has 200 characters, expected at most 128', 'code: TAG_UNUSABLE'],
  },
  {
    name: 'a repository with capitals',
    files: { ...project, 'polyarch.yaml': 'image: ghcr.io/Acme/app\n' },
    args: onMain,
    exitCode: 2,
    says: ['ghcr.io/Acme/app', 'capital letters'],
  },
  {
    name: 'an event that is none',
    files: project,
    args: ['plan', '--event', 'pusch'],
    exitCode: 2,
    says: ['did you mean "push"', 'code: EVENT_MALFORMED'],
  },
];

describe('bad tags are told before anything is built', () => {
  test.each(cases)('$name', (input) => expectRefusal(input));
});

describe('GitHub Actions', () => {
  const files = { Dockerfile: 'FROM scratch\nCOPY a /a\nRUNN x\n', a: 'A' };

  test('is shown the line of the Dockerfile that is wrong', async () => {
    const workspace = openWorkspace(files);
    const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: workspace.folder };
    const [told, silent] = [await workspace.run(['plan'], { env }), await workspace.run(['plan'])];
    workspace.remove();

    expect(told.stderr).toMatch(/^::error file=Dockerfile,line=3,(?:col=\d+,)?title=\w+::.*RUNN/m);
    expect(silent.stderr).not.toContain('::error');
  });

  test('folds the progress of a build away', async () => {
    const workspace = openWorkspace(project);
    const { stderr, exitCode } = await workspace.run(['build'], { env: { GITHUB_ACTIONS: 'true' } });
    workspace.remove();

    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^::group::Progress\n[\s\S]+\n::endgroup::\n$/);
  });
});
