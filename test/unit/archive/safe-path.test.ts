import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgePath } from '../../../src/archive/safe-path.ts';
import { formatOpaque, formatWhiteout, parseWhiteout } from '../../../src/archive/whiteout.ts';

describe('judgePath', () => {
  test.each([
    ['a', 'a', []],
    ['a/b', 'a/b', []],
    ['a/.b/..c/d..', 'a/.b/..c/d..', []],
    ['.', '.', []],
    ['./', '.', []],
    ['./a//b/./c/', 'a/b/c', []],
    ['/', '.', ['absolute']],
    ['//a', 'a', ['absolute']],
    ['a/../b', 'b', ['parent']],
    ['..', '.', ['outside']],
    ['a/../../b', 'b', ['parent', 'outside']],
    ['/../a', 'a', ['absolute', 'outside']],
    ['a\0b', 'a\0b', ['nul']],
    ['', '.', ['empty']],
  ])('reads %j as %j with the hazards %j', (name, path, hazards) => {
    expect(judgePath(name)).toEqual({ path, hazards });
  });

  test('gives a path that is safe, and that it leaves as it is, for every name', () => {
    const names = fc
      .array(fc.constantFrom('a', '..', '.', '', 'b.c', '...', '\0'), { maxLength: 8 })
      .map((parts) => parts.join('/'));
    fc.assert(
      fc.property(names, (name) => {
        const { path } = judgePath(name);

        expect(judgePath(path).hazards.filter((hazard) => hazard !== 'nul')).toEqual([]);
        expect(judgePath(path).path).toBe(path);
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseWhiteout', () => {
  test.each([
    ['a/.wh.b', { kind: 'removed', path: 'a/b' }],
    ['.wh.b', { kind: 'removed', path: 'b' }],
    ['a/.wh..hidden', { kind: 'removed', path: 'a/.hidden' }],
    ['a/.wh..wh..opq', { kind: 'opaque', path: 'a' }],
    ['.wh..wh..opq', { kind: 'opaque', path: '.' }],
    ['.wh..wh.plnk/12.34', undefined],
    ['.wh..wh.plnk', { kind: 'metadata', path: '.wh..wh.plnk' }],
    ['a/.wh...', { kind: 'metadata', path: 'a/.wh...' }],
    ['a/.wh..', { kind: 'metadata', path: 'a/.wh..' }],
    ['a/.wh.', { kind: 'metadata', path: 'a/.wh.' }],
    ['a/.wh....', { kind: 'removed', path: 'a/...' }],
    ['a/wh.b', undefined],
    ['.wh.a/b', undefined],
  ])('reads %s as %j', (path, whiteout) => {
    expect(parseWhiteout(path)).toEqual(whiteout);
  });

  test('reads what the formatters write', () => {
    expect(formatWhiteout('a/b')).toBe('a/.wh.b');
    expect(parseWhiteout(formatWhiteout('b'))).toEqual({ kind: 'removed', path: 'b' });
    expect(formatOpaque('.')).toBe('.wh..wh..opq');
    expect(parseWhiteout(formatOpaque('a/b'))).toEqual({ kind: 'opaque', path: 'a/b' });
  });
});
