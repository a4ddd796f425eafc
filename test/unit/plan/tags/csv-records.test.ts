import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFault } from '../../../../src/errors/fault.ts';
import { type CsvOptions, parseCsv } from '../../../../src/plan/tags/csv-records.ts';

const relaxed: CsvOptions = { relaxedQuotes: true, comments: true };

const strictCases: readonly (readonly [text: string, records: readonly (readonly string[])[]])[] = [
  ['', []],
  ['a', [['a']]],
  ['a,b', [['a', 'b']]],
  [' a , b ', [[' a ', ' b ']]],
  ['a,', [['a', '']]],
  [',', [['', '']]],
  ['"a,b",c', [['a,b', 'c']]],
  ['"a""b"', [['a"b']]],
  ['""', [['']]],
  ['"a\nb"', [['a\nb']]],
  ['a\n\nb,c\n', [['a'], ['b', 'c']]],
  ['a\r\nb\r\n', [['a'], ['b']]],
  ['a\rb', [['a'], ['b']]],
  ['a\nb\rc', [['a'], ['b\rc']]],
  ['#a', [['#a']]],
];

test.each(strictCases)('parseCsv reads %j', (text, records) => {
  expect(parseCsv(text)).toEqual(records);
});

const relaxedCases: readonly (readonly [text: string, records: readonly (readonly string[])[]])[] = [
  ['#a\nb', [['b']]],
  ['a\n# b, "c\nd', [['a'], ['d']]],
  ['a#b', [['a#b']]],
  ['a,#b', [['a', '#b']]],
  [' #a', [[' #a']]],
  ['"#a"', [['#a']]],
  ['a"b",c', [['a"b"', 'c']]],
  ['"a"b,c', [['"a"b', 'c']]],
  ['"a"#b', [['a#b']]],
];

test.each(relaxedCases)('parseCsv with relaxed quotes and comments reads %j', (text, records) => {
  expect(parseCsv(text, relaxed)).toEqual(records);
});

const refused = ['a"b"', '"a"b', '"a', 'x,"a""'];

test.each(refused)('parseCsv refuses %j', (text) => {
  expect(() => parseCsv(text)).toThrow(expect.objectContaining({ code: 'TAG_RULE_MALFORMED' }));
});

describe('parseCsv', () => {
  const fields = fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 4 }), { maxLength: 4 });

  test('reads back any fields that were quoted', () => {
    fc.assert(
      fc.property(fields, fc.constantFrom('\n', '\r\n'), (records, lineEnd) => {
        const text = records.map((record) => record.map(quoted).join(',')).join(lineEnd);

        expect(parseCsv(text)).toEqual(records);
      }),
      { numRuns: 200 },
    );
  });

  test('reads any text or refuses it with a fault', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '#', ' '), maxLength: 20 });
    fc.assert(
      fc.property(text, (written) => {
        expect(isArrayOrFault(() => parseCsv(written))).toBe(true);
        expect(isArrayOrFault(() => parseCsv(written, relaxed))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

function quoted(field: string): string {
  return `"${field.replaceAll('"', '""')}"`;
}

function isArrayOrFault(read: () => unknown): boolean {
  try {
    return Array.isArray(read());
  } catch (fault) {
    return isFault(fault, 'TAG_RULE_MALFORMED');
  }
}
