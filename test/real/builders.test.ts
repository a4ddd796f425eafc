import { arch } from 'node:os';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { startBuildkitEndpoint } from '../../scripts/real-engine.mjs';
import { ensureBuilder } from '../../src/engine/buildkit/builders/ensure-builder.ts';
import { createHost } from '../../src/host/create-host.ts';
import type { BuilderFacts } from '../../src/plan/builder-facts.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { startSshServer } from './support/ssh-server.ts';
import { useWorkbench } from './support/workbench.ts';

const workbench = useWorkbench();
const own = arch() === 'x64' ? 'linux/amd64' : 'linux/arm64';
const other = own === 'linux/amd64' ? 'linux/arm64' : 'linux/amd64';
const running = 'FROM busybox\nRUN true\n';
let count = 0;

/** A project whose Dockerfile runs something, with these builders. */
function project(builders = '', dockerfile = running): string {
  count += 1;
  const config = `image: ${workbench.repositories}/app\nplatforms: [${own}, ${other}]\n${builders}`;
  return workbench.files(`project${count}`, { Dockerfile: dockerfile, 'polyarch.yaml': config });
}

async function planOf(folder: string, args: readonly string[] = [], env = {}): Promise<Plan> {
  return JSON.parse(await workbench.polyarch(['plan', folder, '--json', ...args], { env })) as Plan;
}

function host(env: Readonly<Record<string, string>> = {}) {
  return createHost({ env: { ...workbench.env, ...env } });
}

function routesOf({ cells }: Plan) {
  return cells.map(({ platform, builder, node, route }) => [platform, builder, node, route.kind]);
}

describe('the builder of the Docker Engine', () => {
  test('is found with what its CPU runs and what it emulates', async () => {
    const plan = await planOf(project());

    expect(plan.engine.name).toBe('buildkit');
    expect(plan.builders).toMatchObject([{ name: 'default', driver: 'docker', state: 'ready' }]);
    const [node] = plan.builders[0]?.nodes ?? [];
    expect(node).toMatchObject({ canPushByDigest: false, canExportCache: true });
    expect(node?.native[0]).toBe(own);
    expect(node?.native).not.toContain(other);
    expect(node?.emulated).toContain(other);
    expect(node?.freeBytes).toBeGreaterThan(0);
    expect(Math.abs(node?.clockSkewMs ?? Infinity)).toBeLessThan(5000);
    expect(routesOf(plan)).toEqual([
      [own, 'default', undefined, 'native'],
      [other, 'default', undefined, 'emulated'],
    ]);
  });

  test('builds across platforms what is pinned to the build platform', async () => {
    const pinned = 'FROM --platform=$BUILDPLATFORM busybox AS b\nRUN true\nFROM scratch\nCOPY --from=b /x /x\n';

    expect(routesOf(await planOf(project('', pinned))).map(([, , , kind]) => kind)).toEqual(['native', 'cross']);
  });
});

describe('a BuildKit at an address', () => {
  test('is made, started and used where the config describes it', async () => {
    const folder = project(
      `builders: [{name: near, endpoint: "${inject('buildkitAddress')}", platforms: [${own}]}, {name: default, driver: docker}]\n`,
    );

    const before = await planOf(folder);
    const described = before.builders.find(({ name }) => name === 'polyarch-near');
    if (described === undefined) throw new Error('the builder is not in the plan');
    await ensureBuilder(described, host());
    const after = await planOf(folder);

    expect(described).toMatchObject({ driver: 'remote', state: 'missing' });
    expect(routesOf(before)).toEqual([
      [own, 'polyarch-near', undefined, 'native'],
      [other, 'default', undefined, 'emulated'],
    ]);
    expect(await workbench.run('docker', ['buildx', 'inspect', 'polyarch-near'])).toMatch(/Status: +running/);
    expect(after.builders.find(({ name }) => name === 'polyarch-near')).toMatchObject({
      state: 'ready',
      nodes: [{ native: expect.arrayContaining([own]) as unknown, canPushByDigest: true }],
    });
  });

  test('is refused where its CPU is not what the config says', async () => {
    const wrong: BuilderFacts = {
      name: 'polyarch-liar',
      driver: 'remote',
      endpoint: inject('buildkitAddress'),
      state: 'missing',
      slots: 1,
      platforms: [other],
      options: {},
      nodes: [],
    };

    await expect(ensureBuilder(wrong, host())).rejects.toMatchObject({ code: 'BUILDER_PLATFORM_WRONG' });
  });

  test('says so where nobody listens', async () => {
    const folder = project(`builders: [{name: dead, endpoint: "tcp://127.0.0.1:1", platforms: [${own}]}]\n`);

    const { code, stderr } = await workbench.attemptPolyarch(['plan', folder]);

    expect(code).toBe(5);
    expect(stderr).toMatch(/tcp:\/\/127\.0\.0\.1:1 refuses the connection/);
    expect(stderr).toMatch(/hint: Look whether the machine is up/);
  });

  test('of two nodes is seen through: a declared platform does not change the CPU', async () => {
    const socket = (workbench.env['DOCKER_HOST'] ?? '').replace('unix://', '');
    const second = await startBuildkitEndpoint({
      socket,
      env: {},
      stop: () => Promise.resolve(),
      kill: () => undefined,
    });
    workbench.onEnd(() => second.stop());
    const create = ['buildx', 'create', '--name', 'fleet', '--driver', 'remote'];
    await workbench.run('docker', [...create, '--node', 'n1', '--platform', own, inject('buildkitAddress')]);
    await workbench.run('docker', [...create, '--append', '--node', 'n2', '--platform', other, second.address]);

    const plan = await planOf(project('builders: [{name: fleet, slots: 2}]\n'));

    expect(plan.builders[0]?.nodes.map(({ name, native, declared }) => [name, native[0], declared])).toEqual([
      ['n1', own, [own]],
      ['n2', own, [other]],
    ]);
    expect(routesOf(plan)).toEqual([
      [own, 'fleet', 'n1', 'native'],
      [other, 'fleet', 'n2', 'emulated'],
    ]);
  });
});

