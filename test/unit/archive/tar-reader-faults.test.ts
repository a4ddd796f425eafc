import { describe, expect, test } from 'vitest';
import { type ReadTarOptions, readTar } from '../../../src/archive/tar-reader.ts';
import { archiveEnd, rawEntry, rawHeader, rawPax, sealHeader } from './raw-header.ts';
import { failureOf, noise, streamOf } from './streams.ts';

function faultOf(blocks: readonly Uint8Array[], options: ReadTarOptions = {}): Promise<unknown> {
  return failureOf(readTar(streamOf(...blocks), { file: 'a.tar', ...options }));
}

/** A sparse file in GNU's old format that claims to be much longer than what is stored. */
function oldSparse(realSize: string, map: string): Buffer {
  const header = rawHeader({ typeFlag: 'S', size: '00000001000', magic: 'ustar  \0' });
  header.write(map, 386);
  header.write(realSize, 483);
  return Buffer.concat([sealHeader(header), Buffer.alloc(512)]);
}

const whole = Buffer.concat([rawPax({ comment: 'x' }), rawEntry({}, 'a'.repeat(600)), archiveEnd]);

describe('readTar', () => {
  test('faults where an archive is cut off anywhere but between entries', async () => {
    const ends = [1, 511, 512, 700, 1024, 1100, 1536, 1537, 2559].map(
      (end) => [end, faultOf([whole.subarray(0, end)])] as const,
    );

    for (const [end, failure] of ends) {
      expect(await failure, `cut at ${end}`).toMatchObject({ code: 'ARCHIVE_TRUNCATED' });
    }
    expect(await faultOf([whole])).toBeUndefined();
    expect(await faultOf([whole.subarray(0, whole.length - 1024)])).toBeUndefined();
  });

  test.each([
    ['garbage', [noise(2048)]],
    ['a wrong checksum', [rawHeader({ checksum: '000001\0 ' }), archiveEnd]],
    ['a number that is not octal', [rawHeader({ size: '0000000009x' }), archiveEnd]],
    ['a negative size', [rawHeader({ size: '' }).fill(0xff, 124, 136), archiveEnd]],
    ['a negative owner', [rawHeader({ uid: Buffer.alloc(8, 0xff) }), archiveEnd]],
    ['a size beyond counting', [rawPax({ size: '99999999999999999' }), rawHeader(), archiveEnd]],
    ['a pax record without end', [rawEntry({ typeFlag: 'x' }, '99 path=a\n'), rawHeader(), archiveEnd]],
    ['a pax record without length', [rawEntry({ typeFlag: 'x' }, 'path=a\n'), rawHeader(), archiveEnd]],
    ['what follows the last pax record', [rawEntry({ typeFlag: 'x' }, '12 path=abc\nmore'), rawHeader(), archiveEnd]],
    ['a pax time that is none', [rawPax({ mtime: 'now' }), rawHeader(), archiveEnd]],
    ['a symlink to nowhere', [rawHeader({ typeFlag: '2' }), archiveEnd]],
    [
      'a sparse map that overlaps',
      [oldSparse('00000010000\0', '00000000000\x0000000000400\x0000000000300\x0000000000400\0')],
    ],
    ['a sparse map that is longer than the file', [oldSparse('00000000700\0', '00000000000\x0000000001000\0')]],
    ['a block of zeros between entries', [Buffer.alloc(512), rawEntry({}, 'abc'), archiveEnd]],
  ])('faults for %s', async (_, blocks) => {
    const failure = await faultOf(blocks);

    expect(failure).toMatchObject({ code: 'ARCHIVE_MALFORMED' });
  });

  test('reads what those are the wrong forms of', async () => {
    const right = [
      rawPax({ size: '3', mtime: '1', path: 'a' }),
      rawEntry({}, 'abc'),
      rawHeader({ typeFlag: '2', linkName: 'x' }),
      oldSparse('00000001000\0', '00000000000\x0000000001000\0'),
      archiveEnd,
    ];

    expect(await faultOf(right)).toBeUndefined();
  });

  test('says that it does not read an archive in several volumes', async () => {
    expect(await faultOf([rawHeader({ typeFlag: 'M' }), archiveEnd])).toMatchObject({
      code: 'ARCHIVE_UNSUPPORTED',
      where: { file: 'a.tar' },
    });
  });
});

