import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IgnoreMatcher } from '../../../src/dockerfile/ignore-matcher.ts';
import { cleanPatterns } from '../../../src/dockerfile/ignore-pattern.ts';
import { ContextTree } from '../../../src/engine/embedded/context-tree.ts';
import { type FileStamp, StatIndex } from '../../../src/engine/embedded/stat-index.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { joinChunks } from '../../../src/store/collect-content.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-context-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hourNs = 3_600_000_000_000n;

/** The time as it will be in an hour, so that no file is too young to be trusted. */
function laterNs(): bigint {
  writeFileSync(join(folder, 'clock'), '');
  return statSync(join(folder, 'clock'), { bigint: true }).mtimeNs + hourNs;
}

function contextTree(patterns: readonly string[] = []): { readonly tree: ContextTree; readonly index: StatIndex } {
  const index = new StatIndex(join(folder, 'index'), laterNs());
  const ignore = patterns.length === 0 ? undefined : new IgnoreMatcher(cleanPatterns(patterns));
  return { tree: new ContextTree({ root: join(folder, 'c'), index, ignore }), index };
}

function write(path: string, text: string): void {
  mkdirSync(join(folder, 'c', path, '..'), { recursive: true });
  writeFileSync(join(folder, 'c', path), text);
}

describe('the files of a context', () => {
  test('are read once, and by the next build not at all while nothing changed', async () => {
    write('a', 'A');
    write('b', 'B');
    const first = contextTree();
    expect(await first.tree.lookup('a')?.content?.fingerprint()).toBe(digestOf('A'));
    expect(await first.tree.lookup('b')?.content?.fingerprint()).toBe(digestOf('B'));
    first.index.save();
    write('b', 'other');

    const second = contextTree();
    const [a, b] = [second.tree.lookup('a')?.content, second.tree.lookup('b')?.content];
    for (const name of ['a', 'b']) unlinkSync(join(folder, 'c', name));

    expect(a?.fingerprint()).toBe(digestOf('A'));
    expect(() => b?.fingerprint()).toThrow(expect.objectContaining({ code: 'CONTEXT_UNREADABLE' }));
  });

  test.each(['small', 'large'])('that change while they are read are a fault: a %s one', async (size) => {
    write('a', size === 'small' ? 'A' : 'A'.repeat(3_000_000));
    const { tree } = contextTree();
    const content = tree.lookup('a')?.content;
    appendFileSync(join(folder, 'c/a'), 'more');

    await expect((async () => content?.fingerprint())()).rejects.toMatchObject({
      code: 'CONTEXT_CHANGED',
      retryable: true,
    });
  });

  test.each(['small', 'large'])('are taken as they were looked at: a %s one', async (size) => {
    const text = size === 'small' ? 'A' : 'AB'.repeat(1_500_000);
    write('a', text);
    const content = contextTree().tree.lookup('a')?.content;
    const opened = content?.open() ?? [];

    expect(await content?.fingerprint()).toBe(digestOf(text));
    expect(
      String(
        opened instanceof Uint8Array ? Buffer.from(opened) : await joinChunks(opened as AsyncIterable<Uint8Array>),
      ),
    ).toBe(text);
  });

  test('are not followed out of it when a link takes the place of one', () => {
    write('a', 'A');
    write('other', 'A');
    const content = contextTree().tree.lookup('a')?.content;
    renameSync(join(folder, 'c/other'), join(folder, 'c/a'));

    expect(() => content?.open()).toThrow(expect.objectContaining({ code: 'CONTEXT_CHANGED' }));
  });

  test('are only those that the ignore rules leave', () => {
    for (const path of ['a', 'x/keep', 'x/drop', 'x/y/drop', 'z/deep/keep']) write(path, path);
    const { tree } = contextTree(['x', '!x/keep', 'z', '!**/keep']);

    expect(tree.children('')).toEqual(['a', 'x', 'z']);
    expect(tree.children('x')).toEqual(['keep']);
    expect(tree.lookup('x/drop')).toBeUndefined();
    expect([tree.isIgnored('x/drop'), tree.isIgnored('nowhere'), tree.isIgnored('a')]).toEqual([true, false, false]);
  });

  test('below a file or nothing are none', () => {
    write('a', 'A');
    const { tree } = contextTree();

    expect(tree.lookup('a/b')).toBeUndefined();
    expect(tree.lookup('nowhere/b')).toBeUndefined();
    expect(tree.children('a')).toEqual([]);
  });
});

describe('StatIndex', () => {
  const stamp: FileStamp = {
    sizeBytes: 1,
    modifiedNs: 1_700_000_000_123_456_789n,
    changedNs: 1_700_000_000_123_456_789n,
    inode: 7n,
  };
  const digest = digestOf('x');

  function reopened(now: bigint): StatIndex {
    return new StatIndex(join(folder, 'i/index'), now);
  }

  test('keeps a digest as long as all that the file system says is the same', () => {
    const index = reopened(stamp.modifiedNs + hourNs);
    index.remember('a', stamp, digest);
    index.save();
    const next = reopened(stamp.modifiedNs + hourNs);

    expect(next.digestOf('a', stamp)).toBe(digest);
    for (const change of [{ sizeBytes: 2 }, { modifiedNs: 1n }, { changedNs: 1n }, { inode: 8n }]) {
      expect(next.digestOf('a', { ...stamp, ...change })).toBeUndefined();
    }
  });

  test.each([
    ['in the same tick', stamp, 10_000_000n, undefined],
    ['a while before', stamp, 100_000_000n, digest],
    [
      'on a file system of whole seconds, a while before',
      { ...stamp, modifiedNs: 1_700_000_000_000_000_000n, changedNs: 1_700_000_000_000_000_000n },
      100_000_000n,
      undefined,
    ],
    [
      'on a file system of whole seconds, long before',
      { ...stamp, modifiedNs: 1_700_000_000_000_000_000n, changedNs: 1_700_000_000_000_000_000n },
      3_000_000_000n,
      digest,
    ],
  ])('does not trust a file that changed %s', (_when, written, ageNs, expected) => {
    const index = reopened(written.modifiedNs + ageNs);
    index.remember('a', written, digest);

    expect(index.digestOf('a', written)).toBe(expected);
  });

  test('keeps what other builds of the folder know, and writes nothing where nothing is new', () => {
    const index = reopened(stamp.modifiedNs + hourNs);
    index.remember('a', stamp, digest);
    index.save();
    const other = reopened(stamp.modifiedNs + hourNs);
    other.remember('b', stamp, digest);
    other.save();
    const file = join(folder, 'i/index');
    utimesSync(file, 1, 1);

    const third = reopened(stamp.modifiedNs + hourNs);
    expect([third.digestOf('a', stamp), third.digestOf('b', stamp)]).toEqual([digest, digest]);
    third.save();
    expect(statSync(file).mtimeMs).toBe(1000);
  });

  test.each(['', 'nonsense', '{"version":1,"rows":[[1],["a",["x"]],["a",["x",7]]]}', '{"version":99,"rows":[]}'])(
    'takes a file that holds %j for none',
    (text) => {
      mkdirSync(join(folder, 'i'));
      writeFileSync(join(folder, 'i/index'), text);
      const index = reopened(stamp.modifiedNs + hourNs);

      expect(index.digestOf('a', stamp)).toBeUndefined();
      index.remember('a', stamp, digest);
      index.save();
      expect(existsSync(join(folder, 'i/index'))).toBe(true);
      expect(readFileSync(join(folder, 'i/index'), 'utf8')).toContain(digest);
    },
  );
});
