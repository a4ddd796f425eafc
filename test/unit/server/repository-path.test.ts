import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRepository } from '../../../src/oci/reference.ts';
import { partOfDirectory, repositoryDirectory } from '../../../src/server/repository-path.ts';

describe('repositoryDirectory', () => {
  test.each([
    ['team/app', '/r/team/app'],
    ['a/blobs', '/r/a/blobs_'],
    ['a/blobs/sha256', '/r/a/blobs_/sha256'],
    ['a/index.json', '/r/a/index.json_'],
    ['a/oci-layout/b', '/r/a/oci-layout_/b'],
    ['a/nul.txt', '/r/a/nul.txt_'],
    ['a/blobs.d', '/r/a/blobs.d'],
  ])('lays %s to %s', (name, path) => {
    expect(repositoryDirectory('/r', name).replaceAll('\\', '/')).toBe(path);
  });

  test('gives every repository a folder of its own, whose name leads back to it', () => {
    const part = fc.constantFrom('a', 'blobs', 'index.json', 'oci-layout', 'con', 'sha256', 'a-b', 'aux.tar.gz');
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const folders = repositoryDirectory('', parts.join('/')).replaceAll('\\', '/').split('/');
        expect(folders.map(partOfDirectory)).toEqual(parts);
        expect(folders.some((folder) => ['blobs', 'index.json', 'oci-layout'].includes(folder))).toBe(false);
      }),
    );
  });
});

describe('partOfDirectory', () => {
  test.each(['blobs', 'index.json', 'a_', '.registry', '.git', 'A', 'blobs__', '', '_'])(
    'gives nothing for %s',
    (folder) => {
      expect(partOfDirectory(folder)).toBeUndefined();
    },
  );

  test('gives only what can be a part of a name', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z._-]{0,12}$/), (folder) => {
        const part = partOfDirectory(folder);
        if (part !== undefined) expect(isRepository(part)).toBe(true);
      }),
    );
  });
});
