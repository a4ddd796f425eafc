import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answeringDocker, type DockerAnswer } from '../../support/answering-docker.ts';
import { openWorkspace, type Workspace } from '../../support/run-program.ts';

const docker = answeringDocker();
afterAll(() => docker.remove());
let workspace: Workspace;
beforeEach(() => {
  workspace = openWorkspace({ Dockerfile: 'FROM alpine\nRUN make\n' });
});
afterEach(() => workspace.remove());

const inspection =
  'Name: desk\nDriver: docker\n\nNodes:\nName: desk\nEndpoint: default\nStatus: running\nBuildKit version: v0.25.1\nPlatforms: linux/amd64, linux/arm64\n';
const info = JSON.stringify({
  Name: 'elsewhere',
  OSType: 'linux',
  Architecture: 'x86_64',
  SystemTime: '2020-01-01T00:00:00Z',
  DockerRootDir: '/nowhere',
  OperatingSystem: 'Debian',
});
const programs: readonly DockerAnswer[] = [
  { to: '^--version$', out: 'Docker version 28.5.2, build abc\n' },
  { to: '^buildx version$', out: 'github.com/docker/buildx v0.29.1 abc\n' },
  { to: '^context ls', out: '{"Name":"default","Current":true,"DockerEndpoint":"unix:///var/run/docker.sock"}\n' },
];
const found: readonly DockerAnswer[] = [
  ...programs,
  { to: '^buildx ls', out: '{"Name":"desk","Current":true}\n' },
  { to: '^buildx inspect', out: inspection },
  { to: ' info ', out: info },
];

function run(args: readonly string[]) {
  return workspace.run(args, { env: { PATH: docker.path } });
}

describe("'doctor'", () => {
  test('shows what a build stands on, on one screen, and ends well', async () => {
    docker.answer(...found);

    const { stdout, exitCode } = await run(['doctor']);

    expect(exitCode).toBe(0);
    expect(stdout.split('\n').length).toBeLessThan(25);
    expect(stdout).toMatch(/docker +28\.5\.2\nbuildx +0\.29\.1\n/);
    expect(stdout).toMatch(/engine +BuildKit: line 2 of Dockerfile runs a command\n/);
    expect(stdout).toMatch(/desk {2}docker · ready · 4 slots\n/);
    expect(stdout).toMatch(/BuildKit v0\.25\.1 · cannot push by digest/);
    expect(stdout).toMatch(/native +linux\/amd64\n +emulated +linux\/arm64\n/);
    expect(stdout).toMatch(/warning: The clock of the builder "desk" is \d+ s behind\n {2}hint: /);
  });

  test('gives the same as JSON', async () => {
    docker.answer(...found);

    const { stdout } = await run(['doctor', '--json']);

    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      kind: 'polyarch/doctor',
      docker: '28.5.2',
      builders: [{ name: 'desk', isUsed: true, nodes: [{ native: ['linux/amd64'] }] }],
    });
  });

  test('ends badly where a builder of the config is missing, with cause and cure', async () => {
    workspace.write('polyarch.yaml', 'image: localhost:1/app\nbuilders: [{name: arm, context: nope}]\n');
    docker.answer(
      ...programs,
      { to: '^buildx ls' },
      { to: '^buildx inspect', err: 'ERROR: no builder "arm" found', exit: 1 },
      { to: '^--context nope info', err: 'context "nope": context not found', exit: 1 },
    );

    const { stdout, exitCode } = await run(['doctor', '.', '--config', 'polyarch.yaml']);

    expect(exitCode).toBe(5);
    expect(stdout).toMatch(
      /error: Cannot use the builder "arm": there is no Docker context "nope" \(DOCKER_CONTEXT_UNKNOWN\)\n {2}hint: docker context ls/,
    );
    expect(stdout).toMatch(/warning: There is no login for localhost:1\/app/);
  });

  test('ends badly without docker where something has to be run, and well where nothing has', async () => {
    const without = { env: { PATH: '/nowhere' } };
    const needed = await workspace.run(['doctor'], without);
    workspace.write('Dockerfile', 'FROM scratch\nCOPY . /\n');
    const idle = await workspace.run(['doctor'], without);

    expect(needed.exitCode).toBe(5);
    expect(needed.stdout).toMatch(/error: Cannot use docker: there is no program "docker" \(DOCKER_MISSING\)/);
    expect(idle.exitCode).toBe(0);
    expect(idle.stdout).toMatch(/engine +embedded: nothing has to be run/);
  });
});

describe('polyarch plan', () => {
  test('takes BuildKit where a command must be run, and says which and why', async () => {
    docker.answer(...found);

    const { stdout } = await run(['plan', '--platform', 'linux/amd64,linux/arm64']);

    expect(stdout).toMatch(
      /^2 cells on buildkit: Line 2 of Dockerfile runs a command, and BuildKit is there: "desk"\n/,
    );
    expect(stdout).toMatch(/app\/linux\/amd64 +native +desk /);
    expect(stdout).toMatch(/\nemulated app\/linux\/arm64: Line 2 .* only emulates; to be faster, /);
  });

  test('never asks docker where nothing has to be run', async () => {
    docker.answer(...found);
    workspace.write('Dockerfile', 'FROM scratch\nCOPY . /\n');

    const { stdout } = await run(['plan']);

    expect(stdout).toMatch(/^2 cells on embedded: /);
    expect(docker.calls()).toEqual([]);
  });

  test('--engine embedded is obeyed, --engine buildkit too', async () => {
    docker.answer(...found);

    expect((await run(['plan', '--engine', 'embedded'])).stdout).toMatch(
      /on embedded: Asked for with --engine embedded/,
    );
    workspace.write('Dockerfile', 'FROM scratch\nCOPY . /\n');
    expect((await run(['plan', '--engine', 'buildkit'])).stdout).toMatch(/on buildkit: BuildKit is asked for/);
  });

  test('--builder takes one builder, and says which there are', async () => {
    docker.answer({ to: '^buildx inspect dask$', err: 'ERROR: no builder "dask" found', exit: 1 }, ...found);

    const { stdout } = await run(['plan', '--builder', 'desk', '--platform', 'linux/amd64']);
    const { stderr, exitCode } = await run(['plan', '--builder', 'dask']);

    expect(stdout).toMatch(/app\/linux\/amd64 +native +desk /);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /Cannot build on "dask": there is no such builder, did you mean "desk"\?[\s\S]*BUILDER_UNKNOWN/,
    );
  });

  test('says what was tried where BuildKit is needed and none is there', async () => {
    docker.answer({
      to: '',
      err: 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?',
      exit: 1,
    });

    const { stderr, exitCode } = await run(['build']);

    expect(exitCode).toBe(5);
    expect(stderr).toMatch(
      /Cannot build: line 2 of Dockerfile runs a command, which needs BuildKit, and none can be used/,
    );
    expect(stderr).toMatch(/tried: Cannot use the current builder of buildx: no Docker daemon answers at unix:\/\/\/x/);
    expect(stderr).toMatch(/hint: Start Docker/);
  });

  test('--matrix needs no builder here: the jobs have their own', async () => {
    const { stdout, exitCode } = await workspace.run(['plan', '--matrix', '--out', 'plan.json'], {
      env: { PATH: '/nowhere' },
    });

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/"platform":"linux\/arm64"/);
    expect(JSON.parse(workspace.read('plan.json'))).toMatchObject({
      engine: { name: 'buildkit' },
      cells: [{ route: { kind: 'native' } }, { route: { kind: 'native' } }],
    });
  });
});
