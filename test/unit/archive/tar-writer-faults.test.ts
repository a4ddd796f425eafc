import { describe, expect, test } from 'vitest';
import type { TarEntry } from '../../../src/archive/tar-entry.ts';
import { TarWriter } from '../../../src/archive/tar-writer.ts';
import { fileEntry, pack } from './entries.ts';
import { failureOf, streamOf } from './streams.ts';

const unwritable: readonly (readonly [what: string, changes: Partial<TarEntry>, twin: Partial<TarEntry>])[] = [
  ['an empty path', { path: '' }, { path: 'a' }],
  ['an absolute path', { path: '/etc' }, { path: 'etc' }],
  ['a trailing slash', { path: 'etc/' }, { path: 'etc' }],
  ['a path that climbs', { path: 'a/../b' }, { path: 'a/..b' }],
  ['a NUL in the path', { path: 'a\0b' }, { path: 'a\u0001b' }],
  ['a link without target', { type: 'symlink' }, { type: 'symlink', linkTarget: 'x' }],
  ['a NUL in the target', { type: 'symlink', linkTarget: 'a\0' }, { type: 'symlink', linkTarget: 'a' }],
  ['a negative owner', { uid: -1 }, { uid: 1 }],
  ['half a byte', { sizeBytes: 0.5 }, { sizeBytes: 0 }],
  ['a mode with a type in it', { mode: 0o100644 }, { mode: 0o7644 }],
  [
    'a whole second of nanoseconds',
    { modified: { seconds: 0, nanoseconds: 1e9 } },
    { modified: { seconds: 0, nanoseconds: 999_999_999 } },
  ],
  ['a folder with content', { type: 'directory', sizeBytes: 1 }, { type: 'directory' }],
  [
    '"=" in the name of an attribute',
    { xattrs: new Map([['user.a=b', Buffer.from('x')]]) },
    { xattrs: new Map([['user.ab', Buffer.from('x')]]) },
  ],
  [
    'a pax record that belongs to a field',
    { paxRecords: new Map([['path', Buffer.from('x')]]) },
    { paxRecords: new Map([['comment', Buffer.from('x')]]) },
  ],
];

describe('packTar', () => {
  test.each(unwritable)('refuses %s', async (_, changes, twin) => {
    expect(await failureOf(pack({ entry: fileEntry(changes) }))).toMatchObject({
      code: 'ARCHIVE_ENTRY_UNWRITABLE',
      where: { path: fileEntry(changes).path },
    });
    expect(await failureOf(pack({ entry: fileEntry(twin) }))).toBeUndefined();
  });

  test.each([
    ['shorter', 2],
    ['longer', 4],
  ])('faults where a content in memory or a stream is %s than the entry says', async (_, length) => {
    const entry = fileEntry({ sizeBytes: 3 });
    const content = new Uint8Array(length);

    expect(await failureOf(pack({ entry, content }))).toMatchObject({ code: 'ARCHIVE_CONTENT_SIZE' });
    expect(await failureOf(pack({ entry, content: streamOf(content) }))).toMatchObject({
      code: 'ARCHIVE_CONTENT_SIZE',
    });
    expect(await failureOf(pack({ entry, content: streamOf(new Uint8Array(3)) }))).toBeUndefined();
  });
});

describe('TarWriter', () => {
  test('is of no more use after a content failed half way', async () => {
    const writer = new TarWriter(() => undefined);
    const failure = await failureOf(writer.append(fileEntry({ sizeBytes: 9 }), streamOf(new Uint8Array(3))));

    expect(failure).toMatchObject({ code: 'ARCHIVE_CONTENT_SIZE' });
    await expect(writer.finish()).rejects.toThrow('used after it failed');
  });
});
