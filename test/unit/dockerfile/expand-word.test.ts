import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ExpandOptions, expandWord } from '../../../src/dockerfile/expand-word.ts';
import { isFault } from '../../../src/errors/fault.ts';

const variables: Readonly<Record<string, string>> = {
  name: 'value',
  empty: '',
  path: 'usr/local/lib/libz.so.1',
  spaced: '  two words ',
  stars: 'a*b?c\\d',
  lines: 'one\ntwo',
  dollar: '$0!',
  été: 'summer',
};

function lookup(name: string): string | undefined {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

function expand(word: string, options: ExpandOptions = {}): string {
  return expandWord(word, lookup, options).text;
}

describe('expandWord', () => {
  test.each([
    ['$name', 'value'],
    ['${name}', 'value'],
    ['a${name}b', 'avalueb'],
    ['$nameb', ''],
    ['$été', 'summer'],
    ['$name.txt', 'value.txt'],
    ['$', '$'],
    ['a$', 'a$'],
    ['$/', '$/'],
    ['$1', ''],
    ['$12x', 'x'],
    ['$@$*$#$?$-$$$!', ''],
    ['${1}', ''],
  ])('replaces variables: %s becomes %j', (word, expected) => {
    expect(expand(word)).toBe(expected);
  });

  test.each([
    ['${none:-word}', 'word'],
    ['${none-word}', 'word'],
    ['${empty:-word}', 'word'],
    ['${empty-word}', ''],
    ['${name:-word}', 'value'],
    ['${none:-$name}', 'value'],
    ['${none:-${also-deep}}', 'deep'],
    ['${none:-a b}', 'a b'],
    ["${none:-'}'}", '}'],
    ['${none:-\\}}', '}'],
    ['${name:+word}', 'word'],
    ['${name+word}', 'word'],
    ['${empty:+word}', ''],
    ['${empty+word}', 'word'],
    ['${none+word}', ''],
    ['${name:?needed}', 'value'],
    ['${empty?needed}', ''],
  ])('applies defaults and alternatives: %s becomes %j', (word, expected) => {
    expect(expand(word)).toBe(expected);
  });

  test.each([
    ['${path#*/}', 'local/lib/libz.so.1'],
    ['${path##*/}', 'libz.so.1'],
    ['${path%.*}', 'usr/local/lib/libz.so'],
    ['${path%%.*}', 'usr/local/lib/libz'],
    ['${path#usr}', '/local/lib/libz.so.1'],
    ['${path#local}', 'usr/local/lib/libz.so.1'],
    ['${path%?}', 'usr/local/lib/libz.so.'],
    ['${path%%*}', ''],
    ['${path#[u]}', 'usr/local/lib/libz.so.1'],
    ['${stars#a\\*}', 'b?c\\d'],
    ['${stars%\\?*}', 'a*b'],
    ['${stars%\\\\d}', 'a*b?c'],
    ['${lines##*}', '\ntwo'],
    ['${none#x}', ''],
  ])('cuts patterns off: %s becomes %j', (word, expected) => {
    expect(expand(word)).toBe(expected);
  });

  test.each([
    ['${path/l/L}', 'usr/Local/lib/libz.so.1'],
    ['${path//l/L}', 'usr/LocaL/Lib/Libz.so.1'],
    ['${path//l?/-}', 'usr/-ca--b/-bz.so.1'],
    ['${path//\\//:}', 'usr:local:lib:libz.so.1'],
    ['${path/l*/X}', 'usr/X'],
    ['${path//*/X}', 'X'],
    ['${name///-}', '-v-a-l-u-e-'],
    ['${name/x/y}', 'value'],
    ['${name//a/$dollar}', 'va!lue'],
    ['${name/a/$dollar}', 'v$0!lue'],
    ['${name//a/$}', 'v$lue'],
  ])('replaces patterns: %s becomes %j', (word, expected) => {
    expect(expand(word)).toBe(expected);
  });

  test.each([
    ['"a b"', 'a b'],
    ["'a b'", 'a b'],
    ["'$name'", '$name'],
    ['"$name"', 'value'],
    ['"\\$name"', '$name'],
    ['\\$name', '$name'],
    ['a\\nb', 'anb'],
    ['"a\\nb"', 'a\\nb'],
    ['"a\\"b"', 'a"b'],
    ['"a\\\\b"', 'a\\b'],
    ["'a\\'", 'a\\'],
    ['end\\', 'end'],
    [`a"b"'c'd`, 'abcd'],
  ])('takes quotes and escapes off: %s becomes %j', (word, expected) => {
    expect(expand(word)).toBe(expected);
  });

  test.each<[string, ExpandOptions, string]>([
    ['`$name \\$name', { escape: '`' }, '$name \\value'],
    [`'a' "b$name"`, { rawQuotes: true }, `'a' "bvalue"`],
    ['a\\ b "\\""', { rawEscapes: true }, 'a\\ b \\"'],
    ['$none ${none} ${none:-x} ${none/a/b} $name', { skipUnset: true }, '$none ${none} ${none:-x} ${none/a/b} value'],
    [`it's "$name"`, { skipQuotes: true }, `it's "value"`],
  ])('obeys its options: %s with %j', (word, options, expected) => {
    expect(expand(word, options)).toBe(expected);
  });

  test.each([
    ['a b', ['a', 'b']],
    ['  a\tb  ', ['a', 'b']],
    ['"a b" c', ['a b', 'c']],
    ['a\\ b', ['a b']],
    ['x${spaced}y', ['x', 'two', 'words', 'y']],
    ['x"${spaced}"y', ['x  two words y']],
    ['cat <<  EOF', ['cat', '<<  EOF']],
    ['a < b', ['a', '<', 'b']],
    ['""', []],
    ['', []],
    ['a\u0085b\uFEFFc', ['a', 'b\uFEFFc']],
  ])('splits %j at white space that is not quoted', (word, expected) => {
    expect(expandWord(word, lookup).words).toEqual(expected);
  });

  test('loses in its words, as BuildKit does, what stands right before a nested form', () => {
    const { text, words } = expandWord('lib-${name:+v}.so', lookup);

    expect(text).toBe('lib-v.so');
    expect(words).toEqual(['v.so']);
  });

  test('tells which variables were set and which were not', () => {
    const { matched, unmatched } = expandWord('$name ${none:-$empty} ${none2+x}', lookup);

    expect([...matched].sort()).toEqual(['empty', 'name']);
    expect([...unmatched].sort()).toEqual(['none', 'none2']);
  });

  test.each([
    ['${', "syntax error: missing '}'"],
    ['${}', 'syntax error: bad substitution'],
    ['${:-x}', 'syntax error: bad substitution'],
    ['${{name}}', 'syntax error: bad substitution'],
    ['${name:-x', "syntax error: missing '}'"],
    ['${name:-${deep}', "syntax error: missing '}'"],
    ['${name/a}', "syntax error: missing '/' in ${}"],
    ['${name/a/b', "syntax error: missing '}'"],
    ['${name=x}', 'unsupported modifier (=) in substitution'],
    ['${name:#x}', 'unsupported modifier (:#) in substitution'],
    ['${name:~x}', 'unsupported modifier (:~) in substitution'],
    ['${name#\\a}', "invalid pattern (\\a) in substitution: invalid escape '\\a'"],
    ['${none?}', 'none: is not allowed to be unset'],
    ['${empty:?}', 'empty: is not allowed to be empty'],
    ['${none:?give $name}', 'none: give value'],
    ["'a", 'unexpected end of statement while looking for matching single-quote'],
    ['"a', 'unexpected end of statement while looking for matching double-quote'],
  ])('refuses %s', (word, reason) => {
    expect(() => expand(word)).toThrow(
      expect.toSatisfy(
        (error) =>
          isFault(error, 'DOCKERFILE_EXPANSION') && error.message === `Cannot expand "${quoted(word)}": ${reason}`,
      ),
    );
  });

  test('refuses forms that are nested beyond reason, and takes those within it', () => {
    expect(expand(nested(400))).toBe('x');
    expect(() => expand(nested(40_000))).toThrow(expect.toSatisfy((error) => isFault(error, 'DOCKERFILE_EXPANSION')));
  });

  test('matches patterns with many wildcards in little time', () => {
    const value = 'a'.repeat(2000);

    expect(expandWord(`\${v##${'*a'.repeat(300)}b}`, () => value).text).toBe(value);
  });

  test('is the identity for a text without $, quotes, escapes and <', () => {
    const text = fc.string({ unit: 'grapheme' }).map((made) => made.replace(/[$"'\\<]/g, ''));

    fc.assert(fc.property(text, (word) => expand(word) === word));
  });

  test('gives back any text in single quotes', () => {
    const text = fc.string({ unit: 'grapheme' }).map((made) => made.replaceAll("'", ''));

    fc.assert(fc.property(text, (word) => expand(`'${word}'`) === word));
  });

  test('throws nothing but its fault', () => {
    const piece = fc.constantFrom(
      '$',
      '{',
      '}',
      ':',
      '-',
      '+',
      '?',
      '#',
      '%',
      '/',
      '*',
      '\\',
      "'",
      '"',
      '<',
      ' ',
      'name',
      'é',
    );

    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          expand(pieces.join(''));
        } catch (error) {
          if (!isFault(error, 'DOCKERFILE_EXPANSION')) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

function nested(levels: number): string {
  return `${'${none:-'.repeat(levels)}x${'}'.repeat(levels)}`;
}

function quoted(word: string): string {
  return word.replace(/["\\]/g, '\\$&');
}
