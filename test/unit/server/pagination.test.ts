import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextLink, pageOf, parsePageRequest } from '../../../src/server/pagination.ts';

describe('pageOf', () => {
  test('gives the whole list, each item once, when it is followed to its end', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.integer({ min: 1, max: 7 }), (items, count) => {
        const sorted = [...items].sort();
        const seen: string[] = [];
        for (let last: string | undefined; ; last = seen.at(-1)) {
          const page = pageOf(sorted, { count, ...(last === undefined ? {} : { last }) });
          seen.push(...page.items);
          if (!page.hasMore) break;
        }
        expect(seen).toEqual(sorted);
      }),
    );
  });

  test('goes on after an item that was deleted meanwhile', () => {
    expect(pageOf(['a', 'c', 'd'], { count: 1, last: 'b' })).toEqual({ items: ['c'], hasMore: true });
  });

  test('has nothing more after an empty page', () => {
    expect(pageOf(['a', 'b'], { count: 0 })).toEqual({ items: [], hasMore: false });
  });
});

describe('parsePageRequest', () => {
  test.each([
    ['', {}],
    ['n=5', { count: 5 }],
    ['n=0&last=x', { count: 0, last: 'x' }],
    ['n=-1', undefined],
    ['n=', undefined],
    ['n=1e3', undefined],
  ])('reads ?%s', (query, expected) => {
    expect(parsePageRequest(new URLSearchParams(query))).toEqual(expected);
  });
});

describe('nextLink', () => {
  test('leaves out what is not set and escapes the rest', () => {
    expect(nextLink('/v2/a/tags/list', { n: '2', last: 'a&b', other: undefined })).toBe(
      '</v2/a/tags/list?n=2&last=a%26b>; rel="next"',
    );
  });
});
