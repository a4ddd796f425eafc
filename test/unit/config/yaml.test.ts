import { describe, expect, test } from 'vitest';
import type { Config } from '../../../src/config/config.ts';
import { parseConfig } from '../../../src/config/parse-config.ts';

function parse(text: string): Config {
  return parseConfig(text, { file: 'p.yaml', folderName: 'app' });
}

describe('YAML', () => {
  test.each([
    ['context: .\n\ttarget: b', '2:1: a tab indents this line, expected spaces'],
    ['context: .\n---\ntarget: b', '2:1: a second document begins here, expected one'],
    ['context: a: b', '1:10: a second ": " stands on this line; a value that holds ": " is put in quotes'],
    ['target: @a', '1:9: a value cannot begin with "@"; put it in quotes'],
    ['target: !secret a', '1:9: the tag "!secret" has no meaning here'],
    ['target: "a', '1:11: missing closing "quote'],
    ['target: a\ntarget: b', '2:1: the key "target" stands here twice'],
    ['- target', '1:1: the file holds a list, expected keys such as "image: ghcr.io/acme/app"'],
    ['target', '1:1: the file holds the text "target", expected keys such as "image: ghcr.io/acme/app"'],
    ['? [a]\n: b', '1:3: a key is no text, expected one'],
    ['target: *a', '1:9: the alias "*a" stands for nothing: no "&a" comes before it'],
    ['tags: &a [b, *a]', '1:14: the alias "*a" contains itself'],
    ['<<: [a]', '1:1: "<<" takes a mapping or a list of mappings'],
  ])('%j is told', (text, says) => {
    expect(() => parse(text)).toThrow(`Cannot use p.yaml:${says}`);
  });

  test('an empty file and one of comments are configs of defaults', () => {
    for (const text of ['', '\n', '# nothing\n', '---\n', '{}']) expect(parse(text)).toEqual(parse('context: .'));
  });

  test('JSON is YAML', () => {
    expect(parse('{"target": "a", "args": {"B": 1.50}}').images[0]?.variants[0]).toMatchObject({
      target: 'a',
      args: { B: '1.50' },
    });
  });

  test('text is taken as it is written where text is meant', () => {
    const { images } = parse('args: {A: 1.10, B: true, C: 012, D: "x", E: 1e3, F: -0}\ntags: [1.0, latest]');

    expect(images[0]?.variants[0]?.args).toEqual({ A: '1.10', B: 'true', C: '012', D: 'x', E: '1e3', F: '-0' });
    expect(images[0]?.tags).toEqual(['1.0', 'latest']);
  });

  test('anchors, aliases, merge keys and keys of the user work', () => {
    const text = [
      'x-base: &base {target: base, labels: {a: b}}',
      'images:',
      '  one: {<<: *base, context: one}',
      '  two: {<<: [{target: first}, *base]}',
      '  three: {<<: *base, target: own}',
    ].join('\n');

    const { images } = parse(text);

    expect(images.map(({ variants, labels }) => [variants[0]?.target, labels['a']])).toEqual([
      ['base', 'b'],
      ['first', 'b'],
      ['own', 'b'],
    ]);
  });

  test('a problem in a merged mapping is told where it is written', () => {
    const text = 'x-base: &base\n  trget: base\nimages:\n  one:\n    <<: *base\n';

    expect(() => parse(text)).toThrow('Cannot use p.yaml:2:3: unknown key "trget" in "one"; did you mean "target"');
  });

  test.each(['__proto__', 'constructor', 'prototype'])('a key cannot be called %s', (name) => {
    expect(() => parse(`args: {${name}: a}`)).toThrow(`1:8: a key cannot be called "${name}"`);
    expect(parse(`args: {_${name}: a}`).images[0]?.variants[0]?.args).toEqual({ [`_${name}`]: 'a' });
  });

  test('an alias bomb is stopped, the same text with fewer aliases is not', () => {
    expect(() => parse(bomb(8))).toThrow('the aliases make more than 100000 values of this file');
    expect(() => parse(bomb(2))).not.toThrow();
  });

  test('a file that nests without end is stopped, one that nests little is not', () => {
    expect(() => parse(`x-a: ${'['.repeat(500)}${']'.repeat(500)}`)).toThrow('values nest more than 64 deep');
    expect(() => parse(`x-a: ${'['.repeat(50)}${']'.repeat(50)}`)).not.toThrow();
    expect(() => parse('['.repeat(20_000))).toThrow('Cannot use p.yaml:');
  });

  test('a file of more than a million characters is not read', () => {
    const text = `# ${'x'.repeat(1024 * 1024)}\n`;

    expect(() => parse(text)).toThrow(/1:1: the file has 1048579 characters, expected at most 1048576/);
    expect(() => parse(text.slice(0, -10))).not.toThrow();
  });
});

function bomb(depth: number): string {
  const layers = Array.from({ length: depth }, (_, at) => layer(at));
  return ['x-0: &a0 [b, b, b, b, b, b, b, b, b, b]', ...layers].join('\n');
}

function layer(at: number): string {
  const alias = `*a${at}`;
  return `x-${at + 1}: &a${at + 1} [${Array.from({ length: 10 }, () => alias).join(', ')}]`;
}
