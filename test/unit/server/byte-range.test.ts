import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseContentRange, parseRange } from '../../../src/server/byte-range.ts';

describe('parseRange', () => {
  test.each([
    [undefined, 10, { kind: 'whole' }],
    ['bytes=2-5', 10, { kind: 'part', range: { start: 2, end: 5 } }],
    ['bytes=2-', 10, { kind: 'part', range: { start: 2, end: 9 } }],
    ['bytes=-3', 10, { kind: 'part', range: { start: 7, end: 9 } }],
    ['bytes=-30', 10, { kind: 'part', range: { start: 0, end: 9 } }],
    ['bytes=2-500', 10, { kind: 'part', range: { start: 2, end: 9 } }],
    ['Bytes = 0 - 0', 10, { kind: 'part', range: { start: 0, end: 0 } }],
    ['bytes=10-11', 10, { kind: 'unsatisfiable' }],
    ['bytes=5-4', 10, { kind: 'unsatisfiable' }],
    ['bytes=-0', 10, { kind: 'unsatisfiable' }],
    ['bytes=0-', 0, { kind: 'unsatisfiable' }],
    ['bytes=-', 10, { kind: 'whole' }],
    ['bytes=0-1,4-5', 10, { kind: 'whole' }],
    ['items=0-1', 10, { kind: 'whole' }],
    ['bytes=a-b', 10, { kind: 'whole' }],
  ])('reads %s of %i bytes', (header, size, expected) => {
    expect(parseRange(header, size)).toEqual(expected);
  });

  test('never gives a part that lies outside of the content', () => {
    const bound = fc.option(fc.nat(200), { nil: '' as const });
    fc.assert(
      fc.property(bound, bound, fc.nat(100), (first, last, size) => {
        const asked = parseRange(`bytes=${first}-${last}`, size);
        if (asked.kind !== 'part') return;
        expect(asked.range.start).toBeGreaterThanOrEqual(0);
        expect(asked.range.end).toBeGreaterThanOrEqual(asked.range.start);
        expect(asked.range.end).toBeLessThan(size);
      }),
    );
  });
});

describe('parseContentRange', () => {
  test.each([
    ['0-9', { start: 0, end: 9 }],
    [' 5-5 ', { start: 5, end: 5 }],
    ['bytes 0-9/10', { start: 0, end: 9 }],
    ['bytes 0-9/*', { start: 0, end: 9 }],
    ['9-0', undefined],
    ['0-', undefined],
    ['-5', undefined],
    ['0-9999999999999999', undefined],
    ['0x0-9', undefined],
    ['', undefined],
  ])('reads %s', (header, expected) => {
    expect(parseContentRange(header)).toEqual(expected);
  });
});
