import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import type { Summary } from '../../src/report/summary.ts';
import { pushGoImage } from './support/go-image.ts';
import { startSshServer } from './support/ssh-server.ts';
import { watchEmulators } from './support/watch-emulators.ts';
import { useWorkbench } from './support/workbench.ts';

/** `e_machine` and the word size, by platform. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html */
const machines = { 'linux/amd64': [62, 2], 'linux/arm64': [183, 2], 'linux/arm/v7': [40, 1] } as const;
const platforms = Object.keys(machines);

/** Two stages on the build platform, as the Dockerfile of the example of way B has them; the compiler is Debian's. */
function dockerfile(go: string): string {
  return [
    `FROM --platform=$BUILDPLATFORM ${go} AS ui`,
    'COPY ui/ /ui/',
    'RUN cp /ui/index.html /ui/made && cat /proc/sys/kernel/random/uuid >> /ui/made && sleep 1',
    `FROM --platform=$BUILDPLATFORM ${go} AS program`,
    'ARG TARGETOS TARGETARCH GOARM',
    'WORKDIR /src',
    'COPY go.mod main.go ./',
    'RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH GOARM=$GOARM go build -o /gateway .',
    'FROM scratch',
    'COPY --from=program /gateway /gateway',
    'COPY --from=ui /ui/made /ui',
    'ENTRYPOINT ["/gateway"]',
    '',
  ].join('\n');
}

describe('a Go program cross-compiled on a remote build server', () => {
  const workbench = useWorkbench();
  const repository = `${workbench.repositories}/gateway`;
  const image = `${repository}:1`;
  let folder: string;
  let withSsh: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const go = `${workbench.repositories}/go:1`;
    await pushGoImage(workbench, go);
    const variables = ['PATH', 'DOCKER_HOST', 'DOCKER_CONFIG'];
    const { port, folder: ssh } = await startSshServer(workbench, { hostKey: true, key: true, variables });
    await workbench.run('docker', ['context', 'create', 'tower', '--docker', `host=ssh://root@127.0.0.1:${port}`]);
    // Without DOCKER_HOST, so that there is no other way to a daemon than by ssh.
    withSsh = { PATH: `${ssh}:${workbench.env['PATH'] ?? ''}`, DOCKER_HOST: '' };
    folder = workbench.files('project', {
      Dockerfile: dockerfile(go),
      'polyarch.yaml': [
        `image: ${repository}`,
        'platforms: [linux/amd64, linux/arm64, {platform: linux/arm/v7, args: {GOARM: "7"}}]',
        'emulation: refuse',
        'tags: ["type=raw,value=1"]',
        'builders: [{name: tower, context: tower, driver: docker, slots: 3}]',
        '',
      ].join('\n'),
      'go.mod': 'module example.com/gateway\n\ngo 1.19\n',
      'main.go': 'package main\n\nfunc main() { println("the gateway") }\n',
      'ui/index.html': '<!doctype html>\n',
    });
  });

  test('is planned without a platform being emulated, and says why', async () => {
    const plan = JSON.parse(await workbench.polyarch(['plan', folder, '--push', '--json'], { env: withSsh })) as Plan;

    expect(plan.builders).toMatchObject([{ name: 'tower', driver: 'docker', state: 'ready' }]);
    expect(plan.cells.map(({ platform, route }) => [platform, route.kind])).toEqual([
      ['linux/amd64', 'native'],
      ['linux/arm64', 'cross'],
      ['linux/arm/v7', 'cross'],
    ]);
    expect(plan.cells[1]?.route.reason).toBe('Commands run on the build platform alone (line 3)');
  });

  test('is built without an emulator, pushed, and each program is for its platform', async () => {
    const watch = watchEmulators();

    const text = await workbench.polyarch(['build', folder, '--push', '--json'], { env: withSsh });

    expect(watch.stop()).toEqual([]);
    const { cells } = JSON.parse(text) as Summary;
    expect(cells.map(({ platform, state, builder }) => [platform, state, builder])).toEqual(
      platforms.map((platform) => [platform, 'built', 'tower']),
    );
    await workbench.run('crane', ['validate', '--remote', image]);
    expect(await workbench.run('crane', ['ls', repository])).toMatch(/^1$/m);
    const interfaces: string[] = [];
    for (const [platform, machine] of Object.entries(machines)) {
      const files = await extract(platform);
      const program = readFileSync(join(files, 'gateway'));
      expect([program.readUInt16LE(18), program[4]], platform).toEqual(machine);
      interfaces.push(readFileSync(join(files, 'ui'), 'utf8'));
    }
    expect(interfaces[0]).toMatch(/^<!doctype html>\n[0-9a-f-]{36}\n$/);
    // What is made once for all platforms has the same random number on all of them.
    expect(new Set(interfaces).size).toBe(1);
  });

  async function extract(platform: string): Promise<string> {
    const target = workbench.path(`files-${platform.replaceAll('/', '-')}`);
    mkdirSync(target);
    await workbench.run('sh', ['-c', `crane export --platform ${platform} ${image} - | tar -xC ${target}`]);
    return target;
  }
});
