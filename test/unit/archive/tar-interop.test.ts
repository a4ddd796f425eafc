import { spawnSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileEntry, pack, readAll } from './entries.ts';
import { prose, streamOf } from './streams.ts';

const folder = mkdtempSync(join(tmpdir(), 'polyarch-tar-'));
const tree = join(folder, 'tree');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasGnuTar = String(spawnSync('tar', ['--version']).stdout).includes('GNU tar');
const hasPython = spawnSync('python3', ['-c', 'import tarfile']).status === 0;

function run(program: string, args: readonly string[], input?: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: tree, input, maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(status)}: ${stderr.toString()}`);
  return stdout;
}

const longName = `${'long'.repeat(20)}/${'name'.repeat(35)}`;
const inputs = [
  { entry: fileEntry({ path: 'dir', type: 'directory', mode: 0o1755 }) },
  {
    entry: fileEntry({ path: 'dir/plain', sizeBytes: 2000, mode: 0o4755, uid: 1000, gid: 1001 }),
    content: prose(2000),
  },
  { entry: fileEntry({ path: longName, sizeBytes: 3, uid: 3_000_000_000 }), content: Buffer.from('abc') },
  { entry: fileEntry({ path: 'h\u00e9llo/\u4e16', modified: { seconds: -2, nanoseconds: 0 } }) },
  { entry: fileEntry({ path: 'link', type: 'symlink', linkTarget: 'dir/plain' }) },
  { entry: fileEntry({ path: 'hard', type: 'hardlink', linkTarget: 'dir/plain' }) },
  { entry: fileEntry({ path: 'null', type: 'character-device', deviceMajor: 1, deviceMinor: 3 }) },
  { entry: fileEntry({ path: 'cap', xattrs: new Map([['security.capability', Buffer.from('0100ff80', 'hex')]]) }) },
];

describe.runIf(hasGnuTar)('GNU tar (where it is installed)', () => {
  beforeAll(() => {
    mkdirSync(join(tree, 'a/b'), { recursive: true });
    writeFileSync(join(tree, 'a/b/file'), prose(5000));
    symlinkSync('b/file', join(tree, 'a/link'));
    linkSync(join(tree, 'a/b/file'), join(tree, 'a/hard'));
    utimesSync(join(tree, 'a/b/file'), 1_600_000_000.25, 1_600_000_000.25);
    const sparse = openSync(join(tree, 'sparse'), 'w');
    for (let index = 0; index < 30; index++) writeSync(sparse, prose(700), 0, 700, index * 100_000 + 12_345);
    closeSync(sparse);
    truncateSync(join(tree, 'sparse'), 4_000_000);
  });

  test('lists what packTar wrote', async () => {
    const listing = run(
      'tar',
      ['-tvf', '-', '--numeric-owner', '--full-time', '--utc', '--quoting-style=literal'],
      await pack(...inputs),
    );

    const lines = listing.toString().trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/ +/g, ' '))).toEqual([
      'drwxr-xr-t 0/0 0 2023-11-14 22:13:20 dir/',
      '-rwsr-xr-x 1000/1001 2000 2023-11-14 22:13:20 dir/plain',
      `-rw-r--r-- 3000000000/0 3 2023-11-14 22:13:20 ${longName}`,
      '-rw-r--r-- 0/0 0 1969-12-31 23:59:58 h\u00e9llo/\u4e16',
      'lrw-r--r-- 0/0 0 2023-11-14 22:13:20 link -> dir/plain',
      'hrw-r--r-- 0/0 0 2023-11-14 22:13:20 hard link to dir/plain',
      'crw-r--r-- 0/0 1,3 2023-11-14 22:13:20 null',
      '-rw-r--r-- 0/0 0 2023-11-14 22:13:20 cap',
    ]);
  });

  test.each(['v7', 'ustar', 'oldgnu', 'gnu', 'posix'])('is read in its format %s', async (format) => {
    const archive = run('tar', [`--format=${format}`, '--sort=name', '--mtime=@1600000000.25', '-cf', '-', 'a']);

    const read = await readAll(streamOf(archive));

    expect(read.map(({ entry }) => [entry.path, entry.type, entry.linkTarget])).toEqual([
      ['a', 'directory', undefined],
      ['a/b', 'directory', undefined],
      ['a/b/file', 'file', undefined],
      ['a/hard', 'hardlink', 'a/b/file'],
      ['a/link', 'symlink', 'b/file'],
    ]);
    expect(read[2]?.content.equals(prose(5000))).toBe(true);
    expect(read[2]?.entry.modified).toEqual({
      seconds: 1_600_000_000,
      nanoseconds: format === 'posix' ? 250_000_000 : 0,
    });
  });

  test.each([
    ['old GNU', ['--format=gnu']],
    ['pax 0.0', ['--format=posix', '--sparse-version=0.0']],
    ['pax 0.1', ['--format=posix', '--sparse-version=0.1']],
    ['pax 1.0', ['--format=posix', '--sparse-version=1.0']],
  ])('is read with its %s sparse files expanded', async (_, options) => {
    const plain = run('cat', ['sparse']);
    const archive = run('tar', [...options, '--sparse', '-cf', '-', 'sparse', 'a/b/file']);

    const [sparse, next] = await readAll(streamOf(archive));

    expect(archive.length).toBeLessThan(plain.length / 2);
    expect(sparse?.entry).toMatchObject({ path: 'sparse', type: 'file', sizeBytes: 4_000_000 });
    expect(sparse?.content.equals(plain)).toBe(true);
    expect(next?.entry.path).toBe('a/b/file');
  });

  test('is read with names and link targets of any length', async () => {
    const name = `${'n'.repeat(120)}/${'m'.repeat(120)}`;
    mkdirSync(join(tree, 'n'.repeat(120)));
    symlinkSync('t'.repeat(180), join(tree, name));

    for (const format of ['gnu', 'posix']) {
      const [read] = await readAll(streamOf(run('tar', [`--format=${format}`, '-cf', '-', name])));
      expect(read?.entry).toMatchObject({ path: name, type: 'symlink', linkTarget: 't'.repeat(180) });
    }
  });
});

test.runIf(hasPython)("Python's tarfile reads what packTar wrote (where it is installed)", async () => {
  const script = `
