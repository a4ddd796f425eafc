import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { openWorkspace, type Workspace } from '../../support/run-program.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

const noise = Uint8Array.from({ length: 4096 }, (_empty, at) => (at * 167 + 13) % 256);

/** Projects that nobody expects, and what `plan` then says of the config: nothing, or one plain fault. */
const projects: readonly (readonly [string, Files, string | undefined])[] = [
  ['a Dockerfile of Windows', { Dockerfile: '\uFEFFFROM alpine\r\nRUN a \\\r\n  b\r\nCOPY . /\r\n' }, undefined],
  ['a binary Dockerfile', { Dockerfile: noise }, 'DOCKERFILE_INSTRUCTION_UNKNOWN'],
  ['an empty Dockerfile', { Dockerfile: '' }, 'DOCKERFILE_SYNTAX'],
  ['a line without end', { Dockerfile: `FROM alpine\n${'#'.repeat(2_000_000)}` }, 'DOCKERFILE_SYNTAX'],
  ['a flag that is misspelt', { Dockerfile: 'FROM --platfrom=linux/amd64 alpine\n' }, 'DOCKERFILE_FLAG_UNKNOWN'],
  [
    'files that are broken',
    {
      Dockerfile: 'FROM alpine\n',
      '.github/workflows/x.yml': 'on: [push\njobs: {\n - : :\n',
      'compose.yaml': 'services: [a, b]\n',
      'docker-bake.json': '{"target": {"x": [1,2]}, "group": ',
      'docker-bake.hcl': 'target "x" { inherits = ["x"]\n platforms = [ "linux/amd64" \n',
      '.gitlab-ci.yml': noise,
    },
    undefined,
  ],
  [
    'platforms and names that nobody knows',
    {
      Dockerfile: 'FROM alpine\n',
      '.github/workflows/x.yml':
        'jobs: {b: {strategy: {matrix: 7}, steps: [{uses: docker/build-push-action@v6, with: {platforms: "linux/amd64,no/such/thing,${{ matrix.x }}", tags: "GHCR.io/Acme/App:1"}}]}}\n',
    },
    undefined,
  ],
  [
    'Rust without a lock',
    { Dockerfile: 'FROM rust\nCOPY Cargo.toml .\nRUN cargo build\n', 'Cargo.toml': '' },
    undefined,
  ],
  [
    'Python in a folder',
    { 'docker/Dockerfile': 'FROM python\nCOPY pyproject.toml .\n', 'pyproject.toml': '' },
    undefined,
  ],
];

describe('polyarch init', () => {
  let workspace: Workspace | undefined;
  afterEach(() => workspace?.remove());

  test.each(projects)('on %s gives a config, and plan takes it or says plainly why not', async (_what, files, code) => {
    workspace = openWorkspace(files);

    const written = await workspace.run(['init', '--yes']);
    const planned = await workspace.run(['plan', '--matrix', '--out', '../plan.json']);

    expect(written).toMatchObject({ exitCode: 0, stderr: '' });
    expect(planned.exitCode === 0).toBe(code === undefined);
    expect(planned.stderr).toContain(code === undefined ? '' : `code: ${code}\n`);
    expect(planned.stderr).not.toMatch(/\n {4}at |please report/i);
  });

  test('knows the remote of a worktree, and shows no password of it', async () => {
    workspace = openWorkspace({ Dockerfile: 'FROM alpine\n' });
    const script = [
      'git init -q -b main ../main',
      'cd ../main',
      'git remote add origin https://user:a-password@github.com/acme/Tool.git',
      'git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one',
      'rm -rf "$FOLDER"',
      'git worktree add -q "$FOLDER" -b side',
    ].join(' && ');
    const made = spawnSync('sh', ['-c', script], {
      cwd: workspace.folder,
      env: { ...process.env, FOLDER: workspace.folder, GIT_CONFIG_GLOBAL: '/dev/null' },
    });
    expect(made.status).toBe(0);
    workspace.write('Dockerfile', 'FROM alpine\n');

    const { stdout } = await workspace.run(['init', '--stdout']);

    expect(stdout).toContain('image: ghcr.io/acme/tool\n');
    expect(stdout).not.toContain('a-password');
  });
});
