import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { isRepository } from '../../../src/oci/reference.ts';
import { parseRoute } from '../../../src/server/route.ts';

const digest = digestOf('x');
const id = `abc-${'0'.repeat(32)}`;

describe('parseRoute', () => {
  test.each([
    ['/', { kind: 'page' }],
    ['/v2', { kind: 'base' }],
    ['/v2/', { kind: 'base' }],
    ['/v2/_catalog', { kind: 'catalog' }],
    ['/v2/a/tags/list', { kind: 'tags', repository: 'a' }],
    ['/v2/tags/list/tags/list', { kind: 'tags', repository: 'tags/list' }],
    ['/v2/a/b/manifests/v1', { kind: 'manifest', repository: 'a/b', reference: { kind: 'tag', tag: 'v1' } }],
    [`/v2/a/manifests/${digest}`, { kind: 'manifest', repository: 'a', reference: { kind: 'digest', digest } }],
    [`/v2/a/blobs/${digest.replace(':', '%3A')}`, { kind: 'blob', repository: 'a', digest }],
    [`/v2/a/blobs/blobs/${digest}`, { kind: 'blob', repository: 'a/blobs', digest }],
    ['/v2/a/blobs/uploads/', { kind: 'uploads', repository: 'a' }],
    ['/v2/a/blobs/uploads', { kind: 'uploads', repository: 'a' }],
    [`/v2/a/blobs/uploads/${id}`, { kind: 'upload', repository: 'a', id }],
    ['/v2/blobs/uploads/blobs/uploads/', { kind: 'uploads', repository: 'blobs/uploads' }],
    [`/v2/a/referrers/${digest}`, { kind: 'referrers', repository: 'a', digest }],
  ])('reads %s', (path, expected) => {
    expect(parseRoute(path)).toEqual(expected);
  });

  test.each([
    ['/v2/a/manifests/sha256:baddigeststring', 400],
    [`/v2/a/manifests/${'t'.repeat(129)}`, 400],
    ['/v2/a/manifests/.hidden', 400],
    ['/v2/a/blobs/sha256:ABC', 400],
    ['/v2/a/blobs/md5:d41d8cd98f00b204e9800998ecf8427e', 400],
    ['/v2/A/tags/list', 400],
    ['/v2/a//tags/list', 400],
    ['/v2/../tags/list', 400],
    ['/v2/%', 400],
    ['/v2/a/blobs/uploads/../../x', 404],
    ['/v2/a', 404],
    ['/etc/passwd', 404],
  ])('refuses %s with %i', (path, status) => {
    expect(parseRoute(path)).toMatchObject({ kind: 'refused', reply: { status } });
  });

  test('gives a repository only by a name that one can have, whatever is asked', () => {
    const part = fc.constantFrom('..', '.', 'a', 'B', '%2e', '%2F', '%00', '\\', 'blobs', 'manifests', 'v1', '');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const route = parseRoute(`/v2/${parts.join('/')}`);
        if ('repository' in route) expect(isRepository(route.repository)).toBe(true);
      }),
    );
  });
});