describe('a Docker context over ssh', () => {
  const builders = 'builders: [{name: far, context: far}]\n';
  let withSsh: Readonly<Record<string, string>> = {};
  beforeAll(async () => {
    // The other end is this machine: docker must be found there, and find the engine of the tests.
    const variables = ['PATH', 'DOCKER_HOST', 'DOCKER_CONFIG'];
    withSsh = await contextTo('far', { hostKey: true, key: true, variables });
  });

  /** A Docker context, and the environment whose ssh leads there. */
  async function contextTo(
    name: string,
    options: Parameters<typeof startSshServer>[1],
  ): Promise<Readonly<Record<string, string>>> {
    const { port, folder } = await startSshServer(workbench, options);
    await workbench.run('docker', ['context', 'create', name, '--docker', `host=ssh://root@127.0.0.1:${port}`]);
    return { PATH: `${folder}:${workbench.env['PATH'] ?? ''}` };
  }

  test('tells its CPU before a builder is made on it', async () => {
    const plan = await planOf(project(builders), ['--platform', own], withSsh);

    expect(plan.builders).toMatchObject([
      {
        name: 'polyarch-far',
        driver: 'docker-container',
        context: 'far',
        state: 'missing',
        nodes: [{ endpoint: 'far' }],
      },
    ]);
    expect(routesOf(plan)).toEqual([[own, 'polyarch-far', undefined, 'native']]);
  });

  test('is a builder by itself where the docker driver is asked for', async () => {
    const plan = await planOf(project('builders: [{name: far, context: far, driver: docker}]\n'), [], withSsh);

    expect(plan.builders).toMatchObject([{ name: 'far', driver: 'docker', state: 'ready' }]);
    expect(plan.builders[0]?.nodes[0]?.native[0]).toBe(own);
  });

  test('says what to do where its BuildKit cannot be pulled, and leaves no ruin', async () => {
    const [missing] = (await planOf(project(builders), ['--platform', own], withSsh)).builders;
    if (missing === undefined) throw new Error('the builder is not in the plan');

    await expect(ensureBuilder(missing, host(withSsh))).rejects.toMatchObject({
      code: 'BUILDER_NOT_CREATED',
      hint: expect.stringContaining('moby/buildkit') as unknown,
    });
    expect(await workbench.run('docker', ['buildx', 'ls'])).not.toContain('polyarch-far');
  });

  test.each([
    [
      'refused',
      { hostKey: true, key: false },
      /ssh is refused: no key that was offered is taken/,
      /hint: Put the public key into/,
    ],
    ['strange', { hostKey: false, key: true }, /its ssh host key is not known here/, /hint: Log in once by hand/],
  ] as const)('says what is wrong with ssh: %s', async (name, options, cause, cure) => {
    const env = await contextTo(name, options);

    const { code, stderr } = await workbench.attemptPolyarch(
      ['plan', project(`builders: [{name: far, context: ${name}}]\n`)],
      { env },
    );

    expect(code).toBe(5);
    expect(stderr).toMatch(cause);
    expect(stderr).toMatch(cure);
  });
});

describe('a bad world', () => {
  test.each([
    ['an unknown context', 'builders: [{name: x, context: nowhere}]\n', {}, /there is no Docker context "nowhere"/],
    [
      'a dead daemon',
      '',
      { DOCKER_HOST: 'unix:///nowhere.sock' },
      /no Docker daemon answers at unix:\/\/\/nowhere\.sock/,
    ],
    ['no docker', '', { PATH: '/nowhere' }, /there is no program "docker"/],
    ['no plugin', '', { DOCKER_CONFIG: '/nowhere' }, /docker has no buildx plugin/],
  ])('is told with cause and cure: %s', async (_name, builders, env, cause) => {
    const { code, stderr } = await workbench.attemptPolyarch(['build', project(builders)], { env });

    expect(code).toBe(5);
    expect(stderr).toMatch(cause);
    expect(stderr).toMatch(/hint: \S/);
    expect(stderr.split('\n').length).toBeLessThan(20);
  });

  test('is shown by doctor, and a good one too', async () => {
    const good = await workbench.attemptPolyarch(['doctor', project()]);
    const bad = await workbench.attemptPolyarch(['doctor', project('builders: [{name: x, context: nowhere}]\n')]);

    expect([good.code, bad.code]).toEqual([0, 5]);
    expect(good.stdout).toMatch(/default {2}docker · ready/);
    expect(good.stdout).toMatch(new RegExp(`native +${own}`));
    expect(bad.stdout).toMatch(/error: .*no Docker context "nowhere"/);
  });
});
