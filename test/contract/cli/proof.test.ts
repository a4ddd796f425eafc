import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { elfFor } from '../../support/elf-file.ts';
import { filesBelow, openWorkspace, valueAt, type Workspace } from '../../support/run-program.ts';

const platforms = ['linux/amd64', 'linux/arm64', 'linux/s390x'];
const files = {
  Dockerfile: 'FROM scratch\nARG TARGETPLATFORM\nCOPY share /share\nCOPY bin/$TARGETPLATFORM/tool /bin/tool\n',
  'share/text': 'shared\n',
  ...Object.fromEntries(platforms.map((platform) => [`bin/${platform}/tool`, elfFor(platform, platform)])),
};
const build = ['build', '--platform', platforms.join(',')];

/** Which file each blob is, and the 10 ms in which it was last written, by path. */
function writtenAt(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    filesBelow(folder)
      .filter((path) => path.includes('sha256/'))
      .map((path) => [path, statSync(join(folder, path))] as const)
      .map(([path, { ino, mtimeMs }]) => [path, `${ino} ${Math.round(mtimeMs / 10)}`]),
  );
}

describe('a build of programs', () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = openWorkspace(files);
  });
  afterEach(() => workspace.remove());

  test('ends with a finding where one program is for another machine, and writes nothing', async () => {
    expect(await workspace.run(build)).toMatchObject({ exitCode: 0 });
    const former = workspace.read('.polyarch/app/index.json');
    workspace.write('bin/linux/arm64/tool', elfFor('linux/amd64'));
    const { exitCode, stdout, stderr } = await workspace.run(build);

    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toMatch(/error architecture-truth linux\/arm64 layer sha256:[0-9a-f]{12}\n/);
    expect(stderr).toMatch(
      /\/bin\/tool in linux\/arm64 is x86-64, .*expected AArch64, .*\n.*hint: It is for linux\/amd64/,
    );
    expect(stderr).toContain('Not released: 3 of 3 platforms built, 1 error found');
    expect(workspace.read('.polyarch/app/index.json')).toBe(former);

    const { value, exitCode: told } = await workspace.json(build);
    expect(told).toBe(3);
    expect(valueAt(value, 'cells', 1)).toMatchObject({ platform: 'linux/arm64', checks: { errorCount: 1 } });
    expect(valueAt(value, 'releases', 0, 'findings')).toHaveLength(1);
  });

  test('allows what `verify.allowForeign` or --allow-foreign names', async () => {
    workspace.write('bin/linux/arm64/tool', elfFor('linux/amd64'));
    workspace.write('polyarch.yaml', 'verify: {allowForeign: [/bin/tool]}\n');

    expect(await workspace.run(build)).toMatchObject({ exitCode: 0 });
    expect(await workspace.run(['verify', 'oci:.polyarch/app'])).toMatchObject({ exitCode: 3 });
    expect(await workspace.run(['verify', 'oci:.polyarch/app', '--allow-foreign', '/bin/t*'])).toMatchObject({
      exitCode: 0,
    });
  });

  test('gives one digest with fresh caches and in another folder', async () => {
    const twin = openWorkspace(files);
    for (const { folder } of [workspace, twin])
      for (const path of filesBelow(folder)) utimesSync(join(folder, path), 1_700_000_000, 1_700_000_000);
    try {
      const digests = [
        await workspace.run([...build, '--quiet']),
        await twin.run([...build, '--quiet', '--name', 'app']),
      ];

      expect(digests[0]).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^sha256:/) });
      expect(digests[1]?.stdout).toBe(digests[0]?.stdout);
    } finally {
      twin.remove();
    }
  });

  test('touches no layer where nothing has changed', async () => {
    await workspace.run(build);
    const written = { cache: writtenAt(workspace.cache), layout: writtenAt(join(workspace.folder, '.polyarch')) };
    const { value } = await workspace.json(build);

    expect(Object.keys(written.cache).length).toBeGreaterThan(4);
    expect({ cache: writtenAt(workspace.cache), layout: writtenAt(join(workspace.folder, '.polyarch')) }).toEqual(
      written,
    );
    expect(value).toMatchObject({
      totals: { steps: { total: 6, cached: 6 } },
      releases: [{ destinations: [{ state: 'unchanged' }] }],
    });
  });

  test('is proved again from its layout by `polyarch verify`', async () => {
    await workspace.run(build);
    const proved = await workspace.run(['verify', 'oci:.polyarch/app', '--platform', platforms.join(',')]);
    const other = await workspace.run(['verify', 'oci:.polyarch/app', '--platform', 'linux/amd64,linux/riscv64']);

    expect(proved).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('proved: 7 rules over linux/amd64') });
    expect(other.exitCode).toBe(3);
    expect(other.stdout).toMatch(/error platforms-complete .*\n.*linux\/riscv64/);
  });
});
