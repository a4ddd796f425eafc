import { describe, expect, test } from 'vitest';
import { parseModeChange } from '../../../src/engine/embedded/chmod.ts';
import { emptyTree, type FileNode } from '../../../src/engine/embedded/file-tree.ts';
import { goDuration, goQuoteList, goQuoteRune } from '../../../src/engine/embedded/go-format.ts';
import { memoryContent } from '../../../src/engine/embedded/held-content.ts';
import { LayerTree } from '../../../src/engine/embedded/layer-tree.ts';
import { resolveOwner } from '../../../src/engine/embedded/owner.ts';
import { readNode } from '../../../src/engine/embedded/read-node.ts';

describe('parseModeChange', () => {
  test.each([
    ['755', 0o600, 0o755],
    ['0', 0o777, 0],
    ['7777', 0o600, 0o7777],
    ['u=rwx,go=rx', 0o600, 0o755],
    ['go-w', 0o666, 0o644],
    ['+x', 0o644, 0o755],
    ['a+r', 0o200, 0o644],
    ['=rw,+X', 0o755, 0o777],
    ['u=rwX,go=rX', 0o700, 0o755],
    ['u=rwX,go=rX', 0o600, 0o644],
    ['g=u', 0o640, 0o660],
    ['o=g-w', 0o660, 0o664],
    ['u+s,g+s', 0o755, 0o6755],
    ['o+s', 0o755, 0o755],
    ['u-s', 0o6755, 0o2755],
    ['+t', 0o777, 0o1777],
    ['a=rx', 0o4755, 0o555],
    ['o=', 0o777, 0o770],
    ['ug+rw', 0o100, 0o760],
  ])('%s makes of %o', (text, before, after) => {
    expect(parseModeChange(text).apply(before, false).toString(8)).toBe(after.toString(8));
  });

  test('X counts for directories even where nobody may execute', () => {
    expect(parseModeChange('a+X').apply(0o600, true)).toBe(0o711);
    expect(parseModeChange('a+X').apply(0o600, false)).toBe(0o600);
  });

  test.each(['', '8', '10000', 'u~x', 'rwx', 'u=q', 'u+x,', '+x,,-w'])('refuses "%s"', (text) => {
    expect(() => parseModeChange(text)).toThrow(expect.objectContaining({ code: 'CHMOD_MALFORMED' }));
  });
});

describe('resolveOwner', () => {
  const image = new LayerTree();
  function text(content: string): FileNode {
    return { type: 'file', mode: 0o644, uid: 0, gid: 0, content: memoryContent(Buffer.from(content)) };
  }
  image.put('etc', { type: 'directory', mode: 0o755, uid: 0, gid: 0 });
  image.put('real', text('bin:x:5:6::/:/x\n\nodd line\nbob:x:70:71\n'));
  image.put('etc/passwd', { type: 'symlink', mode: 0o777, uid: 0, gid: 0, linkTarget: '/real' });
  image.put('etc/group', text('staff:x:50:bin,bob\n'));

  test.each([
    ['7', { uid: 7, gid: 7 }],
    ['7:8', { uid: 7, gid: 8 }],
    [':9', { uid: 0, gid: 9 }],
    ['root', { uid: 0, gid: 0 }],
    ['bin', { uid: 5, gid: 6 }],
    ['bob:staff', { uid: 70, gid: 50 }],
    ['bob:root', { uid: 70, gid: 0 }],
    ['9:staff', { uid: 9, gid: 50 }],
    ['nobody:nogroup', { uid: 0, gid: 0 }],
  ])('%s is %j', async (written, owner) => {
    expect(await resolveOwner(written, image)).toEqual(owner);
  });

  test('takes root for a name where the image has no such file, and refuses it where there is no image', async () => {
    expect(await resolveOwner('bin', emptyTree)).toEqual({ uid: 0, gid: 0 });
    expect(await resolveOwner('5:root', undefined)).toEqual({ uid: 5, gid: 0 });
    await expect(resolveOwner('bin', undefined)).rejects.toMatchObject({ code: 'OWNER_UNRESOLVABLE' });
  });
});

test('readNode refuses a file that is larger than any real one of its kind', async () => {
  const huge = { ...memoryContent(Buffer.from('x')), sizeBytes: 17 * 1024 * 1024 };

  await expect(readNode(huge)).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' });
  expect(Buffer.from(await readNode(memoryContent(Buffer.from('x')))).toString()).toBe('x');
});

describe('texts as Go prints them', () => {
  test.each([
    [0, '0s'],
    [1, '1ns'],
    [1_500, '1.5µs'],
    [500_000_000, '500ms'],
    [90_000_000_000, '1m30s'],
    [3_600_000_000_000, '1h0m0s'],
    [5_400_500_000_000, '1h30m0.5s'],
    [-1_000_000_000, '-1s'],
  ])('%d nanoseconds are %s', (ns, text) => {
    expect(goDuration(ns)).toBe(text);
  });

  test('lists and characters are quoted', () => {
    expect(goQuoteList(['a', 'b "c"'])).toBe('["a" "b \\"c\\""]');
    expect([0, 5, 10, 34, 39, 65].map(goQuoteRune)).toEqual(["'\\x00'", "'\\x05'", "'\\n'", `'"'`, "'\\''", "'A'"]);
  });
});
