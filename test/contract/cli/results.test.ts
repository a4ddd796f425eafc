import { lstatSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openWorkspace, valueAt, type Workspace } from '../../support/run-program.ts';

const project = { Dockerfile: 'FROM scratch AS final\nCOPY a /a\nARG WORD=none\nLABEL word=$WORD\n', a: 'A' };
const digestLine = /^sha256:[0-9a-f]{64}\n$/;

describe('polyarch build', () => {
  let workspace: Workspace;
  beforeAll(() => {
    workspace = openWorkspace(project);
  });
  afterAll(() => workspace.remove());

  test('tells platforms, digests, checks and the place on stdout, and progress on stderr', async () => {
    const { exitCode, stdout, stderr } = await workspace.run(['build']);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^PLATFORM .*CHECKS\nlinux\/amd64 .* sha256:[0-9a-f]{12} .* 7 ok\nlinux\/arm64 /);
    expect(stdout).toMatch(
      /\napp {2}sha256:[0-9a-f]{64}\n {2}on scratch\n {2}written oci:.*\/\.polyarch\/app latest\n/,
    );
    expect(stdout).toMatch(/\n2 of 2 platforms built in /);
    expect(stderr).toMatch(/^done COPY a \/a /);
    expect(workspace.read('.polyarch/.gitignore')).toBe('*\n');
  });

  test('--json, --quiet and --metadata-file tell one and the same digest', async () => {
    const { exitCode, value } = await workspace.json(['build', '--metadata-file', 'result.json']);
    const quiet = await workspace.run(['build', '--quiet']);

    expect(exitCode).toBe(0);
    expect(value).toMatchObject({ kind: 'polyarch/summary', version: 1, state: 'succeeded', totals: { built: 2 } });
    expect(quiet).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(digestLine) });
    expect(valueAt(value, 'releases', 0, 'digest')).toBe(quiet.stdout.trim());
    expect(valueAt(JSON.parse(workspace.read('result.json')), 'releases', 0, 'digest')).toBe(quiet.stdout.trim());
  });

  test('--metadata-file writes into a device, and leaves it where it is', async () => {
    const link = join(workspace.folder, 'out');
    symlinkSync('/dev/null', link);

    const { exitCode } = await workspace.run(['build', '--metadata-file', 'out']);

    expect(exitCode).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  test('--progress=rawjson is a line of JSON for each event', async () => {
    const { exitCode, stderr } = await workspace.run(['build', '--no-cache', '--progress=rawjson']);
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));

    expect(exitCode).toBe(0);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'task-ended', outcome: 'done' }));
  });

  test('a failed build is told as JSON too, with the exit code of its cause', async () => {
    const { exitCode, value } = await workspace.json(['build', '-f', 'Other']);
    workspace.write('Other', 'FROM scratch\nCOPY none /\n');
    const later = await workspace.json(['build', '-f', 'Other', '--metadata-file', 'failed.json']);

    expect([exitCode, valueAt(value, 'code')]).toEqual([2, 'DOCKERFILE_MISSING']);
    expect(later.exitCode).toBe(2);
    expect(later.value).toMatchObject({
      state: 'failed',
      totals: { failed: 2 },
      releases: [{ missing: ['linux/amd64', 'linux/arm64'] }],
    });
    expect(valueAt(later.value, 'cells', 0, 'problem', 'code')).toBe('COPY_SOURCE_MISSING');
    expect(JSON.parse(workspace.read('failed.json'))).toEqual(later.value);
  });

  test('--quiet is not quiet about what went wrong', async () => {
    const { exitCode, stdout, stderr } = await workspace.run(['build', '--quiet'], {
      env: { SOURCE_DATE_EPOCH: 'soon' },
    });

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('error: Cannot use SOURCE_DATE_EPOCH "soon"');
  });

  test('a result that cannot be written to --metadata-file is a fault', async () => {
    const { exitCode, stderr } = await workspace.run(['build', '--metadata-file', 'none/result.json']);

    expect(exitCode).toBe(5);
    expect(stderr).toContain('Cannot write the result to "none/result.json"');
    expect(stderr).toContain('code: METADATA_UNWRITABLE');
  });

  test.each([
    { spelling: 'linux/x86_64', platform: 'linux/amd64' },
    { spelling: 'aarch64', platform: 'linux/arm64' },
    { spelling: 'linux/armhf', platform: 'linux/arm/v7' },
  ])('understands --platform $spelling', async ({ spelling, platform }) => {
    const { value } = await workspace.json(['plan', '--platform', spelling]);

    expect(valueAt(value, 'cells', 0, 'platform')).toBe(platform);
    expect(valueAt(value, 'cells', 1)).toBeUndefined();
  });

  test('understands linux/$(uname -m), and one platform spelt in two ways', async () => {
    const machine = await workspace.run(['plan', '--json'], {
      shell: '"$@" --platform "linux/$(uname -m)" --platform linux/amd64,linux/x86_64,linux/arm64,linux/aarch64',
    });

    expect(machine.exitCode).toBe(0);
    expect(valueAt(JSON.parse(machine.stdout), 'cells', 2)).toBeUndefined();
  });
});

