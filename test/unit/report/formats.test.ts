import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBytes } from '../../../src/report/format-bytes.ts';
import { formatCount } from '../../../src/report/format-count.ts';
import { formatDuration } from '../../../src/report/format-duration.ts';
import { choosePalette } from '../../../src/report/palette.ts';
import { renderTable } from '../../../src/report/table.ts';
import { padText, printable, truncateText, widthOf } from '../../../src/report/text-width.ts';

const palette = choosePalette(false);
const text = fc.string({
  unit: fc.constantFrom('a', ' ', 'é', 'e\u0301', '漢', '한', '🚀', '👩‍🚀', '🇩🇪', '❤️', '｡'),
  maxLength: 20,
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [9994, '9.99 kB'],
  [9996, '10.0 kB'],
  [99_949, '99.9 kB'],
  [99_951, '100 kB'],
  [999_499, '999 kB'],
  [999_501, '1.00 MB'],
  [139_000_000, '139 MB'],
  [2.5e12, '2.50 TB'],
])('formatBytes(%d) is %s', (count, shown) => expect(formatBytes(count)).toBe(shown));

test('formatBytes is never wider than seven columns and never goes down when bytes go up', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 }), (count) => {
      expect(formatBytes(count * 1000).length).toBeLessThanOrEqual(7);
    }),
  );
});

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [9949, '9.9 s'],
  [9950, '10 s'],
  [59_499, '59 s'],
  [59_500, '1 min 00 s'],
  [125_000, '2 min 05 s'],
  [3_599_600, '1 h 00 min'],
  [3_725_000, '1 h 02 min'],
])('formatDuration(%d) is %s', (ms, shown) => expect(formatDuration(ms)).toBe(shown));

test('formatCount has the plural', () => {
  expect([formatCount(0, 'cell'), formatCount(1, 'cell'), formatCount(2, 'cell')]).toEqual([
    '0 cells',
    '1 cell',
    '2 cells',
  ]);
});

describe('width', () => {
  test.each([
    ['', 0],
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['漢字', 4],
    ['한', 2],
    ['🚀', 2],
    ['👩‍🚀', 2],
    ['🇩🇪', 2],
    ['\u001B[31mred\u001B[39m', 3],
    ['⠋', 1],
    ['…', 1],
  ])('of %j is %d', (value, width) => expect(widthOf(value)).toBe(width));

  test('truncateText never gives more than the width, and nothing is cut that fits', () => {
    fc.assert(
      fc.property(text, fc.nat(24), (value, columns) => {
        const cut = truncateText(value, columns);

        expect(widthOf(cut)).toBeLessThanOrEqual(columns);
        if (widthOf(value) <= columns) expect(cut).toBe(value);
        else if (columns > 0) expect(value.startsWith(cut.slice(0, -1)) && cut.endsWith('…')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('padText gives exactly the width where the text is not wider', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('left' as const, 'right' as const), (value, align) => {
        expect(widthOf(padText(value, 50, align))).toBe(50);
        expect(padText(value, 50, align).trim()).toBe(value.trim());
      }),
      { numRuns: 100 },
    );
  });

  test('printable leaves no control or direction character, and other text as it is', () => {
    expect(printable('a\u0000\u001B[1m\u007F\u009B\u202Eb\tc')).toBe(String.raw`a\u0000\u001b[1m\u007f\u009b\u202eb c`);
    fc.assert(
      fc.property(text, (value) => printable(value) === value),
      { numRuns: 50 },
    );
  });
});

describe('renderTable', () => {
  const columns = [
    { title: 'A' },
    { title: 'WIDE', minWidth: 6, importance: 2 },
    { title: 'N', align: 'right' as const, importance: 1 },
  ];
  const rows = [
    [{ text: 'one' }, { text: 'a long text' }, { text: '1' }],
    [{ text: '漢字' }, { text: 'b' }, { text: '100' }],
  ];

  test('aligns columns, numbers to the right, wide characters by their width', () => {
    expect(renderTable(columns, rows, { palette, columns: 80 })).toEqual([
      'A     WIDE           N',
      'one   a long text    1',
      '漢字  b            100',
    ]);
  });

  test('cuts what may be cut, then leaves out what matters least', () => {
    expect(renderTable(columns, rows, { palette, columns: 18 })[1]).toBe('one   a long…    1');
    expect(renderTable(columns, rows, { palette, columns: 14 })).toEqual(['A     WIDE', 'one   a long …', '漢字  b']);
    expect(renderTable(columns, rows, { palette, columns: 5 })).toEqual(['A', 'one', '漢字']);
  });

  test('leaves out a column without text', () => {
    const empty = rows.map(([first]) => [first ?? { text: '' }, { text: '' }, { text: '' }]);

    expect(renderTable(columns, empty, { palette, columns: 80 })).toEqual(['A', 'one', '漢字']);
  });

  test('is never wider than the terminal where all but one column may be left out', () => {
    const cell = fc.record({ text });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constant({ text: 'x' }), cell, cell), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 60 }),
        (cells, width) => {
          const lines = renderTable(columns, cells, { palette, columns: width });

          expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
          expect(lines).toHaveLength(cells.length + 1);
        },
      ),
      { numRuns: 200 },
    );
  });
});
