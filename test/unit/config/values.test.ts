import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../../src/config/duration.ts';
import { mapContextPath } from '../../../src/config/flag-value.ts';
import { parseFields } from '../../../src/config/parse-fields.ts';

describe('parseDuration', () => {
  test.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['30d', 2_592_000_000],
    ['2w', 1_209_600_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', '30', 'h', '-1s', '1 h', '1y', '1h-30m'])('%j is none', (text) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'DURATION_MALFORMED' }));
  });
});

describe('parseFields', () => {
  test.each([
    [
      'id=a,src=b',
      [
        ['id', 'a'],
        ['src', 'b'],
      ],
    ],
    [
      'ID=a, Src = b',
      [
        ['id', 'a'],
        ['src', ' b'],
      ],
    ],
    ['a', [['a', '']]],
    ['a=b=c', [['a', 'b=c']]],
    [
      '"a=b,c",d=e',
      [
        ['a', 'b,c'],
        ['d', 'e'],
      ],
    ],
    ['"a=say ""hi"""', [['a', 'say "hi"']]],
    [
      'a=,b=',
      [
        ['a', ''],
        ['b', ''],
      ],
    ],
  ])('reads %j', (text, fields) => {
    expect(parseFields(text)).toEqual(fields);
  });

  test('reads back every value that is quoted', () => {
    const value = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), (values) => {
        const text = values.map((one) => `"k=${one.replaceAll('"', '""')}"`).join(',');

        expect(parseFields(text).map(([, read]) => read)).toEqual(values);
      }),
      { numRuns: 200 },
    );
  });
});

describe('mapContextPath', () => {
  test.each([
    ['dir', '<dir>'],
    ['/abs', '</abs>'],
    ['oci-layout://dir', 'oci-layout://<dir>'],
    ['oci-layout://dir:v1', 'oci-layout://<dir>:v1'],
    ['oci-layout:///a/b@sha256:aa', 'oci-layout://</a/b>@sha256:aa'],
    ['docker-image://alpine:3', 'docker-image://alpine:3'],
    ['target:base', 'target:base'],
    ['https://example.com/a.git#main', 'https://example.com/a.git#main'],
    ['git@example.com:a/b', 'git@example.com:a/b'],
  ])('%s becomes %s', (place, changed) => {
    expect(mapContextPath(place, (path) => `<${path}>`)).toBe(changed);
  });
});
