import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanPath } from '../../../src/dockerfile/clean-path.ts';
import { checkFilepathPattern, filepathMatch } from '../../../src/dockerfile/filepath-match.ts';
import { isFault } from '../../../src/errors/fault.ts';

describe('filepathMatch', () => {
  test.each<[string, string, boolean]>([
    ['', '', true],
    ['', 'a', false],
    ['abc', 'abc', true],
    ['*', 'abc', true],
    ['*', '', true],
    ['*', 'a/b', false],
    ['**', 'a/b', false],
    ['*/b', 'a/b', true],
    ['a*', 'abc', true],
    ['*c', 'abc', true],
    ['a*c*e', 'abcde', true],
    ['a*c*e', 'abcd', false],
    ['a*b*c*d/f', 'axbxcxd/f', true],
    ['a*b*c*d/f', 'axbxcx/d/f', false],
    ['*x', 'xxx', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['?', '☺', true],
    ['?', '\u{1F600}', true],
    ['[a-c]', 'b', true],
    ['[a-c]', 'd', false],
    ['[^a-c]', 'd', true],
    ['[^a-c]', 'b', false],
    ['[^a]', '/', true],
    ['[é]', 'é', true],
    ['[\\]]', ']', true],
    ['[\\-a]', '-', true],
    ['[a\\-c]', 'b', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['a\\b', 'ab', true],
    ['[*]', '*', true],
    ['x', 'X', false],
    [']', ']', true],
    ['{a,b}', 'a', false],
  ])('says of pattern %j and path %j: %s', (pattern, path, expected) => {
    expect(filepathMatch(pattern, path)).toBe(expected);
  });

  test.each([
    '[',
    '[]',
    '[]a]',
    '[a',
    '[^',
    '[^]',
    '[-]',
    '[a-]',
    '[-a]',
    '[a-b-c]',
    '\\',
    'a\\',
    '[\\',
    '[a\\',
    'x*[',
    '*[]b',
  ])('refuses %j, match or not', (pattern) => {
    for (const path of ['', 'a', 'xyz']) {
      expect(() => filepathMatch(pattern, path)).toThrow(
        expect.toSatisfy((error) => isFault(error, 'PATTERN_MALFORMED')),
      );
    }
    expect(() => {
      checkFilepathPattern(pattern);
    }).toThrow('syntax error in pattern');
  });

  test('takes every path for itself when it is escaped', () => {
    const path = fc.string({ unit: 'grapheme' });

    fc.assert(fc.property(path, (text) => filepathMatch(Array.from(text, (char) => `\\${char}`).join(''), text)));
  });
});

describe('cleanPath', () => {
  test.each([
    ['', '.'],
    ['.', '.'],
    ['./', '.'],
    ['/', '/'],
    ['//a//b/', '/a/b'],
    ['a/./b/../c', 'a/c'],
    ['a/../..', '..'],
    ['../../a', '../../a'],
    ['/../a', '/a'],
    ['a/..', '.'],
  ])('makes of %j %j', (path, expected) => {
    expect(cleanPath(path)).toBe(expected);
  });

  test('changes nothing the second time', () => {
    const path = fc.array(fc.constantFrom('a', '.', '..', '', '/', '/')).map((parts) => parts.join(''));

    fc.assert(fc.property(path, (text) => cleanPath(cleanPath(text)) === cleanPath(text)));
  });
});
