import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { effectiveBinaries } from '../../../src/verify/effective-tree.ts';
import { collectLayerFact, type LayerEntry, type LayerFact } from '../../../src/verify/layer-facts.ts';
import { elfFor } from '../../support/elf-file.ts';

const elf = elfFor('linux/amd64');

/** An entry written as `path`, `path/`, `path -> target`, `path = target`; a path with `!` is a binary. */
function fact(text: string): LayerFact {
  const [path = '', target] = text.split(/ -> | = /);
  const type = text.includes(' -> ')
    ? 'symlink'
    : text.includes(' = ')
      ? 'hardlink'
      : path.endsWith('/')
        ? 'directory'
        : 'file';
  const entry: LayerEntry = {
    path: path.replace('!', ''),
    type,
    ...(target === undefined ? {} : { linkTarget: target }),
  };
  const collected = collectLayerFact(entry, path.includes('!') ? elf : Buffer.from('text'));
  if (collected === undefined) throw new Error(`nothing was collected of ${text}`);
  return collected;
}

/** The paths of the binaries after all layers, each with the number of its layer. */
function treeOf(...layers: readonly (readonly string[])[]): readonly string[] {
  const numbers = new Map(layers.map((_, number) => [digestOf(String(number)), number]));
  const facts = layers.map((entries, number) => ({ digest: digestOf(String(number)), facts: entries.map(fact) }));
  return effectiveBinaries(facts).map(({ path, layer }) => `${path} ${String(numbers.get(layer))}`);
}

