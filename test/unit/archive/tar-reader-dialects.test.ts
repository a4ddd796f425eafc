import { describe, expect, test } from 'vitest';
import { readTar } from '../../../src/archive/tar-reader.ts';
import { readAll } from './entries.ts';
import { archiveEnd, rawEntry, rawHeader, rawPax } from './raw-header.ts';
import { chunked, streamOf } from './streams.ts';

async function readFirst(...blocks: readonly Uint8Array[]) {
  const [first] = await readAll(streamOf(...blocks, archiveEnd));
  return first;
}

describe('readTar', () => {
  test('reads v7 headers, whose folders are marked by a slash alone', async () => {
    const read = await readAll(
      streamOf(
        rawHeader({ name: 'dir/', magic: '', typeFlag: '\0' }),
        rawEntry({ name: 'dir/a', magic: '', typeFlag: '\0' }, 'abc'),
        archiveEnd,
      ),
    );

    expect(read.map(({ entry }) => [entry.path, entry.type])).toEqual([
      ['dir', 'directory'],
      ['dir/a', 'file'],
    ]);
    expect(read[1]?.content.toString()).toBe('abc');
  });

  test('joins the prefix of ustar, and takes none from GNU, who keeps other things there', async () => {
    const ustar = await readFirst(rawHeader({ prefix: 'folder' }));
    const gnu = await readFirst(rawHeader({ prefix: '14524770400', magic: 'ustar  \0' }));

    expect(ustar?.entry.path).toBe('folder/file');
    expect(gnu?.entry.path).toBe('file');
  });

  test('reads base-256 numbers, negative ones too', async () => {
    const read = await readFirst(
      rawHeader({ uid: Buffer.from('80000000f0000000', 'hex'), mtime: Buffer.from('ffffffffffffffffffffff00', 'hex') }),
    );

    expect(read?.entry).toMatchObject({ uid: 0xf0000000, modified: { seconds: -256, nanoseconds: 0 } });
  });

  test('lays global pax records under local ones, and an empty one takes away', async () => {
    const read = await readAll(
      streamOf(
        rawPax({ uname: 'global', comment: 'all' }, 'g'),
        rawPax({ uname: 'local' }),
        rawHeader({ name: 'a' }),
        rawPax({ comment: '' }),
        rawHeader({ name: 'b' }),
        rawHeader({ name: 'c' }),
        archiveEnd,
      ),
    );

    const comments = read.map(({ entry }) => [entry.userName, entry.paxRecords?.get('comment')?.toString()]);
    const all = Uint8Array.from(Buffer.from('all')).toString();
    expect(comments).toEqual([
      ['local', all],
      ['global', undefined],
      ['global', all],
    ]);
  });

  test('reads pax times to the nanosecond, and drops what is finer', async () => {
    const times = ['1.5', '-1.25', '7', '-3', '2.1234567899', '-0.5'];
    const blocks = times.flatMap((mtime) => [rawPax({ mtime }), rawHeader()]);

    const read = await readAll(streamOf(...blocks, archiveEnd));

    expect(read.map(({ entry }) => [entry.modified.seconds, entry.modified.nanoseconds])).toEqual([
      [1, 500_000_000],
      [-2, 750_000_000],
      [7, 0],
      [-3, 0],
      [2, 123_456_789],
      [-1, 500_000_000],
    ]);
  });

  test('takes no content for links and folders, whatever size they claim', async () => {
    const read = await readAll(
      streamOf(
        rawHeader({ name: 'l', typeFlag: '2', linkName: 'x', size: '00000001000' }),
        rawHeader({ name: 'd/', typeFlag: '5', size: '00000001000' }),
        rawEntry({ name: 'f' }, 'abc'),
        archiveEnd,
      ),
    );

    expect(read.map(({ entry, content }) => [entry.path, entry.sizeBytes, content.length])).toEqual([
      ['l', 0, 0],
      ['d', 0, 0],
      ['f', 3, 3],
    ]);
  });

  test('passes over volume labels and the lists of dumped folders', async () => {
    const read = await readAll(
      streamOf(
        rawHeader({ typeFlag: 'V', name: 'label' }),
        rawEntry({ typeFlag: 'D', name: 'dump/' }, 'Yfile\0\0'),
        rawEntry({}, 'abc'),
        archiveEnd,
      ),
    );

    expect(read.map(({ entry, content }) => [entry.path, entry.type, content.toString()])).toEqual([
      ['dump', 'directory', ''],
      ['file', 'file', 'abc'],
    ]);
  });

  test('reads the same from chunks of any size, and skips what is not asked for', async () => {
    const archive = Buffer.concat([
      rawEntry({ name: 'a' }, 'a'.repeat(700)),
      rawEntry({ name: 'b' }, 'bcd'),
      archiveEnd,
    ]);

    for (const size of [1, 511, 513, 5000]) {
      const seen: string[] = [];
      for await (const { entry, content } of readTar(chunked(archive, size))) {
        if (entry.path === 'b') seen.push(Buffer.from(await content.bytes()).toString());
        else
          for await (const piece of content) {
            seen.push(String(piece.length > 0));
            break;
          }
      }
      expect(seen).toEqual(['true', 'bcd']);
    }
  });

  test('takes an archive without end blocks, and what follows the end, as tar does', async () => {
    const bare = await readAll(streamOf(rawEntry({}, 'abc')));
    const followed = await readAll(streamOf(rawEntry({}, 'abc'), archiveEnd, Buffer.from('anything')));
    const none = await readAll(streamOf());

    expect(bare).toHaveLength(1);
    expect(followed).toHaveLength(1);
    expect(none).toEqual([]);
  });

  test('tells the source that no more is wanted when the reader leaves early', async () => {
    let closed = false;
    async function* source() {
      try {
        for (;;) yield await Promise.resolve(rawEntry({}, 'abc'));
      } finally {
        closed = true;
      }
    }

    for await (const member of readTar(source())) if (member.entry.path === 'file') break;

    expect(closed).toBe(true);
  });

  test('does not let a content be read twice or too late', async () => {
    const reader = readTar(streamOf(rawEntry({ name: 'a' }, 'abc'), rawEntry({ name: 'b' }, 'abc'), archiveEnd));
    const first = await reader.next();
    await reader.next();

    await expect(first.value?.content.bytes()).rejects.toThrow('was read twice, or after the next entry');
  });
});
