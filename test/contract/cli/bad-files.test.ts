import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test as base, describe, expect } from 'vitest';
import { filesBelow, openWorkspace, type Workspace } from '../../support/run-program.ts';
import { archiveEnd, rawEntry, rawHeader } from '../../unit/archive/raw-header.ts';

/** Runs the program so that permission bits bind it, which they do not bind root. */
const withoutPrivilege =
  process.getuid?.() === 0 ? 'exec setpriv --bounding-set=-dac_override,-dac_read_search -- "$@"' : 'exec "$@"';

/** Each test has a workspace of its own, so that they run side by side. */
const test = base.extend<{ readonly workspace: Workspace }>({
  workspace: async ({}, use) => {
    const workspace = openWorkspace({ a: 'A\n' });
    await use(workspace);
    workspace.remove();
  },
});

interface Failure {
  /** The second line of a Dockerfile that begins with `FROM scratch`. */
  readonly line: string;
  readonly exitCode: number;
  readonly says: readonly string[];
  readonly flags?: readonly string[];
}

/** Builds a Dockerfile of `FROM scratch` and one more line, and expects that no platform is built. */
async function expectFailure(workspace: Workspace, { line, exitCode, says, flags = [] }: Failure): Promise<void> {
  workspace.write('Dockerfile', `FROM scratch\n${line}\n`);
  const failed = await workspace.run(['build', ...flags]);

  for (const part of ['app/linux/amd64, app/linux/arm64:\nerror: ', ...says, '\nhint: ', '\nNot released: 0 of 2'])
    expect(failed.stderr).toContain(part);
  expect(failed.stderr.match(/error: /g)).toHaveLength(1);
  expect(failed).toMatchObject({ exitCode, stdout: '' });
  expect(workspace.has('.polyarch/app')).toBe(false);
  expect(filesBelow(workspace.temporary)).toEqual([]);
}

