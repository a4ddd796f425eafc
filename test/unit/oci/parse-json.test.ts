import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFault } from '../../../src/errors/fault.ts';
import { documentLimitBytes, parseJson } from '../../../src/oci/parse-json.ts';

function parseText(text: string): unknown {
  return parseJson(new TextEncoder().encode(text), 'document');
}

function faultOf(bytes: Uint8Array): string {
  try {
    parseJson(bytes, 'document');
  } catch (error) {
    if (isFault(error, 'DOCUMENT_MALFORMED')) return error.message;
    throw error;
  }
  throw new Error('it was read');
}

describe('parseJson', () => {
  test('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value, null, 1);

        expect(parseText(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['{"a":1,"a":2}', 'the key "a" stands twice in one object'],
    ['{"a":1,"\\u0061":2}', 'the key "a" stands twice in one object'],
    [`{"a":1,"a"${' '.repeat(99)}\n:2}`, 'the key "a" stands twice in one object'],
    ['[{"b":{"a":"}","a":2}}]', 'the key "a" stands twice in one object'],
    ['{"__proto__":1,"__proto__":2}', 'the key "__proto__" stands twice in one object'],
    ['{"a":1', 'it is not JSON'],
    ['', 'it is not JSON'],
    ['\ufeff{}', 'it is not JSON'],
    ['NaN', 'it is not JSON'],
    ['['.repeat(65) + ']'.repeat(65), 'it is nested deeper than 64 levels'],
    ['{"a":'.repeat(5000) + '1' + '}'.repeat(5000), 'it is nested deeper than 64 levels'],
  ])('refuses %j', (text, reason) => {
    expect(faultOf(new TextEncoder().encode(text))).toContain(`Cannot read the document: ${reason}`);
  });

  test.each([
    '{"a":{"a":1},"b":{"a":2}}',
    '{"a":"a","b":["a","a"]}',
    '{"a\\"":1,"a":2}',
    '["a","a"]',
    '["[[[", "\\\\", "{\\"a\\":1,\\"a\\":2}"]',
    '['.repeat(64) + ']'.repeat(64),
  ])('reads %s, whose keys and depth are in order', (text) => {
    expect(parseText(text)).toEqual(JSON.parse(text));
  });

  test('refuses bytes that are not UTF-8', () => {
    expect(faultOf(Uint8Array.of(0x22, 0xff, 0x22))).toBe('Cannot read the document: it is not UTF-8');
  });

  test('refuses a document beyond the limit and reads one of exactly its size', () => {
    const text = `"${'x'.repeat(documentLimitBytes - 2)}"`;

    expect(parseText(text)).toHaveLength(documentLimitBytes - 2);
    expect(faultOf(new TextEncoder().encode(`${text} `))).toContain(`it has ${documentLimitBytes + 1} bytes`);
  });
});
