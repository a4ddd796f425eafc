import { describe, expect, test } from 'vitest';
import { goQuote } from '../../../src/dockerfile/go-quote.ts';
import { atPlace, placeFault, sourceFrame, sourceLines } from '../../../src/dockerfile/source-place.ts';
import { Fault } from '../../../src/errors/fault.ts';

const lines = ['FROM a', '', '\tCOPY \\', '\t  b c', 'USER d'];

describe('sourceFrame', () => {
  test('shows the line above, the line and carets under the spot', () => {
    expect(sourceFrame(lines, { line: 5, column: 6, length: 1 })).toBe('  4 | \t  b c\n> 5 | USER d\n    |      ^');
  });

  test('leaves an empty line above out and keeps tabs in line', () => {
    expect(sourceFrame(lines, { line: 3, column: 2, length: 4 })).toBe('> 3 | \tCOPY \\\n    | \t^^^^');
  });

  test('cuts a long line around the spot', () => {
    const long = `RUN ${'a'.repeat(500)}X${'b'.repeat(500)}`;

    const [shown = '', carets = ''] = sourceFrame([long], { line: 1, column: 505, length: 1 }).split('\n');

    expect(shown.length).toBeLessThan(130);
    expect(shown[carets.indexOf('^')]).toBe('X');
  });
});

describe('placeFault', () => {
  const place = { file: 'f', lines, location: { startLine: 3, endLine: 4 } };

  test('points at the text where it stands in any of the lines', () => {
    expect(placeFault(place, { reason: 'r', near: 'b' }).where).toEqual({ file: 'f', line: 4, column: 4 });
  });

  test('points at the first word where the text stands in none', () => {
    expect(placeFault(place, { reason: 'r', near: 'zzz' }).where).toEqual({ file: 'f', line: 3, column: 2 });
  });

  test('says what could not be done, and helps', () => {
    const fault = placeFault(place, { reason: 'r', action: 'do x', hint: 'h', code: 'STAGE_ORDER', cause: 1 });

    expect([fault.message, fault.hint, fault.code, fault.cause]).toEqual(['Cannot do x: r', 'h', 'STAGE_ORDER', 1]);
  });
});

describe('atPlace', () => {
  const place = { file: 'f', lines, location: { startLine: 5, endLine: 5 } };

  test('adds the place to a fault that has none', () => {
    expect(() => atPlace(place, () => refuse({}), 'd')).toThrow(
      expect.objectContaining({ where: { file: 'f', line: 5, column: 6 }, message: 'm' }),
    );
  });

  test('leaves a fault alone that knows its line, and other errors', () => {
    expect(() => atPlace(place, () => refuse({ line: 1 }))).toThrow(expect.objectContaining({ where: { line: 1 } }));
    expect(() => atPlace(place, () => JSON.parse('{') as unknown)).toThrow(SyntaxError);
    expect(atPlace(place, () => 1)).toBe(1);
  });

  function refuse(where: { readonly line?: number }): never {
    throw new Fault('DOCKERFILE_EXPANSION', 'm', { where });
  }
});

test('sourceLines drops the byte order mark and line breaks of both kinds', () => {
  expect(sourceLines('\uFEFFa\r\nb\nc')).toEqual(['a', 'b', 'c']);
});

test.each([
  ['a b', '"a b"'],
  ['"\\', '"\\"\\\\"'],
  ['\t\n\r\u0007\u0001\u007f', '"\\t\\n\\r\\a\\x01\\x7f"'],
  ['é한\u{1F600}', '"é한\u{1F600}"'],
  ['\u200b\u00a0\u{E0001}', '"\\u200b\\u00a0\\U000e0001"'],
])('goQuote writes %j as Go does', (text, expected) => {
  expect(goQuote(text)).toBe(expected);
});