describe.concurrent('a build', () => {
  test('fails on a RUN where BuildKit cannot be had, and says how to have it', async ({ workspace }) => {
    workspace.write('Dockerfile', 'FROM scratch\nRUN make all\n');

    const failed = await workspace.run(['build'], { env: { PATH: '/nonexistent' } });

    expect(failed).toMatchObject({ exitCode: 5, stdout: '' });
    expect(failed.stderr).toContain('line 2 of Dockerfile runs a command, which needs BuildKit, and none can be used');
    expect(failed.stderr).toContain('there is no program "docker"\nhint: Install Docker');
  });

  test('fails on a RUN by the embedded engine, and says which engine can do it', async ({ workspace }) => {
    await expectFailure(workspace, {
      line: 'RUN make all',
      flags: ['--engine', 'embedded'],
      exitCode: 2,
      says: ['runs a command', 'Dockerfile:2:1', '> 2 | RUN make all', 'Build with BuildKit'],
    });
  });

  test('fails on COPY of a file that is not there', async ({ workspace }) => {
    await expectFailure(workspace, {
      line: 'COPY aa /a',
      exitCode: 2,
      says: ['"/aa"', 'does not exist', '> 2 | COPY aa /a', '.dockerignore'],
    });
  });

  test('never reads outside the context: ../ ends at its root', async ({ workspace }) => {
    await expectFailure(workspace, {
      line: 'COPY ../../../etc/hostname /a',
      exitCode: 2,
      says: ['"/etc/hostname"', 'does not exist'],
    });
  });

  test('never follows a symlink out of the context', async ({ workspace }) => {
    symlinkSync('/etc/hostname', join(workspace.folder, 'link'));
    symlinkSync('../..', join(workspace.folder, 'up'));

    await expectFailure(workspace, {
      line: 'COPY link /a',
      exitCode: 2,
      says: ['does not exist', '> 2 | COPY link /a'],
    });
    await expectFailure(workspace, { line: 'COPY up/etc/hostname /a', exitCode: 2, says: ['does not exist'] });
  });

  test('fails on ADD of an archive that is damaged', async ({ workspace }) => {
    const whole = gzipSync(Buffer.concat([rawEntry({ name: 'file' }, randomBytes(200_000)), archiveEnd]));
    workspace.write('cut.tar.gz', whole.subarray(0, 150_000));

    await expectFailure(workspace, {
      line: 'ADD cut.tar.gz /',
      exitCode: 2,
      says: ['cut.tar.gz', '> 2 | ADD cut.tar.gz /', 'code: ARCHIVE_TRUNCATED'],
    });
  });

  test('fails on ADD of an archive with a name that climbs out', async ({ workspace }) => {
    workspace.write('evil.tar', Buffer.concat([rawEntry({ name: 'a/../../../evil' }, 'x'), archiveEnd]));

    await expectFailure(workspace, {
      line: 'ADD evil.tar /in/',
      exitCode: 2,
      says: ['a/../../../evil', 'evil.tar', 'code: ARCHIVE_PATH_UNSAFE'],
    });
  });

  test('unpacks absolute names below the destination', async ({ workspace }) => {
    workspace.write('abs.tar', Buffer.concat([rawEntry({ name: '/etc/motd' }, 'x'), archiveEnd]));
    workspace.write('Dockerfile', 'FROM scratch\nADD abs.tar /in/\nFROM scratch\nCOPY --from=0 /in/etc/motd /m\n');

    expect(await workspace.run(['build'])).toMatchObject({ exitCode: 0 });
  });

  test('stops at an archive that is a bomb', async ({ workspace }) => {
    const gib = 1024 ** 3;
    const zeros = gzipSync(Buffer.alloc(gib / 16));
    const header = gzipSync(rawHeader({ name: 'zeros', size: (8 * gib - 1).toString(8) }));
    workspace.write('bomb.tar.gz', Buffer.concat([header, ...Array.from({ length: 18 }, () => zeros)]));

    await expectFailure(workspace, {
      line: 'ADD bomb.tar.gz /',
      exitCode: 2,
      says: ['bomb.tar.gz', 'expected at most 250 times', 'code: ARCHIVE_RATIO'],
    });
  });

  test('fails on a file that it may not read', async ({ workspace }) => {
    workspace.write('Dockerfile', 'FROM scratch\nCOPY . /\n');
    workspace.write('secret/key', 'x');
    chmodSync(join(workspace.folder, 'secret/key'), 0);
    const failed = await workspace.run(['build'], { shell: withoutPrivilege });

    expect(failed.exitCode).toBe(5);
    for (const part of ['secret/key', 'EACCES', 'Dockerfile:2:', '.dockerignore', 'code: CONTEXT_UNREADABLE'])
      expect(failed.stderr).toContain(part);

    workspace.write('.dockerignore', 'secret\n');
    expect(await workspace.run(['build'], { shell: withoutPrivilege })).toMatchObject({ exitCode: 0 });
  });

  test('fails on a place that it may not write to', async ({ workspace }) => {
    workspace.write('Dockerfile', 'FROM scratch\nCOPY a /\n');
    mkdirSync(join(workspace.folder, 'out'), { mode: 0o555 });
    const failed = await workspace.run(['build', '-o', 'oci:out/image'], { shell: withoutPrivilege });

    expect(failed.exitCode).toBe(5);
    expect(failed.stderr).toContain('failed oci:');
    for (const part of ['out/image', 'EACCES', 'code: STORE_DENIED']) expect(failed.stderr).toContain(part);
    expect(filesBelow(join(workspace.folder, 'out'))).toEqual([]);
  });

  test.for([
    { what: 'a file', place: 'oci:a', says: 'a file stands where a folder is needed' },
    { what: 'a path through a file', place: 'oci-archive:a/b.tar', says: 'a file stands where a folder is needed' },
    { what: 'a folder', place: 'oci-archive:folder', says: 'a folder stands where a file is needed' },
    { what: 'a folder that does not exist', place: 'oci-archive:none/b.tar', says: 'does not exist' },
  ])('fails where its output is $what', async ({ place, says }, { workspace }) => {
    workspace.write('Dockerfile', 'FROM scratch\nCOPY a /\n');
    workspace.write('folder/file', '');
    const { exitCode, stderr } = await workspace.run(['build', '-o', place]);

    expect(exitCode).toBe(2);
    for (const part of [`failed ${place.split(':')[0]}:`, says, 'code: STORE_PATH_UNUSABLE'])
      expect(stderr).toContain(part);
    expect(filesBelow(workspace.folder).filter((path) => path.includes('tmp-'))).toEqual([]);
  });

  test('fails where a file stands in the place of .polyarch, or of the cache', async ({ workspace }) => {
    workspace.write('Dockerfile', 'FROM scratch\nCOPY a /\n');
    workspace.write('.polyarch', '');
    const record = await workspace.run(['build', '-o', 'oci:out']);
    const cache = await workspace.run(['build', 'other', '-f', 'Dockerfile'], {
      env: { POLYARCH_CACHE_DIR: join(workspace.folder, 'a') },
      shell: 'mkdir other; exec "$@"',
    });

    expect([record.exitCode, cache.exitCode]).toEqual([2, 2]);
    for (const { stderr } of [record, cache]) expect(stderr).toContain('code: STORE_PATH_UNUSABLE');
  });

  test('leaves nothing half written where no more bytes can be written, and ends well when they can', async ({
    workspace,
  }) => {
    workspace.write('large', randomBytes(500_000));
    workspace.write('Dockerfile', 'FROM scratch\nCOPY large /\n');
    const limited = ['build', '--compression-level', '1', '-o', 'oci-archive:out.tar'];
    const failed = await workspace.run(limited, { shell: 'ulimit -f 100; exec "$@"' });

    expect(failed.exitCode).toBe(5);
    for (const part of ['no space is left', 'hint: Free some space', 'code: STORE_FULL'])
      expect(failed.stderr).toContain(part);
    expect(workspace.has('out.tar')).toBe(false);
    const left = [...filesBelow(workspace.cache), ...filesBelow(workspace.temporary)];
    expect(left.filter((path) => /tmp-|sha256\//.test(path))).toEqual([]);

    expect(await workspace.run(limited)).toMatchObject({ exitCode: 0 });
  });
});
