import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TarEntry } from '../../../src/archive/tar-entry.ts';
import { filepathMatch } from '../../../src/dockerfile/filepath-match.ts';
import type { FileContent } from '../../../src/engine/embedded/file-content.ts';
import { emptyTree, type FileNode, type FileTree } from '../../../src/engine/embedded/file-tree.ts';
import { memoryContent } from '../../../src/engine/embedded/held-content.ts';
import { mergeLayers } from '../../../src/engine/embedded/layer-merge.ts';
import { LayerTree } from '../../../src/engine/embedded/layer-tree.ts';
import { resolvePath } from '../../../src/engine/embedded/resolve-path.ts';
import type { IndexedEntry } from '../../../src/engine/embedded/tar-index.ts';
import { layOutLayer } from '../../../src/engine/embedded/tar-layer.ts';
import {
  ancestorsOf,
  baseName,
  cleanPath,
  comparePaths,
  isInside,
  joinPath,
  parentPath,
} from '../../../src/engine/embedded/tree-path.ts';
import { expandWildcards, hasWildcard } from '../../../src/engine/embedded/wildcards.ts';

const folder: FileNode = { type: 'directory', mode: 0o755, uid: 0, gid: 0, modifiedSeconds: 1 };

function file(text: string): FileNode {
  return { type: 'file', mode: 0o644, uid: 0, gid: 0, modifiedSeconds: 2, content: memoryContent(Buffer.from(text)) };
}

function link(target: string): FileNode {
  return { type: 'symlink', mode: 0o777, uid: 0, gid: 0, modifiedSeconds: 3, linkTarget: target };
}

function treeWith(nodes: Readonly<Record<string, FileNode>>, base: FileTree = emptyTree): LayerTree {
  const tree = new LayerTree(base);
  for (const [path, node] of Object.entries(nodes)) tree.put(path, node);
  return tree;
}

/** Everything in a tree, one line a path. */
function listing(tree: FileTree, path = ''): readonly string[] {
  return tree.children(path).flatMap((name) => {
    const below = joinPath(path, name);
    const node = tree.lookup(below);
    const text = node?.content === undefined ? (node?.linkTarget ?? '') : JSON.stringify(node.content.fingerprint());
    return [`${below} ${node?.type} ${text}`, ...listing(tree, below)];
  });
}

