import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { startBuildkitEndpoint, startEngine } from '../../scripts/real-engine.mjs';
import type { AttemptResult } from '../../src/engine/buildkit/attempt.ts';
import { builderWith } from '../support/buildkit-cell.ts';
import { AttemptBench, type AttemptOptions } from './support/attempt-bench.ts';
import { findBusybox } from './support/busybox-image.ts';
import { startSshServer } from './support/ssh-server.ts';
import { useWorkbench } from './support/workbench.ts';

/** A screen: message, hint and frame together. */
const screenLines = 24;

/** What users meet: each gives its code, its cause and its cure, and says what is to be done next. */
describe('bad input', () => {
  const workbench = useWorkbench();
  const bench = new AttemptBench(workbench);
  let repository: string;

  beforeAll(() => {
    repository = `${workbench.repositories}/bad`;
  });

  test('no docker on PATH', async () => {
    await meets({ dockerfile: 'RUN true', env: { PATH: workbench.folder } }, ['permanent', 'DOCKER_MISSING', /PATH/]);
  });

  test('no buildx plugin', async () => {
    const env = { DOCKER_CONFIG: workbench.path('no-plugins', '.') };
    await meets({ dockerfile: 'RUN true', env }, ['permanent', 'BUILDX_MISSING', /no buildx plugin/]);
  });

  test('the daemon is down', async () => {
    const env = { DOCKER_HOST: `unix://${workbench.path('nobody.sock')}` };
    await meets({ builder: bench.docker(), dockerfile: 'RUN true', env }, ['node-lost', 'DOCKER_DOWN', /nobody\.sock/]);
  });

  test('a builder that buildx does not know', async () => {
    const builder = builderWith({ name: 'nobodys' });
    await meets({ builder, dockerfile: 'RUN true' }, ['permanent', 'BUILDER_UNKNOWN', /"nobodys"/]);
  });

  test('a Docker context that does not exist', async () => {
    const builder = bench.docker({ name: 'lost', context: 'lost' });
    await meets({ builder, dockerfile: 'RUN true' }, ['permanent', 'DOCKER_CONTEXT_UNKNOWN', /"lost"/]);
  });

  test('a driver that cannot push by digest, though it is said to', async () => {
    const nodes = builderWith().nodes;
    const builder = bench.docker({ nodes });
    const cure = /docker-container/;
    await meets({ builder, repository, dockerfile: 'RUN true' }, ['permanent', 'BUILDER_DRIVER_WRONG', cure]);
  });

  test('a host key that is not known, and a key that is not taken', async () => {
    const unknown = await startSshServer(workbench, { hostKey: false, key: true });
    const refused = await startSshServer(workbench, { hostKey: true, key: false });

    await meets(await overSsh(unknown, 'unknown'), ['permanent', 'BUILDER_HOST_UNKNOWN', /known_hosts/]);
    await meets(await overSsh(refused, 'refused'), ['permanent', 'BUILDER_SSH_DENIED', /authorized_keys/]);
  });

  test('a machine that is not there', async () => {
    await meets(await overSsh({ port: 1, folder: workbench.folder }, 'gone'), [
      'node-lost',
      'BUILDER_UNREACHABLE',
      /Connection refused/,
    ]);
  });

  test('a builder that is lost in the middle', async () => {
    const proxy = await forward(Number(new URL(inject('buildkitAddress')).port));
    const builder = await remoteAt('fragile', `tcp://127.0.0.1:${proxy.port}`);
    const dockerfile = 'RUN echo "begun $(cat /proc/sys/kernel/random/uuid)"; sleep 60';

    const result = await bench.attempt({
      builder,
      dockerfile,
      onActivity: ({ text = '' }) => {
        if (text.startsWith('begun')) proxy.cut();
      },
    });

    expect(briefly(result)).toEqual(['node-lost', 'BUILDER_LOST']);
  });

  test('a program of another architecture where no emulator is', async () => {
    const shell = await readFile(await findBusybox('amd64'));
    shell.writeUInt16LE(0xfeba, 18);
    const context = workbench.files('odd', { shell });
    const dockerfile = 'FROM scratch\nCOPY --chmod=755 shell /bin/sh\nRUN true\n';

    await meets({ context, dockerfile, route: 'emulated' }, ['emulator', 'EMULATOR_MISSING', /binfmt/]);
    await meets({ context, dockerfile }, ['permanent', 'EMULATOR_MISSING', /architecture/]);
  });

  test('a command that crashes under QEMU', async () => {
    const dockerfile = 'RUN sh -c "kill -SEGV \\$\\$"; echo survived; exit 3';
    const options = { dockerfile, platform: 'linux/arm64', route: 'emulated' } as const;
    await meets(options, ['emulator', 'EMULATOR_CRASHED', /signal 11/]);
  });

  test('a base image without the platform', async () => {
    const name = `${workbench.repositories}/two:1`;
    const base = workbench.files('two', { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
    const platforms = ['--platform', 'linux/amd64,linux/s390x', '--provenance=false'];
    await workbench.run('docker', [
      'buildx',
      'build',
      '--builder',
      await workbench.builder(),
      ...platforms,
      '-o',
      `type=registry,name=${name}`,
      base,
    ]);

    const dockerfile = `FROM ${name}\nCOPY busybox-arm64 /x\n`;
    await meets({ dockerfile, platform: 'linux/arm64' }, ['permanent', 'BASE_PLATFORM_MISSING', /FROM/]);
    await meets({ dockerfile: `FROM ${name}-missing\nRUN true\n` }, ['permanent', 'BASE_MISSING', /two:1-missing/]);
  });

  test('a registry that is not there, at push and at the cache', async () => {
    const cache = { from: ['type=registry,ref=localhost:1/c'], to: ['type=registry,ref=localhost:1/c'] };

    await meets({ dockerfile: 'RUN true', repository: 'localhost:1/app' }, [
      'transient',
      'REGISTRY_UNREACHABLE',
      /localhost:1/,
    ]);
    const cached = await bench.attempt({ dockerfile: 'RUN true', repository, cell: { cache } });
    const strict = { from: [], to: ['type=registry,ref=localhost:1/c,ignore-error=false'] };
    const again = await bench.attempt({ dockerfile: 'RUN true', repository, cell: { cache: strict } });
    expect([cached.kind, again.kind]).toEqual(['built', 'built']);
  });

  test.each<readonly [string, AttemptOptions, Expected]>([
    [
      'an unknown instruction',
      { dockerfile: 'FROM scratch\nRUNN x\n' },
      ['permanent', 'DOCKERFILE_SYNTAX', />>> RUNN x/],
    ],
    ['a missing source', { dockerfile: 'COPY nowhere /x' }, ['permanent', 'COPY_SOURCE_MISSING', /nowhere/]],
    [
      'a missing stage',
      { dockerfile: 'RUN true', recipe: { target: 'none' } },
      ['permanent', 'STAGE_UNKNOWN', /"none"/],
    ],
    [
      'a failing command',
      { dockerfile: 'RUN echo the reason >&2; exit 7' },
      ['permanent', 'BUILD_STEP_FAILED', /the reason/],
    ],
    [
      'a full device',
      { dockerfile: 'RUN dd if=/dev/zero of=/dev/full count=1' },
      ['transient', 'BUILDER_DISK_FULL', /prune/],
    ],
    [
      'a name that nobody knows',
      {
        dockerfile:
          'RUN wget http://nowhere.invalid/ 2>&1 | grep -q x || { echo "Could not resolve host: nowhere.invalid"; exit 6; }',
      },
      ['transient', 'BUILD_STEP_OFFLINE', /nowhere/],
    ],
    [
      'a required secret that is not given',
      { dockerfile: 'RUN --mount=type=secret,id=k,required=true true' },
      ['permanent', 'SECRET_MISSING', /secret k/],
    ],
  ])('%s', async (_, options, expected) => {
    await meets(options, expected);
  });

  test('the disk of the node is full', async () => {
    const folder = workbench.path('small-node', 'x', '..');
    const data = join(folder, 'data');
    mkdirSync(data, { recursive: true });
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', data]).status).toBe(0);
    workbench.onEnd(() => {
      spawnSync('umount', ['-l', data]);
      return Promise.resolve();
    });
    const engine = await startEngine({ folder });
    workbench.onEnd(() => engine.stop());
    const endpoint = await startBuildkitEndpoint(engine);
    workbench.onEnd(() => endpoint.stop());

    const builder = await remoteAt('small', endpoint.address);
    await meets({ builder, dockerfile: 'RUN dd if=/dev/zero of=/big bs=1M count=60' }, [
      'transient',
      'BUILDER_DISK_FULL',
      /docker buildx prune/,
    ]);
  });

  type Expected = readonly [failure: string, code: string, tells: RegExp];

  async function meets(options: AttemptOptions, [failure, code, tells]: Expected): Promise<void> {
    const result = await bench.attempt(options);
    expect(briefly(result)).toEqual([failure, code]);
    if (result.kind !== 'failed') return;
    const { message, hint, frame = '' } = result.fault;
    const screen = [message, frame, hint].join('\n');
    expect(screen).toMatch(tells);
    expect(screen.split('\n').length).toBeLessThan(screenLines);
    expect(result.command).toMatch(/^docker (?:--context \S+ )?buildx build /);
  }

  async function remoteAt(name: string, endpoint: string) {
    await workbench.run('docker', ['buildx', 'create', '--name', name, '--driver', 'remote', endpoint]);
    return builderWith({ name });
  }

  async function overSsh(
    { port, folder }: { readonly port: number; readonly folder: string },
    name: string,
  ): Promise<AttemptOptions> {
    await workbench.run('docker', ['context', 'create', name, '--docker', `host=ssh://root@127.0.0.1:${port}`]);
    return {
      builder: bench.docker({ name, context: name }),
      dockerfile: 'RUN true',
      env: { PATH: `${folder}:${workbench.env['PATH'] ?? ''}` },
    };
  }

  /** A way to a port of this machine that can be cut. */
  async function forward(target: number): Promise<{ readonly port: number; readonly cut: () => void }> {
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const upstream = connect(target, '127.0.0.1');
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => sockets.delete(socket));
      }
      client.pipe(upstream);
      upstream.pipe(client);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    function cut(): void {
      server.close();
      for (const socket of sockets) socket.destroy();
    }
    workbench.onEnd(() => {
      cut();
      return Promise.resolve();
    });
    const address = server.address();
    return { port: typeof address === 'object' && address !== null ? address.port : 0, cut };
  }
});

function briefly(result: AttemptResult): readonly string[] {
  return result.kind === 'failed' ? [result.failure, result.fault.code] : ['built'];
}
