import { beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import type { Summary } from '../../src/report/summary.ts';
import { type DebianImage, pushDebianImage } from './support/debian-image.ts';
import { watchEmulators } from './support/watch-emulators.ts';
import { useWorkbench } from './support/workbench.ts';

describe('an emulated image on one machine', () => {
  const workbench = useWorkbench();
  const name = 'example.com/laptop/curl:1';
  let debian: DebianImage;
  let folder: string;

  beforeAll(async () => {
    const reference = `${workbench.repositories}/debian:1`;
    debian = await pushDebianImage(workbench, { reference, program: 'curl' });
    folder = workbench.files('project', {
      Dockerfile: [
        `FROM ${reference}`,
        'RUN --mount=type=bind,from=packages,target=/packages \\',
        '  apt-get update && apt-get install -y --no-install-recommends curl',
        'CMD ["curl", "--version"]',
        '',
      ].join('\n'),
      'polyarch.yaml': ['platforms: [linux/arm64]', 'contexts:', `  packages: ${debian.packages}`, ''].join('\n'),
    });
  });

  test('is planned as emulated, and says how it would be faster', async () => {
    const plan = JSON.parse(await workbench.polyarch(['plan', folder, '-t', name, '--load', '--json'])) as Plan;

    expect(plan.cells.map(({ platform, route }) => [platform, route.kind])).toEqual([['linux/arm64', 'emulated']]);
    expect(plan.cells[0]?.route.reason).toMatch(/^Line 2 runs .* only emulates; to be faster, add a builder/);
  });

  test('installs a package by apt-get under QEMU, is loaded, inspected and run', async () => {
    const watch = watchEmulators();

    const { cells } = JSON.parse(
      await workbench.polyarch(['build', folder, '-t', name, '--load', '--json']),
    ) as Summary;

    expect(watch.stop()).toContainEqual(expect.stringContaining('aarch64'));
    expect(cells).toMatchObject([{ platform: 'linux/arm64', route: 'emulated', state: 'built' }]);
    const archive = workbench.path('curl.tar');
    await workbench.run('docker', ['image', 'save', '--output', archive, name]);
    const inspected: unknown = JSON.parse(await workbench.polyarch(['inspect', `docker-archive:${archive}`, '--json']));
    expect(JSON.stringify(inspected)).toContain('"linux/arm64"');
    const ran = await workbench.run('docker', ['run', '--rm', '--pull', 'never', '--platform', 'linux/arm64', name]);
    expect(ran).toMatch(/^curl \d+\.\d+\.\d+ \(aarch64-/);
  });
});
