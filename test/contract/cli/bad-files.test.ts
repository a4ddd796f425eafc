import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { filesBelow, openWorkspace, type Workspace } from '../../support/run-program.ts';
import { archiveEnd, rawEntry, rawHeader } from '../../unit/archive/raw-header.ts';

/** Runs the program so that permission bits bind it, which they do not bind root. */
const withoutPrivilege =
  process.getuid?.() === 0 ? 'exec setpriv --bounding-set=-dac_override,-dac_read_search -- "$@"' : 'exec "$@"';

describe('a build', () => {
  let workspace: Workspace;
  beforeEach(() => {
    workspace = openWorkspace({ a: 'A\n' });
  });
  afterEach(() => workspace.remove());

  /** Builds a Dockerfile of `FROM scratch` and one more line, and expects that no platform is built. */
  async function expectFailure(line: string, exitCode: number, ...says: readonly string[]): Promise<void> {
    workspace.write('Dockerfile', `FROM scratch\n${line}\n`);
    const failed = await workspace.run(['build']);

    for (const part of ['app/linux/amd64, app/linux/arm64:\nerror: ', ...says, '\nhint: ', '\nNot released: 0 of 2'])
      expect(failed.stderr).toContain(part);
    expect(failed.stderr.match(/error: /g)).toHaveLength(1);
    expect(failed).toMatchObject({ exitCode, stdout: '' });
    expect(workspace.has('.polyarch/app')).toBe(false);
    expect(filesBelow(workspace.temporary)).toEqual([]);
  }

  test('fails on a RUN, and says which engine can do it', async () => {
    await expectFailure(
      'RUN make all',
      2,
      'runs a command',
      'Dockerfile:2:1',
      '> 2 | RUN make all',
      'Build with BuildKit',
    );
  });

  test('fails on COPY of a file that is not there', async () => {
    await expectFailure('COPY aa /a', 2, '"/aa"', 'does not exist', '> 2 | COPY aa /a', '.dockerignore');
  });

  test('never reads outside the context: ../ ends at its root', async () => {
    await expectFailure('COPY ../../../etc/hostname /a', 2, '"/etc/hostname"', 'does not exist');
  });

  test('never follows a symlink out of the context', async () => {
    symlinkSync('/etc/hostname', join(workspace.folder, 'link'));
    symlinkSync('../..', join(workspace.folder, 'up'));

    await expectFailure('COPY link /a', 2, 'does not exist', '> 2 | COPY link /a');
    await expectFailure('COPY up/etc/hostname /a', 2, 'does not exist');
  });

  test('fails on ADD of an archive that is damaged', async () => {
    const whole = gzipSync(Buffer.concat([rawEntry({ name: 'file' }, randomBytes(200_000)), archiveEnd]));
    workspace.write('cut.tar.gz', whole.subarray(0, 150_000));

    await expectFailure('ADD cut.tar.gz /', 2, 'cut.tar.gz', '> 2 | ADD cut.tar.gz /', 'code: ARCHIVE_TRUNCATED');
  });

  test('fails on ADD of an archive with a name that climbs out', async () => {
    workspace.write('evil.tar', Buffer.concat([rawEntry({ name: 'a/../../../evil' }, 'x'), archiveEnd]));

    await expectFailure('ADD evil.tar /in/', 2, 'a/../../../evil', 'evil.tar', 'code: ARCHIVE_PATH_UNSAFE');
  });

  test('unpacks absolute names below the destination', async () => {
    workspace.write('abs.tar', Buffer.concat([rawEntry({ name: '/etc/motd' }, 'x'), archiveEnd]));
    workspace.write('Dockerfile', 'FROM scratch\nADD abs.tar /in/\nFROM scratch\nCOPY --from=0 /in/etc/motd /m\n');

    expect(await workspace.run(['build'])).toMatchObject({ exitCode: 0 });
  });

  test('stops at an archive that is a bomb', async () => {
    const gib = 1024 ** 3;
    const zeros = gzipSync(Buffer.alloc(gib / 16));
    const header = gzipSync(rawHeader({ name: 'zeros', size: (8 * gib - 1).toString(8) }));
    workspace.write('bomb.tar.gz', Buffer.concat([header, ...Array.from({ length: 18 }, () => zeros)]));

    await expectFailure('ADD bomb.tar.gz /', 2, 'bomb.tar.gz', 'expected at most 250 times', 'code: ARCHIVE_RATIO');
  });

  test('fails on a file that it may not read', async () => {
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

  test('fails on a place that it may not write to', async () => {
    workspace.write('Dockerfile', 'FROM scratch\nCOPY a /\n');
    mkdirSync(join(workspace.folder, 'out'), { mode: 0o555 });
    const failed = await workspace.run(['build', '-o', 'oci:out/image'], { shell: withoutPrivilege });

    expect(failed.exitCode).toBe(5);
    expect(failed.stderr).toContain('failed oci:');
    for (const part of ['out/image', 'EACCES', 'code: STORE_DENIED']) expect(failed.stderr).toContain(part);
    expect(filesBelow(join(workspace.folder, 'out'))).toEqual([]);
  });

  test.each([
    { what: 'a file', place: 'oci:a', says: 'a file stands where a folder is needed' },
    { what: 'a path through a file', place: 'oci-archive:a/b.tar', says: 'a file stands where a folder is needed' },
    { what: 'a folder', place: 'oci-archive:folder', says: 'a folder stands where a file is needed' },
    { what: 'a folder that does not exist', place: 'oci-archive:none/b.tar', says: 'does not exist' },
  ])('fails where its output is $what', async ({ place, says }) => {
    workspace.write('Dockerfile', 'FROM scratch\nCOPY a /\n');
    workspace.write('folder/file', '');
    const { exitCode, stderr } = await workspace.run(['build', '-o', place]);

    expect(exitCode).toBe(2);
    for (const part of [`failed ${place.split(':')[0]}:`, says, 'code: STORE_PATH_UNUSABLE'])
      expect(stderr).toContain(part);
    expect(filesBelow(workspace.folder).filter((path) => path.includes('tmp-'))).toEqual([]);
  });

  test('fails where a file stands in the place of .polyarch, or of the cache', async () => {
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

  test('leaves nothing half written where no more bytes can be written, and ends well when they can', async () => {
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
