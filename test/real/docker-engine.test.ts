import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { findBusybox } from './support/busybox-image.ts';
import { useWorkbench } from './support/workbench.ts';

const platforms = ['linux/amd64', 'linux/arm64'];
const machines: Readonly<Record<string, string>> = { 'linux/amd64': 'x86_64', 'linux/arm64': 'aarch64' };

/** What `build` writes, in the hands of a real Docker Engine; foreign platforms run under emulation. */
describe('a Docker Engine takes what build writes', () => {
  const workbench = useWorkbench();
  let context: string;

  beforeAll(async () => {
    context = workbench.files('shell', {
      Dockerfile: [
        'FROM scratch',
        'ARG TARGETARCH',
        'COPY --chmod=755 busybox-$TARGETARCH /bin/busybox',
        'WORKDIR /srv',
        'COPY --chown=1000:1000 --chmod=640 owned .',
        'COPY <<EOF /srv/text',
        'written here',
        'EOF',
        'ENV GREETING="hello world"',
        'USER 1000:1000',
        'ENTRYPOINT ["/bin/busybox"]',
        'CMD ["cat", "text"]',
        '',
      ].join('\n'),
      owned: 'owned',
      'busybox-amd64': readFileSync(await findBusybox('amd64')),
      'busybox-arm64': readFileSync(await findBusybox('arm64')),
    });
    for (const name of ['busybox-amd64', 'busybox-arm64']) await chmod(join(context, name), 0o755);
  });

  test('an oci-archive of several platforms is loaded whole and runs on each', async () => {
    const name = 'example.com/loaded/archive:1';
    const archive = workbench.path('image.tar');
    await build('-t', name, '-o', `oci-archive:${archive}`, '--platform', platforms.join(','));

    const loaded = await workbench.run('docker', ['load', '--input', archive]);

    expect(loaded).toContain(`Loaded image: ${name}`);
    for (const platform of platforms) await runsOn(name, platform);
  });

  test.each(platforms)('a docker-archive for %s is loaded and runs', async (platform) => {
    const name = `example.com/loaded/docker-${platform.slice('linux/'.length)}:1`;
    const archive = workbench.path(`${platform}.tar`);
    await build('-t', name, '-o', `docker-archive:${archive}`, '--platform', platform);

    const loaded = await workbench.run('docker', ['load', '--input', archive]);

    expect(loaded).toContain(`Loaded image: ${name}`);
    await runsOn(name, platform);
  });

  test('--load puts it into the engine under its name, without a registry', async () => {
    const name = 'example.com/loaded/direct:1';

    await build('-t', name, '--load', '--platform', 'linux/arm64');

    await runsOn(name, 'linux/arm64');
    const image = JSON.parse(await workbench.run('docker', ['image', 'inspect', name])) as unknown;
    expect(image).toMatchObject([
      { Architecture: 'arm64', Config: { Env: expect.arrayContaining(['GREETING=hello world']), User: '1000:1000' } },
    ]);
  });

  test('zstd layers are loaded and run', async () => {
    const name = 'example.com/loaded/zstd:1';

    await build('-t', name, '--load', '--platform', 'linux/amd64', '--compression', 'zstd');

    await runsOn(name, 'linux/amd64');
  });

  test('--load without an engine says so', async () => {
    const env = { DOCKER_HOST: `unix://${workbench.path('nobody.sock')}` };

    const { code, stderr } = await workbench.attemptPolyarch(
      ['build', context, '-t', 'example.com/none:1', '--load', '--platform', 'linux/amd64'],
      { env },
    );

    expect(code).not.toBe(0);
    expect(stderr).toContain('LOAD_FAILED');
    expect(stderr).toMatch(/docker/i);
  });

  test('skopeo takes an oci-archive and a docker-archive apart', async () => {
    const [oci, docker] = [workbench.path('apart.oci.tar'), workbench.path('apart.docker.tar')];
    const name = 'example.com/apart/app:1';

    await build('-t', name, '-o', `oci-archive:${oci}`, '--platform', 'linux/amd64');
    await build('-t', name, '-o', `docker-archive:${docker}`, '--platform', 'linux/amd64');

    for (const place of [`oci-archive:${oci}`, `docker-archive:${docker}`]) {
      const text = await workbench.run('skopeo', ['inspect', '--config', place]);
      expect(JSON.parse(text)).toMatchObject({ architecture: 'amd64', config: { Entrypoint: ['/bin/busybox'] } });
      await workbench.run('skopeo', ['copy', place, `dir:${workbench.path(`apart-${place.slice(0, 3)}`)}`]);
    }
  });

  async function build(...flags: readonly string[]): Promise<void> {
    await workbench.polyarch(['build', context, ...flags]);
  }

  async function runsOn(name: string, platform: string): Promise<void> {
    const run = ['run', '--rm', '--pull', 'never', '--platform', platform, name];
    expect(await workbench.run('docker', run)).toBe('written here\n');
    expect((await workbench.run('docker', [...run, 'uname', '-m'])).trim()).toBe(machines[platform]);
    const shown = await workbench.run('docker', [
      ...run,
      'sh',
      '-c',
      'echo "$GREETING $PWD $(/bin/busybox id -u) $(/bin/busybox stat -c "%a %u:%g" owned)"',
    ]);
    expect(shown).toBe('hello world /srv 1000 640 1000:1000\n');
  }
});
