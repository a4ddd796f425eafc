import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IgnoreMatcher, type IgnoreVerdict } from '../../../src/dockerfile/ignore-matcher.ts';
import { cleanPatterns, parseIgnore } from '../../../src/dockerfile/ignore-pattern.ts';
import { isFault } from '../../../src/errors/fault.ts';

function matcher(...patterns: readonly string[]): IgnoreMatcher {
  return new IgnoreMatcher(cleanPatterns(patterns));
}

function written(patterns: readonly { readonly text: string; readonly exception: boolean }[]): readonly string[] {
  return patterns.map(({ text, exception }) => (exception ? '!' : '') + text);
}

/** The verdict on a path as a walk comes to it, directory by directory. */
function walk(ignore: IgnoreMatcher, path: string): boolean {
  let verdict: IgnoreVerdict | undefined;
  const names = path.split('/');
  for (const index of names.keys()) verdict = ignore.judge(names.slice(0, index + 1).join('/'), verdict);
  return verdict?.ignored ?? false;
}

describe('parseIgnore', () => {
  test('drops comments, empty lines, outer space, leading slashes and a byte order mark', () => {
    const text = '\uFEFF# no\r\n\r\n  a/b/ \r\n/c\n! /d/../e\n#x\n #y\n./f//g\n.\n..\n';

    expect(written(parseIgnore(text))).toEqual(['a/b', 'c', '!e', '#y', 'f/g', '.', '..']);
  });

  test.each([
    ['a\n[b\n', 2, 'Cannot match against "[b": syntax error in pattern'],
    ['!\n', 1, 'Cannot read the pattern "!": illegal exclusion pattern, expected a path behind !'],
    ['a\\', 1, 'Cannot match against "a\\\\": syntax error in pattern'],
  ])('refuses %j with its line', (text, line, message) => {
    expect(() => parseIgnore(text)).toThrow(
      expect.objectContaining({
        code: 'PATTERN_MALFORMED',
        message,
        where: { file: '.dockerignore', line, column: 1 },
      }),
    );
  });
});

describe('IgnoreMatcher', () => {
  test.each<[readonly string[], string, boolean]>([
    [['a'], 'a', true],
    [['a'], 'a/b/c', true],
    [['a'], 'b/a', false],
    [['a'], 'ab', false],
    [['*.md'], 'x.md', true],
    [['*.md'], 'd/x.md', false],
    [['*/*.md'], 'd/x.md', true],
    [['**/*.md'], 'x.md', true],
    [['**/*.md'], 'd/e/x.md', true],
    [['d/**'], 'd', false],
    [['d/**'], 'd/e/f', true],
    [['d/**/f'], 'd/f', true],
    [['d/**/f'], 'd/e/e/f', true],
    [['**'], 'any/thing', true],
    [['**/x'], 'a/x/b', true],
    [['a?c'], 'abc', true],
    [['a?c'], 'a/c', false],
    [['?'], '\u{1F600}', true],
    [['[a-c]x'], 'bx', true],
    [['[^a-c]x'], 'bx', false],
    [['a.c'], 'abc', false],
    [['a\\*'], 'a*', true],
    [['a\\*'], 'ab', false],
    [['[a\\]]x'], ']x', true],
    [['(a|b)+'], 'a', false],
    [['x[.]y*'], 'x.yz', true],
    [['n\\d*'], 'n5', true],
    [['n\\d*'], 'nd', false],
    [['*.md', '!README.md'], 'README.md', false],
    [['!README.md', '*.md'], 'README.md', true],
    [['d', '!d/e'], 'd/e/f', false],
    [['d', '!d/e', 'd/e/f'], 'd/e/f', true],
    [['**', '!src'], 'src/a', false],
    [['**', '!src'], 'bin/a', true],
    [['d', '!**/keep'], 'd/e/keep', false],
    [[], 'a', false],
  ])('judges with %j that %j is ignored: %s', (patterns, path, expected) => {
    const ignore = matcher(...patterns);

    expect(ignore.matchesOrParentMatches(path)).toBe(expected);
    expect(ignore.isIgnored(path)).toBe(expected);
    expect(walk(ignore, path)).toBe(expected);
  });

  test('never ignores the root itself, however it is written', () => {
    expect(matcher('**').matchesOrParentMatches('./x/..')).toBe(false);
    expect(matcher('*').matches('.')).toBe(false);
  });

  test('cleans paths where a whole path is asked for', () => {
    expect(matcher('a/b').matchesOrParentMatches('./a//b/')).toBe(true);
    expect(matcher('a/b').matches('a/./b')).toBe(true);
  });

  test('by the older rule looks at the directory as deep as the pattern alone', () => {
    expect(matcher('a/*').matches('a/b/c')).toBe(true);
    expect(matcher('**/b').matches('a/b/c/d')).toBe(true);
    expect(matcher('**/c').matches('a/b/c/d')).toBe(false);
    expect(matcher('**/c').matchesOrParentMatches('a/b/c/d')).toBe(true);
    expect(matcher('a', '!a/b').matches('a/b')).toBe(false);
  });

  test.each<[readonly string[], string, boolean]>([
    [['d'], 'd', false],
    [['d', '!d/e'], 'd', true],
    [['d', '!d/e/f'], 'd/e', true],
    [['d', '!d/e'], 'd/f', false],
    [['d', '!d/e/**'], 'd/e', true],
    [['d', '!other'], 'd', false],
    [['d', '!**/x'], 'd', true],
  ])('with %j may find exceptions below %j: %s', (patterns, directory, expected) => {
    expect(matcher(...patterns).mayHoldExceptions(directory)).toBe(expected);
  });

  test('tells whether it has patterns and exceptions', () => {
    expect([matcher().hasPatterns, matcher('a').hasPatterns, matcher('a').hasExceptions]).toEqual([false, true, false]);
    expect(matcher('!a').hasExceptions).toBe(true);
  });

  test.each(['x[b-a]', 'x\\p*', 'x[\\d-z]'])('refuses %s when it is used', (pattern) => {
    const ignore = matcher(pattern);

    expect(() => ignore.isIgnored('x')).toThrow(expect.toSatisfy((error) => isFault(error, 'PATTERN_MALFORMED')));
  });

  test('comes to the same verdict by walking as by asking for the whole path', () => {
    const name = fc.constantFrom('a', 'b', 'ab', 'a.b');
    const part = fc.constantFrom('a', 'b', '*', '**', 'a*', '?', '[ab]', '*.b');
    const paths = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
    const pattern = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 5 }), paths, (patterns, path) => {
        const ignore = matcher(...patterns);
        return walk(ignore, path) === ignore.matchesOrParentMatches(path);
      }),
      { numRuns: 500 },
    );
  });

  test('as BuildKit forgets on a walk an exception for a directory that was not ignored', () => {
    const ignore = matcher('a/b', '!a');

    expect(ignore.matchesOrParentMatches('a/b')).toBe(false);
    expect(walk(ignore, 'a/b')).toBe(true);
  });

  test('never keeps anything below a directory that may hold no exception', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
    const pattern = fc
      .tuple(fc.constantFrom('', '!'), path, fc.constantFrom('', '/*', '/**'))
      .map((parts) => parts.join(''));

    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 5 }), path, path, (patterns, directory, below) => {
        const ignore = matcher(...patterns);
        fc.pre(walk(ignore, directory) && !ignore.mayHoldExceptions(directory));
        return walk(ignore, `${directory}/${below}`);
      }),
    );
  });
});