describe('readTar with unsafe names', () => {
  const absolute = [rawHeader({ name: '/etc/passwd' }), archiveEnd];
  const inner = [rawHeader({ name: 'a/../b' }), archiveEnd];
  const outside = [rawHeader({ name: '../../etc/passwd' }), archiveEnd];
  const hardlink = [rawHeader({ name: 'a', typeFlag: '1', linkName: '../../etc/shadow' }), archiveEnd];
  const nul = [rawPax({ path: 'a\0b' }), rawHeader(), archiveEnd];
  const empty = [rawHeader({ name: '' }), archiveEnd];

  async function pathsOf(blocks: readonly Uint8Array[], options: ReadTarOptions): Promise<readonly string[]> {
    const paths: string[] = [];
    for await (const { entry } of readTar(streamOf(...blocks), options)) paths.push(entry.linkTarget ?? entry.path);
    return paths;
  }

  test('refuses only what climbs out when it is not told otherwise', async () => {
    expect(await faultOf(outside)).toMatchObject({
      code: 'ARCHIVE_PATH_UNSAFE',
      where: { file: 'a.tar', path: '../../etc/passwd' },
    });
    expect(await faultOf(hardlink)).toMatchObject({ code: 'ARCHIVE_PATH_UNSAFE' });
    expect(await pathsOf(absolute, {})).toEqual(['etc/passwd']);
    expect(await pathsOf(inner, {})).toEqual(['b']);
  });

  test('refuses all of them where it is told to', async () => {
    for (const blocks of [absolute, inner, outside, hardlink]) {
      expect(await faultOf(blocks, { unsafePaths: 'refuse' })).toMatchObject({ code: 'ARCHIVE_PATH_UNSAFE' });
    }
  });

  test('keeps all of them inside where it is told to strip', async () => {
    expect(await pathsOf(outside, { unsafePaths: 'strip' })).toEqual(['etc/passwd']);
    expect(await pathsOf(hardlink, { unsafePaths: 'strip' })).toEqual(['etc/shadow']);
  });

  test('never takes a NUL or an empty name', async () => {
    for (const blocks of [nul, empty]) {
      expect(await faultOf(blocks, { unsafePaths: 'strip' })).toMatchObject({ code: 'ARCHIVE_PATH_UNSAFE' });
    }
  });
});

describe('readTar with limits', () => {
  test('stops after too many entries', async () => {
    const blocks = [rawHeader(), rawHeader(), rawHeader(), archiveEnd];

    expect(await faultOf(blocks, { limits: { maxEntries: 2 } })).toMatchObject({ code: 'ARCHIVE_TOO_LARGE' });
    expect(await faultOf(blocks, { limits: { maxEntries: 3 } })).toBeUndefined();
  });

  test('stops at contents that are too long together, before they are read', async () => {
    const blocks = [rawEntry({}, 'a'.repeat(300)), rawEntry({}, 'a'.repeat(300)), archiveEnd];

    expect(await faultOf(blocks, { limits: { maxTotalBytes: 599 } })).toMatchObject({ code: 'ARCHIVE_TOO_LARGE' });
    expect(await faultOf(blocks, { limits: { maxTotalBytes: 600 } })).toBeUndefined();
  });

  test('stops at headers that would fill the memory', async () => {
    const long = [rawEntry({ typeFlag: 'L' }, Buffer.alloc(1024 * 1024 + 1, 'a')), rawHeader(), archiveEnd];
    const globals = Array.from({ length: 12 }, (_, index) => rawPax({ [`K${index}`]: 'v'.repeat(90_000) }, 'g'));

    expect(await faultOf(long)).toMatchObject({ code: 'ARCHIVE_TOO_LARGE' });
    expect(await faultOf([...globals, rawHeader(), archiveEnd])).toMatchObject({ code: 'ARCHIVE_TOO_LARGE' });
    expect(await faultOf([...globals.slice(0, 11), rawHeader(), archiveEnd])).toBeUndefined();
  });

  test('takes a sparse file that is almost only holes for a bomb', async () => {
    const blocks = [oldSparse('77777777777\0', '00000000000\x0000000001000\0'), archiveEnd];

    expect(await faultOf(blocks)).toMatchObject({ code: 'ARCHIVE_RATIO' });
    const skipped = readTar(streamOf(...blocks), { limits: { maxRatio: 1e9 } });
    expect((await skipped.next()).value?.entry.sizeBytes).toBe(8 ** 11 - 1);
  });
});