import json, sys, tarfile
with tarfile.open(fileobj=sys.stdin.buffer, mode='r|') as archive:
    for m in archive:
        print(json.dumps([m.name, m.uid, m.mode, m.size, m.mtime, m.linkname, m.devminor, m.pax_headers.get('SCHILY.xattr.security.capability', '').encode('utf-8', 'surrogateescape').hex()]))
`;
  mkdirSync(tree, { recursive: true });

  const lines = run('python3', ['-c', script], await pack(...inputs))
    .toString()
    .trimEnd()
    .split('\n');

  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(
    inputs.map(({ entry }) => [
      entry.path,
      entry.uid,
      entry.mode,
      entry.sizeBytes,
      entry.modified.seconds + entry.modified.nanoseconds / 1e9,
      entry.linkTarget ?? '',
      entry.deviceMinor ?? 0,
      entry.xattrs === undefined ? '' : '0100ff80',
    ]),
  );
});

test('packTar writes a time before 1970 as GNU tar does, with the fraction counted away from zero', async () => {
  const archive = await pack({ entry: fileEntry({ modified: { seconds: -2, nanoseconds: 500_000_000 } }) });

  expect(archive.toString('latin1', 512, 526)).toBe('14 mtime=-1.5\n');
});

test('packTar writes the header of a plain file exactly as POSIX has it, without any other program', async () => {
  const archive = await pack({
    entry: fileEntry({ path: 'a', sizeBytes: 1, userName: 'root' }),
    content: Buffer.from('x'),
  });

  expect(archive.toString('latin1', 0, 345).replace(/\0+/g, '|')).toBe(
    'a|0000644|0000000|0000000|00000000001|14524770400|010305|\x20' + '0|ustar|00root|0000000|0000000|',
  );
});