describe('-o and -t', () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = openWorkspace(project);
  });
  afterEach(() => workspace.remove());

  test('write layouts and archives that hold the same index, under the tags', async () => {
    const places = ['oci:layout', 'oci-archive:image.tar', 'type=oci,dest=buildx.tar'];
    const built = await workspace.run([
      'build',
      '-q',
      '-t',
      'acme/app:1.2',
      ...places.flatMap((place) => ['-o', place]),
    ]);
    const found = await Promise.all(
      ['oci:layout:1.2', 'oci-archive:image.tar:1.2', 'oci-archive:buildx.tar'].map((place) =>
        workspace.json(['inspect', place]),
      ),
    );

    expect(built.exitCode).toBe(0);
    expect(found.map(({ value }) => valueAt(value, 'descriptor', 'digest'))).toEqual(
      Array.from({ length: 3 }, () => built.stdout.trim()),
    );
    expect(workspace.has('.polyarch/app')).toBe(false);
  });

  test('write one platform to a docker-archive under its full name', async () => {
    const args = ['build', '-q', '-o', 'docker-archive:image.tar', '-t', 'acme/app:1.2', '--platform', 'linux/arm64'];
    const { exitCode } = await workspace.run(args);
    const { value } = await workspace.json(['inspect', 'docker-archive:image.tar']);

    expect(exitCode).toBe(0);
    expect(JSON.stringify(value)).toContain('linux/arm64');
    expect(workspace.read('image.tar')).toContain('acme/app:1.2');
  });
});

describe('a config', () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = openWorkspace(project);
  });
  afterEach(() => workspace.remove());

  test('with variants builds all of them, or those that --variant names', async () => {
    workspace.write('polyarch.yaml', 'platforms: [linux/amd64]\nvariants: {redis: {args: {WORD: r}}, minimal: {}}\n');
    const one = await workspace.json(['build', '--variant', 'minimal']);
    const all = await workspace.json(['build', '--all']);

    expect(one.value).toMatchObject({ cells: [{ id: 'app/minimal/linux/amd64' }] });
    expect(all.value).toMatchObject({
      cells: [{ id: 'app/redis/linux/amd64' }, { id: 'app/minimal/linux/amd64' }],
      releases: [{ id: 'app/redis' }, { id: 'app/minimal' }],
    });
    expect(valueAt(all.value, 'releases', 0, 'digest')).not.toBe(valueAt(all.value, 'releases', 1, 'digest'));
  });

  test('with `prepare` runs it first, and builds the folder that its last line names', async () => {
    workspace.write('polyarch.yaml', 'prepare: mkdir -p made && echo bundled > made/only && echo made\n');
    workspace.write('Dockerfile', 'FROM scratch\nCOPY only /only\n');
    const planned = await workspace.run(['build', '--plan']);
    expect([planned.exitCode, workspace.has('made')]).toEqual([0, false]);

    expect(await workspace.run(['build'])).toMatchObject({ exitCode: 0 });
  });
});

describe('a plan', () => {
  let workspace: Workspace;
  beforeAll(() => {
    workspace = openWorkspace({ ...project, 'polyarch.yaml': 'variants: {a: {}, b: {args: {WORD: b}}}\n' });
  });
  afterAll(() => workspace.remove());

  test('is byte for byte the same twice, but for the id and the time of the run', async () => {
    const plans = [await workspace.run(['plan', '--json']), await workspace.run(['build', '--plan', '--json'])];
    const [first, second] = plans.map(({ stdout }) => stdout.replace(/"(runId|createdAt)": ".*"/g, '"$1"'));

    expect(plans).toMatchObject([
      { exitCode: 0, stderr: '' },
      { exitCode: 0, stderr: '' },
    ]);
    expect(second).toBe(first);
    expect(plans[1]?.stdout).not.toBe(plans[0]?.stdout);
  });

  test('holds what the flags say, as docker buildx names them', async () => {
    const flags = [
      ['--file', 'Dockerfile', '--target', 'final', '--build-arg', 'WORD=flag', '--build-context', 'lib=.'],
      ['--label', 'a=1', '--annotation', 'b=2', '--annotation', 'index:c=3', '--no-cache', '--pull'],
      ['--secret', 'id=key,env=KEY', '--ssh', 'default', '--compression', 'zstd', '--compression-level', '3'],
      [
        '--variant',
        'b',
        '--platform',
        'linux/arm/v7',
        '--image',
        'app',
        '-t',
        'ghcr.io/acme/app:1',
        '--push',
        '--no-moves',
        '--load',
      ],
    ];
    const { exitCode, value } = await workspace.json(['plan', '.', ...flags.flat()]);

    expect(exitCode).toBe(0);
    expect(valueAt(value, 'cells')).toMatchObject([{ platform: 'linux/arm/v7', variant: 'b' }]);
    expect(valueAt(value, 'cells', 0, 'recipe')).toMatchObject({
      target: 'final',
      args: { WORD: 'flag' },
      contexts: { lib: workspace.folder },
      labels: { a: '1' },
      annotations: { b: '2' },
      compression: { type: 'zstd', level: 3 },
      noCache: true,
      pull: true,
      secrets: [{ id: 'key', env: 'KEY' }],
      ssh: ['default'],
    });
    expect(valueAt(value, 'releases')).toMatchObject([
      {
        annotations: { c: '3' },
        destinations: [
          { kind: 'docker', tags: ['ghcr.io/acme/app:1-b'] },
          { kind: 'repository', repository: 'ghcr.io/acme/app', tags: ['1-b'] },
        ],
      },
    ]);
  });

  test('is shown as text with every cell, why it is built so, and where it goes', async () => {
    const { exitCode, stdout } = await workspace.run([
      'plan',
      '-t',
      'ghcr.io/acme/app:1',
      '--variant',
      'a',
      '--push',
      '--no-moves',
    ]);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /app\/a\/linux\/arm64 +assembled +embedded +No stage that the target needs runs a command\n/,
    );
    expect(stdout).toContain('ghcr.io/acme/app');
    expect(workspace.has('.polyarch')).toBe(false);
  });
});