describe('paths of a tree', () => {
  test.each([
    ['/a//b/../c/', 'a/c'],
    ['../../x', 'x'],
    ['.', ''],
    ['/', ''],
    ['a/.', 'a'],
  ])('cleanPath(%s) is "%s"', (written, clean) => {
    expect(cleanPath(written)).toBe(clean);
  });

  test('the parts of a path are found again', () => {
    expect([parentPath('a/b/c'), parentPath('a'), baseName('a/b'), joinPath('', 'a'), joinPath('a', 'b')]).toEqual([
      'a/b',
      '',
      'b',
      'a',
      'a/b',
    ]);
    expect(ancestorsOf('a/b/c')).toEqual(['a', 'a/b']);
    expect([isInside('a/b', 'a'), isInside('ab', 'a'), isInside('a', 'a'), isInside('a', '')]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  test('comparePaths puts a folder right before what lies in it', () => {
    expect(['a.b', 'a/b', 'a', 'b', 'a/b/c', 'a-b'].sort(comparePaths)).toEqual([
      'a',
      'a/b',
      'a/b/c',
      'a-b',
      'a.b',
      'b',
    ]);
  });
});

describe('resolvePath', () => {
  const tree = treeWith({
    usr: folder,
    'usr/bin': folder,
    bin: link('usr/bin'),
    abs: link('/usr'),
    up: link('../../../usr'),
    a: link('b'),
    b: link('a'),
    gone: link('no/where'),
  });

  test.each([
    ['bin/x', 'usr/bin/x'],
    ['abs/bin', 'usr/bin'],
    ['up/bin', 'usr/bin'],
    ['gone', 'no/where'],
    ['../bin/../../x', 'x'],
    ['usr/none/at/all', 'usr/none/at/all'],
  ])('leads %s to %s', (from, to) => {
    expect(resolvePath(tree, from)).toBe(to);
  });

  test('leaves the last part alone where asked', () => {
    expect(resolvePath(tree, 'abs/../bin', { followLast: false })).toBe('bin');
  });

  test('gives up on a circle', () => {
    expect(() => resolvePath(tree, 'a/x')).toThrow(expect.objectContaining({ code: 'SYMLINK_CYCLE' }));
  });
});

describe('LayerTree', () => {
  const base = treeWith({
    etc: { ...folder, mode: 0o711 },
    'etc/a': file('A'),
    'etc/sub': folder,
    'etc/sub/b': file('B'),
    l: link('etc'),
  });

  test('shows what was written over what lies below', () => {
    const tree = treeWith({ 'etc/a': file('new'), 'etc/c': file('C') }, base);

    expect(tree.children('etc')).toEqual(['a', 'c', 'sub']);
    expect(tree.lookup('etc/sub/b')).toBe(base.lookup('etc/sub/b'));
  });

  test('lists changes with the folders of the base that lead to them, whose time it leaves open', () => {
    const changes = treeWith({ 'etc/sub/c': file('C') }, base).changes();

    expect(changes.map(({ kind, path }) => `${kind} ${path}`)).toEqual(['node etc', 'node etc/sub', 'node etc/sub/c']);
    expect(changes[0]).toMatchObject({ node: { mode: 0o711 } });
    expect(changes[0]).not.toHaveProperty('node.modifiedSeconds');
  });

  test('says what is gone, and hides what a new folder stands in the place of', () => {
    const tree = treeWith({}, base);
    tree.remove('etc/a');
    tree.put('etc/sub', file('now a file'));
    tree.put('etc/sub', folder);

    expect(tree.changes().map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'node etc',
      'removed etc/a',
      'node etc/sub',
      'opaque etc/sub',
    ]);
    expect(tree.children('etc')).toEqual(['sub']);
    expect(tree.lookup('etc/sub/b')).toBeUndefined();
  });

  test('replaces a folder of the base with all that was written in it', () => {
    const tree = treeWith({ 'etc/sub/c': file('C') }, base);
    tree.put('etc', file('now a file'));

    expect(tree.changes().map(({ kind, path }) => `${kind} ${path}`)).toEqual(['node etc']);
  });

  test('what it shows is what its layer gives on the same base, whatever was done', () => {
    const paths = ['a', 'a/b', 'a/b/c', 'd', 'd/e', 'f'];
    const step = fc.record({
      path: fc.constantFrom(...paths),
      what: fc.constantFrom('file', 'folder', 'link', 'remove'),
    });
    const steps = fc.array(step, { maxLength: 12 });
    fc.assert(
      fc.property(steps, steps, (below, above) => {
        const lower = new LayerTree();
        for (const one of below) apply(lower, one);
        const upper = new LayerTree(lower);
        for (const one of above) apply(upper, one);

        expect(listing(mergeLayers([layerOf(lower), layerOf(upper)]))).toEqual(listing(upper));
      }),
      { numRuns: 300 },
    );
  });
});

function apply(tree: LayerTree, { path, what }: { readonly path: string; readonly what: string }): void {
  if (what === 'remove') tree.remove(path);
  else if (ancestorsOf(path).every((above) => tree.lookup(above)?.type === 'directory')) {
    tree.put(path, what === 'folder' ? folder : what === 'link' ? link('nowhere') : file(path));
  }
}

function layerOf(tree: LayerTree) {
  const entries = layOutLayer(tree.changes(), {}).map(({ entry, node }) => ({ entry, offset: 0, node }));
  const contents = new Map(entries.map((indexed) => [indexed.entry, indexed.node?.content]));
  return {
    file: 'layer',
    entries,
    content: ({ entry }: { readonly entry: (typeof entries)[number]['entry'] }) => contents.get(entry),
  };
}

describe('mergeLayers', () => {
  function indexed(path: string, changes: Partial<TarEntry> = {}): IndexedEntry {
    const modified = { seconds: 0, nanoseconds: 0 };
    return {
      entry: { path, type: 'file', mode: 0o644, uid: 0, gid: 0, sizeBytes: 0, modified, ...changes },
      offset: 0,
    };
  }

  function contentOf({ entry }: IndexedEntry): FileContent | undefined {
    return entry.type === 'file' ? memoryContent(Buffer.from(entry.path)) : undefined;
  }

  function merge(...layers: readonly (readonly IndexedEntry[])[]): readonly string[] {
    const merged = mergeLayers(layers.map((entries, number) => ({ file: `${number}`, entries, content: contentOf })));
    return listing(merged).map((line) => line.replace(/ "sha256.*/, ''));
  }

  test('takes whiteouts for layers below only, and those of old drivers not at all', () => {
    expect(
      merge(
        [indexed('d/a'), indexed('d/b'), indexed('.wh..wh.plnk')],
        [indexed('d/new'), indexed('d/.wh..wh..opq'), indexed('.wh.none')],
      ),
    ).toEqual(['d directory ', 'd/new file']);
    expect(merge([indexed('d/a'), indexed('d/b')], [indexed('d/.wh.a'), indexed('.wh.d'), indexed('d/c')])).toEqual([
      'd directory ',
      'd/c file',
    ]);
  });

  test('follows links above an entry, and replaces what stands at it', () => {
    const usr = [
      indexed('usr/bin', { type: 'directory' }),
      indexed('bin', { type: 'symlink', linkTarget: '/usr/bin' }),
    ];

    expect(merge(usr, [indexed('bin/x')])).toEqual([
      'bin symlink /usr/bin',
      'usr directory ',
      'usr/bin directory ',
      'usr/bin/x file',
    ]);
    expect(merge(usr, [indexed('bin', { type: 'directory' }), indexed('bin/x')])).toContain('bin/x file');
  });
});

describe('wildcards', () => {
  const tree = treeWith({
    d: folder,
    'd/a.txt': file('1'),
    'd/b.md': file('2'),
    'd/e': folder,
    'd/e/a.txt': file('3'),
    to: link('d'),
  });

  test.each([
    ['d/*.txt', ['d/a.txt']],
    ['d/*', ['d/a.txt', 'd/b.md', 'd/e']],
    ['*/a.txt', ['d/a.txt']],
    ['to/*.md', ['d/b.md']],
    ['d/**/a.txt', ['d/e/a.txt']],
    ['none*', []],
    ['d/a.txt', ['d/a.txt']],
    ['/d/../d/./a.txt', ['d/a.txt']],
  ])('%s is %j', (pattern, paths) => {
    expect(expandWildcards(tree, pattern, filepathMatch)).toEqual(paths);
  });

  test('an escaped wildcard is none', () => {
    expect(['a*', 'a\\*', 'a?', '[a]', 'a\\\\*'].map(hasWildcard)).toEqual([true, false, true, true, true]);
  });
});