describe('effectiveBinaries', () => {
  test('gives the binaries of all layers, sorted by path', () => {
    expect(treeOf(['usr/', 'usr/bin/', 'usr/bin/b!', 'etc/passwd'], ['bin/a!'])).toEqual(['bin/a 1', 'usr/bin/b 0']);
  });

  test.each([
    ['a file that is removed', ['bin/a!'], ['bin/.wh.a'], []],
    ['a folder that is removed', ['bin/x/a!', 'bin/xy!'], ['bin/.wh.x'], ['bin/xy 0']],
    ['a folder that is hidden', ['bin/a!', 'lib/b!'], ['bin/', 'bin/.wh..wh..opq', 'bin/c!'], ['bin/c 1', 'lib/b 0']],
    ['a root that is hidden', ['bin/a!', 'lib/b!'], ['.wh..wh..opq', 'c!'], ['c 1']],
    ['a binary over a binary', ['bin/a!'], ['bin/a!'], ['bin/a 1']],
    ['a text over a binary', ['bin/a!'], ['bin/a'], []],
    ['a symbolic link over a binary', ['bin/a!', 'bin/b!'], ['bin/a -> b'], ['bin/b 0']],
    ['a text over a folder', ['bin/x/a!'], ['bin/x'], []],
    ['a binary over a folder', ['bin/x/a!'], ['bin/x!'], ['bin/x 1']],
    ['a folder over a folder', ['bin/x/a!'], ['bin/x/'], ['bin/x/a 0']],
    ['a folder over a binary', ['bin/a!'], ['bin/a/'], []],
    ['a file below a binary', ['bin/a!'], ['bin/a/b!'], ['bin/a/b 1']],
    ['a whiteout of its own layer', ['bin/a!'], ['bin/b!', 'bin/.wh.b'], ['bin/a 0', 'bin/b 1']],
    ['a hard link within a layer', ['bin/a!', 'bin/b = bin/a'], ['bin/.wh.a'], ['bin/b 0']],
    ['a hard link to a lower layer', ['bin/a!'], ['bin/b = bin/a', 'bin/a'], ['bin/b 1']],
    ['a hard link to a text', ['bin/a!', 'etc/b'], ['bin/a = etc/b'], []],
    ['an entry below a linked folder', ['lib -> usr/lib', 'usr/lib/a!'], ['lib/a'], []],
    ['an entry below an absolute link', ['lib -> /usr/lib', 'usr/lib/a!'], ['lib/b!'], ['usr/lib/a 0', 'usr/lib/b 1']],
    ['a whiteout below a linked folder', ['lib -> usr/lib', 'usr/lib/a!'], ['lib/.wh.a'], []],
    ['a hidden folder that is a link', ['lib -> usr/lib', 'usr/lib/a!'], ['lib/.wh..wh..opq'], []],
    [
      'a link that is replaced by a folder',
      ['lib -> usr/lib', 'usr/lib/a!'],
      ['lib/', 'lib/a!'],
      ['lib/a 1', 'usr/lib/a 0'],
    ],
    ['a link that is removed', ['lib -> usr/lib', 'usr/lib/a!'], ['.wh.lib'], ['usr/lib/a 0']],
    ['a link over itself', ['a -> a'], ['a/b!'], ['a/b 1']],
    ['links in a circle', ['a -> b', 'b -> a', 'c!'], ['a/d!'], ['a/d 1', 'c 0']],
    ['a link that leaves the image', ['x/out -> ../../../etc', 'etc/a!'], ['x/out/b!'], ['etc/a 0', 'etc/b 1']],
    ['a path that leaves the image', ['../../bin/a!', './/bin/./b!'], [], ['bin/a 0', 'bin/b 0']],
  ])('knows %s', (_, lower, upper, expected) => {
    expect(treeOf(lower, upper)).toEqual(expected);
  });

  test('agrees with a plain model where there are no links', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((names) => names.join('/'));
    const entry = fc.tuple(fc.constantFrom('binary', 'text', 'directory', 'removed', 'opaque'), path);

    fc.assert(
      fc.property(fc.array(fc.array(entry, { maxLength: 5 }), { maxLength: 4 }), (layers) => {
        const model = new Set<string>();
        for (const layer of layers) {
          for (const [kind, at] of layer) {
            for (const each of [...model]) {
              const isBelow = each.startsWith(`${at}/`);
              if ((kind === 'removed' && (isBelow || each === at)) || (kind === 'opaque' && isBelow))
                model.delete(each);
            }
          }
          for (const [kind, at] of layer) {
            if (kind === 'removed' || kind === 'opaque') continue;
            for (const each of [...model]) {
              if (each === at || at.startsWith(`${each}/`) || (kind !== 'directory' && each.startsWith(`${at}/`)))
                model.delete(each);
            }
            if (kind === 'binary') model.add(at);
          }
        }
        const suffix = { binary: '!', text: '', directory: '/' };
        const written = layers.map((layer) =>
          layer.map(([kind, at]) => {
            if (kind === 'removed') return at.replace(/[^/]*$/, (name) => `.wh.${name}`);
            return kind === 'opaque' ? `${at}/.wh..wh..opq` : `${at}${suffix[kind]}`;
          }),
        );

        expect(treeOf(...written).map((each) => each.replace(/ \d+$/, ''))).toEqual([...model].sort());
      }),
      { numRuns: 300 },
    );
  });
});

describe('collectLayerFact', () => {
  test('gives facts that survive JSON', () => {
    const facts = ['bin/a!', 'etc/', 'etc/b', 'c -> bin/a', 'd = bin/a', 'bin/.wh.x', '.wh..wh..opq'].map(fact);

    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
  });

  test('remembers nothing of the root and of the notes of old graph drivers', () => {
    expect(collectLayerFact({ path: './', type: 'directory' })).toBeUndefined();
    expect(collectLayerFact({ path: '.wh..wh.plnk', type: 'directory' })).toBeUndefined();
    expect(collectLayerFact({ path: 'a/.wh..wh.aufs', type: 'file' })).toBeUndefined();
  });

  test('takes a special file, and a file whose content is not given, for no binary', () => {
    expect(collectLayerFact({ path: 'dev/null', type: 'character-device' })).toBe('dev/null');
    expect(collectLayerFact({ path: 'bin/a', type: 'file' })).toBe('bin/a');
  });
});
