import { readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { findBusybox } from './support/busybox-image.ts';
import { craneIndex } from './support/peer-image.ts';
import { useWorkbench } from './support/workbench.ts';

const platforms = ['linux/amd64', 'linux/arm64'];

/** Base images from a registry, for each platform its own, seen by Docker when it runs what came of them. */
describe('bases come from a registry', () => {
  const workbench = useWorkbench();
  const base = `${workbench.repositories}/base:1`;
  let context: string;

  beforeAll(async () => {
    context = workbench.files('base', {
      Dockerfile: [
        'FROM scratch',
        'ARG TARGETARCH',
        'COPY busybox-$TARGETARCH /bin/busybox',
        'ENV PATH=/bin GREETING=hello',
        'ENTRYPOINT ["/bin/busybox"]',
        'WORKDIR /srv',
        '',
      ].join('\n'),
      'busybox-amd64': readFileSync(await findBusybox('amd64')),
      'busybox-arm64': readFileSync(await findBusybox('arm64')),
    });
    for (const name of ['busybox-amd64', 'busybox-arm64']) await chmod(join(context, name), 0o755);
    await pushBase(base, platforms);
  });

  test('every platform stands on its own base and runs', async () => {
    const app = `${workbench.repositories}/app:1`;
    const folder = workbench.files('app', {
      Dockerfile: `FROM ${base}\nCOPY text .\nCMD ["cat", "text"]\n`,
      text: 'it runs',
    });

    await workbench.polyarch(['build', folder, '--platform', platforms.join(','), '-t', app, '--push']);

    await workbench.run('crane', ['validate', '--remote', app]);
    for (const platform of platforms) {
      const run = ['run', '--rm', '--pull', 'always', '--platform', platform, app];
      expect(await workbench.run('docker', run)).toBe('it runs');
      const machine = await workbench.run('docker', [...run, 'uname', '-m']);
      expect(machine.trim()).toBe(platform === 'linux/amd64' ? 'x86_64' : 'aarch64');
      expect(await workbench.run('docker', [...run, 'sh', '-c', 'echo $GREETING $PWD'])).toBe('hello /srv\n');
    }
  });

  test('the layers of the base are kept as they are', async () => {
    const app = `${workbench.repositories}/layered:1`;
    const folder = workbench.files('layered', { Dockerfile: `FROM ${base}\nCOPY text .\n`, text: 'layered' });

    await workbench.polyarch(['build', folder, '--platform', 'linux/arm64', '-t', app, '--push']);

    const below = await layersOf(base, 'linux/arm64');
    expect((await layersOf(app, 'linux/arm64')).slice(0, below.length)).toEqual(below);
  });

  test('two builds of a base by digest give the same index', async () => {
    const digest = (await workbench.run('crane', ['digest', base])).trim();
    const folder = workbench.files('pinned', { Dockerfile: `FROM ${base}@${digest}\nCOPY text .\n`, text: 'pinned' });
    const env = { SOURCE_DATE_EPOCH: '1700000000' };
    const build = ['build', folder, '--platform', platforms.join(','), '--quiet', '--no-cache'];

    const [one, other] = [
      await workbench.polyarch([...build, '-o', `oci:${workbench.path('one')}`], { env }),
      await workbench.polyarch([...build, '-o', `oci:${workbench.path('other')}`], { env }),
    ];

    expect(one).toMatch(/^sha256:/);
    expect(other).toBe(one);
  });

  test('a platform that the base does not have is told before anything is built', async () => {
    const folder = workbench.files('lacking', { Dockerfile: `FROM ${base}\nCOPY text .\n`, text: 'lacking' });
    const layout = workbench.path('lacking', 'layout');
    const build = [
      'build',
      folder,
      '--platform',
      'linux/arm64,linux/s390x',
      '-o',
      `oci:${layout}`,
      '--progress',
      'plain',
    ];

    const { code, stderr } = await workbench.attemptPolyarch(build);

    expect(code).not.toBe(0);
    expect(stderr).toContain('linux/s390x');
    expect(stderr).toMatch(/linux\/amd64.*linux\/arm64/);
    expect(stderr).not.toContain('COPY text');
  });

  test('a base of one platform, without an index, is taken for that platform', async () => {
    const single = `${workbench.repositories}/single:1`;
    await pushBase(single, ['linux/arm64']);
    const manifest = `${workbench.repositories}/manifest:1`;
    await workbench.run('crane', ['copy', '--platform', 'linux/arm64', single, manifest]);
    const folder = workbench.files('single', { Dockerfile: `FROM ${manifest}\nCOPY text .\n`, text: 'single' });
    const app = `${workbench.repositories}/on-single:1`;

    await workbench.polyarch(['build', folder, '--platform', 'linux/arm64', '-t', app, '--push']);

    expect((await craneIndex(workbench, app)).manifests.map(({ platform }) => platform?.architecture)).toEqual([
      'arm64',
    ]);
    await workbench.run('crane', ['validate', '--remote', app]);
  });

  test('files are copied from an image of the registry, for the platform that is built', async () => {
    const app = `${workbench.repositories}/copied:1`;
    const dockerfile = `FROM scratch\nCOPY --from=${base} /bin/busybox /bin/sh\nENTRYPOINT ["/bin/sh", "-c"]\n`;
    const folder = workbench.files('from', { Dockerfile: dockerfile });

    await workbench.polyarch(['build', folder, '--platform', platforms.join(','), '-t', app, '--push']);

    for (const platform of platforms) {
      const run = ['run', '--rm', '--pull', 'always', '--platform', platform, app, 'echo ran'];
      expect(await workbench.run('docker', run)).toBe('ran\n');
    }
  });

  test('a base that is not there names itself and its line', async () => {
    const folder = workbench.files('absent', { Dockerfile: `# one\nFROM ${base}-absent\nCOPY text .\n`, text: 'x' });

    const { code, stderr } = await workbench.attemptPolyarch(['build', folder]);

    expect(code).not.toBe(0);
    expect(stderr).toContain(`${base}-absent`);
    expect(stderr).toMatch(/Dockerfile:2/);
  });

  async function pushBase(reference: string, wanted: readonly string[]): Promise<void> {
    const builder = await workbench.builder();
    const flags = ['--builder', builder, '--platform', wanted.join(','), '--provenance=false'];
    await workbench.run('docker', [
      'buildx',
      'build',
      ...flags,
      '--output',
      `type=registry,name=${reference}`,
      context,
    ]);
  }

  async function layersOf(reference: string, platform: string): Promise<readonly string[]> {
    const manifest = await workbench.run('crane', ['manifest', '--platform', platform, reference]);
    return (JSON.parse(manifest) as { layers: { digest: string }[] }).layers.map(({ digest }) => digest);
  }
});
