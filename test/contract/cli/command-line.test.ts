import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorkspace, type Workspace } from '../../support/run-program.ts';
import { type BadInput, expectRefusal } from './bad-input.ts';

const project = { Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'A' };

const cases: readonly BadInput[] = [
  {
    name: 'an unknown platform',
    files: project,
    args: ['build', '--platform', 'linux/amd46'],
    exitCode: 2,
    says: [
      'the platform "linux/amd46": "amd46" is no known architecture; did you mean "amd64"',
      'code: PLATFORM_MALFORMED',
    ],
  },
  {
    name: 'an unknown kind of output',
    files: project,
    args: ['build', '-o', 'oic:out'],
    exitCode: 2,
    says: [
      '"oic" is no kind of output; did you mean "oci"',
      'expected oci:DIR, oci-archive:FILE or docker-archive:FILE',
    ],
  },
  {
    name: 'a tag with capital letters',
    files: project,
    args: ['build', '-t', 'acme/App:1'],
    exitCode: 2,
    says: ['Cannot read the reference "acme/App:1"', 'capital letters, expected "acme/app"'],
  },
  {
    name: 'a push without a repository',
    files: project,
    args: ['build', '--push'],
    exitCode: 2,
    says: ['no repository is named', '-t REGISTRY/REPOSITORY:TAG', 'code: PUSH_WITHOUT_REPOSITORY'],
  },
  {
    name: 'a variant that the config does not have',
    files: { ...project, 'polyarch.yaml': 'variants: {redis: {}, minimal: {}}\n' },
    args: ['build', '--variant', 'rediss'],
    exitCode: 2,
    says: ['Cannot choose the variant "rediss"', 'redis', 'minimal', 'code: SELECTION_UNKNOWN'],
  },
  {
    name: 'a stage that the Dockerfile does not have',
    files: { Dockerfile: 'FROM scratch AS runtime\nCOPY a /a\n', a: 'A' },
    args: ['build', '--target', 'runtme'],
    exitCode: 2,
    says: ['"runtme"', 'runtime', 'code: STAGE_UNKNOWN'],
  },
  {
    name: 'two variants for one place',
    files: { ...project, 'polyarch.yaml': 'variants: {a: {}, b: {}}\n' },
    args: ['build', '-o', 'oci:out'],
    exitCode: 2,
    says: ['Cannot write "app/a" and "app/b" to one place', 'code: DESTINATION_SHARED'],
  },
];

describe('a flag', () => {
  test.concurrent.each(cases)('that gives $name is refused', expectRefusal);
});

describe('polyarch', () => {
  let workspace: Workspace;
  beforeAll(() => {
    workspace = openWorkspace(project);
  });
  afterAll(() => workspace.remove());

  test('tells by its exit code and on stderr what was wrong', async () => {
    const { exitCode, stdout, stderr } = await workspace.run(['biuld']);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('error: Cannot run `polyarch`: there is no command "biuld"; did you mean "build"');
  });

  test('knows its version', async () => {
    expect(await workspace.run(['--version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
  });

  test('a reader that goes away early is no fault', async () => {
    const ended = await workspace.run(['help', 'build'], { shell: '{ "$@"; echo "exit $?" >&2; } | head -n 1' });

    expect(ended).toMatchObject({ stdout: 'Usage: polyarch build [options] [folder]\n', stderr: 'exit 0\n' });
  });

  test('a build goes on when nobody reads its progress any more', async () => {
    const { ended, child } = workspace.start(['build', '--progress=plain', '--quiet']);
    child.stderr?.destroy();

    expect(await ended).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/) });
    expect(workspace.has('.polyarch/app/index.json')).toBe(true);
  });
});
