import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeBuilder, probeConfigured } from '../../../../src/engine/buildkit/builders/probe-builder.ts';
import type { ProbedBuilder } from '../../../../src/engine/buildkit/builders/probed-builder.ts';
import { createHost } from '../../../../src/host/create-host.ts';
import { answeringDocker, type DockerAnswer } from '../../../support/answering-docker.ts';

const docker = answeringDocker();
let listener: Server;
let listening = '';

beforeAll(async () => {
  listener = createServer((socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  listening = typeof address === 'object' && address !== null ? `tcp://127.0.0.1:${address.port}` : '';
});
afterAll(() => {
  listener.close();
  docker.remove();
});

/** Nobody listens on the first port. */
const dead = 'tcp://127.0.0.1:1';
const unknown: DockerAnswer = { to: '^buildx inspect', err: 'ERROR: no builder "x" found', exit: 1 };

function host() {
  return createHost({ env: { PATH: docker.path } });
}

function infoOf(architecture: string): string {
  return JSON.stringify({
    Name: 'elsewhere',
    OSType: 'linux',
    Architecture: architecture,
    SystemTime: new Date(Date.now() + 3_600_000).toISOString(),
    DockerRootDir: '/nowhere',
    OperatingSystem: 'Debian',
  });
}

function inspection(driver: string, ...nodes: readonly string[]): string {
  return [`Name: b`, `Driver: ${driver}`, '', 'Nodes:', ...nodes].join('\n');
}

function shown({ fault, nodes, ...builder }: ProbedBuilder) {
  return {
    ...builder,
    code: fault?.code,
    nodes: nodes.map(({ fault: own, ...node }) => ({ ...node, code: own?.code })),
  };
}

describe('probeBuilder', () => {
  test('tells a docker-container builder by the CPU of its daemon, and how wrong its clock is', async () => {
    docker.answer(
      {
        to: '^buildx inspect b$',
        out: inspection(
          'docker-container',
          'Name: b0\nEndpoint: arm\nStatus: running\nPlatforms: linux/arm64, linux/amd64',
        ),
      },
      { to: '^--context arm info', out: infoOf('aarch64') },
    );

    const builder = await probeBuilder('b', host());

    expect(shown(builder)).toMatchObject({
      name: 'b',
      driver: 'docker-container',
      state: 'ready',
      nodes: [{ native: ['linux/arm64'], emulated: ['linux/amd64'], canPushByDigest: true }],
    });
    expect(builder.nodes[0]?.clockSkewMs).toBeGreaterThan(3_500_000);
    expect(builder.nodes[0]).not.toHaveProperty('freeBytes');
  });

  test('takes the first platform of a remote builder for that of its CPU, without a build', async () => {
    docker.answer({
      to: '^buildx inspect b$',
      out: inspection(
        'remote',
        'Name: b0\nEndpoint: tcp://a:1\nStatus: running\nPlatforms: linux/riscv64, linux/amd64',
      ),
    });

    const builder = await probeBuilder('b', host());

    expect(builder.nodes[0]).toMatchObject({ native: ['linux/riscv64'], emulated: ['linux/amd64'] });
    expect(docker.calls()).toEqual(['buildx inspect b']);
  });

  test('asks the node itself where declared platforms hide its CPU', async () => {
    docker.answer(
      {
        to: '^buildx inspect b$',
        out: inspection(
          'remote',
          'Name: b0\nEndpoint: tcp://a:1\nStatus: running\nPlatforms: linux/arm64*, linux/amd64',
        ),
      },
      { to: '^buildx build --builder b --platform linux/arm64 ', out: 'tar platform=linux/amd64;\n' },
    );

    const builder = await probeBuilder('b', host());

    expect(builder.nodes[0]).toMatchObject({
      native: ['linux/amd64'],
      emulated: ['linux/arm64'],
      declared: ['linux/arm64'],
    });
  });

  test('says who does not answer: a closed port, and one where no BuildKit is', async () => {
    for (const [endpoint, code] of [
      [dead, 'BUILDER_UNREACHABLE'],
      [listening, 'BUILDER_SILENT'],
      ['unix:///nowhere/buildkitd.sock', 'BUILDER_UNREACHABLE'],
    ]) {
      docker.answer({
        to: '^buildx inspect b$',
        out: inspection('remote', `Name: b0\nEndpoint: ${endpoint}\nStatus: inactive`),
      });

      expect(shown(await probeBuilder('b', host()))).toMatchObject({
        state: 'unreachable',
        code,
        nodes: [{ state: 'unreachable', code }],
      });
    }
  });

  test('is ready where one of its nodes is', async () => {
    docker.answer({
      to: '^buildx inspect b$',
      out: inspection(
        'remote',
        `Name: n1\nEndpoint: ${dead}\nStatus: inactive\n`,
        'Name: n2\nEndpoint: tcp://a:1\nStatus: running\nPlatforms: linux/amd64',
      ),
    });

    expect(shown(await probeBuilder('b', host()))).toMatchObject({
      state: 'ready',
      code: undefined,
      nodes: [{ state: 'unreachable' }, { state: 'ready', native: ['linux/amd64'] }],
    });
  });

  test.each([
    [
      'DOCKER_DOWN',
      'Name: b\nDriver:\nError: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?\n',
    ],
    ['BUILDER_STALE', 'Name: b\nDriver: docker-container\nError: something is gone\n'],
    ['BUILDER_STALE', 'Name: b\nDriver: unheard-of\n'],
  ])('gives %s for %j', async (code, out) => {
    docker.answer({ to: '^buildx inspect b$', out });

    expect(shown(await probeBuilder('b', host()))).toMatchObject({ state: 'unreachable', code });
  });

  test('tells a missing docker from a failing one', async () => {
    const without = createHost({ env: { PATH: '/nowhere' } });
    docker.answer({ to: '', err: 'docker: unknown command: docker buildx', exit: 1 });

    expect(shown(await probeBuilder('', without)).code).toBe('DOCKER_MISSING');
    expect(shown(await probeBuilder('', host())).code).toBe('BUILDX_MISSING');
  });
});

describe('probeConfigured', () => {
  const config = { name: 'x', slots: 2, options: { image: 'mirror/buildkit' } };

  test('takes one that buildx knows, under its own name or ours', async () => {
    docker.answer(
      { to: '^buildx inspect x$', err: 'ERROR: no builder "x" found', exit: 1 },
      {
        to: '^buildx inspect polyarch-x$',
        out: inspection('remote', 'Name: x0\nEndpoint: tcp://a:1\nStatus: running\nPlatforms: linux/amd64'),
      },
    );

    expect(shown(await probeConfigured(config, host()))).toMatchObject({ state: 'ready', slots: 2, driver: 'remote' });
  });

  test('tells what a missing one will be: the CPU of the daemon that it is to stand on', async () => {
    docker.answer(unknown, { to: '^--host ssh://root@arm info', out: infoOf('aarch64') });

    expect(shown(await probeConfigured({ ...config, endpoint: 'ssh://root@arm' }, host()))).toMatchObject({
      name: 'polyarch-x',
      driver: 'docker-container',
      state: 'missing',
      endpoint: 'ssh://root@arm',
      options: config.options,
      nodes: [{ native: ['linux/arm64'], canPushByDigest: true }],
    });
  });

  test('believes what the config says of a missing one that stands on no daemon, where somebody listens', async () => {
    docker.answer(unknown);
    const platforms = ['linux/s390x'];

    const alive = await probeConfigured({ ...config, endpoint: listening, platforms }, host());
    const unsaid = await probeConfigured({ ...config, endpoint: listening }, host());
    const gone = await probeConfigured({ ...config, endpoint: dead, platforms }, host());

    expect(shown(alive)).toMatchObject({ state: 'missing', driver: 'remote', nodes: [{ native: platforms }] });
    expect(shown(unsaid)).toMatchObject({ state: 'missing', nodes: [] });
    expect(shown(gone)).toMatchObject({ state: 'unreachable', code: 'BUILDER_UNREACHABLE' });
  });

  test('does not take the builder that every Docker context is, unless the driver says so', async () => {
    const found = { to: '^buildx inspect x$', out: inspection('docker', 'Name: x\nEndpoint: x\nStatus: running') };
    docker.answer(found, unknown, { to: '(^| )info ', out: infoOf('x86_64') });

    expect(shown(await probeConfigured(config, host()))).toMatchObject({
      state: 'missing',
      driver: 'docker-container',
    });
    expect(shown(await probeConfigured({ ...config, driver: 'docker' }, host()))).toMatchObject({
      state: 'ready',
      driver: 'docker',
      nodes: [{ canPushByDigest: false, canExportCache: false }],
    });
  });

  test('leaves one alone that is not what was described', async () => {
    docker.answer(
      {
        to: '^buildx inspect x$',
        out: inspection('remote', 'Name: x0\nEndpoint: tcp://a:1\nStatus: running\nPlatforms: linux/amd64'),
      },
      unknown,
    );

    const wrong = await probeConfigured({ ...config, driver: 'kubernetes' }, host());
    const elsewhere = await probeConfigured({ ...config, driver: 'remote', endpoint: 'tcp://b:1' }, host());
    const right = await probeConfigured({ ...config, driver: 'remote', endpoint: 'tcp://a:1' }, host());

    expect(shown(wrong)).toMatchObject({ state: 'wrong', code: 'BUILDER_WRONG' });
    expect(shown(elsewhere)).toMatchObject({ state: 'wrong', code: 'BUILDER_WRONG' });
    expect(shown(right)).toMatchObject({ state: 'ready', code: undefined });
  });

  test('tells an unknown context', async () => {
    docker.answer(unknown, {
      to: '^--context nope info',
      err: 'unable to resolve docker endpoint: context "nope": context not found',
      exit: 1,
    });

    expect(shown(await probeConfigured({ ...config, context: 'nope' }, host()))).toMatchObject({
      state: 'unreachable',
      code: 'DOCKER_CONTEXT_UNKNOWN',
    });
  });
});
