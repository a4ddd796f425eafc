import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findSection, placeSection } from '../../../src/forge/description-section.ts';

const start = '<!-- polyarch:images app -->';
const end = '<!-- /polyarch:images app -->';

describe('placeSection', () => {
  test.each([
    ['an empty description', '', `${start}\n\nnew\n\n${end}`],
    ['a text without a line end', 'mine', `mine\n\n${start}\n\nnew\n\n${end}`],
    ['a text with one', 'mine\n', `mine\n\n${start}\n\nnew\n\n${end}`],
    ['a text with an empty line', 'mine\n\n', `mine\n\n${start}\n\nnew\n\n${end}`],
    ['lines that end as on Windows', 'a\r\nb', `a\r\nb\r\n\r\n${start}\r\n\r\nnew\r\n\r\n${end}`],
    ['a section with text around it', `a ${start}old${end} b`, `a ${start}\n\nnew\n\n${end} b`],
    ['a section of another image', '<!-- polyarch:images web --><!-- /polyarch:images web -->', undefined],
  ])('writes into %s', (_name, before, after) => {
    expect(placeSection(before, 'app', 'new')).toBe(after ?? `${before}\n\n${start}\n\nnew\n\n${end}`);
  });

  test('changes nothing but the section, and nothing the second time', () => {
    const text = fc.array(fc.constantFrom('a', '\n', '\r\n', ' ', '<!--', '-->', '🚀', '\t', 'polyarch'));
    fc.assert(
      fc.property(text, text, fc.string(), fc.string(), (head, tail, first, second) => {
        const before = head.join('');
        const once = `${placeSection(before, 'k', first.replaceAll('polyarch', ''))}${tail.join('')}`;
        const twice = placeSection(once, 'k', second.replaceAll('polyarch', ''));
        const { start: from, end: to } = findSection(twice, 'k');

        expect(twice.startsWith(before)).toBe(true);
        expect(twice.slice(to)).toBe(tail.join(''));
        expect(twice.slice(0, from)).toBe(once.slice(0, from));
        expect(placeSection(twice, 'k', second.replaceAll('polyarch', ''))).toBe(twice);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['no end', `a ${start} b`],
    ['no beginning', `a ${end} b`],
    ['two beginnings', `${start}${start}${end}`],
    ['two sections', `${start}${end}${start}${end}`],
    ['them the wrong way round', `${end}${start}`],
  ])('DESCRIPTION_MARKERS_BROKEN where there are %s', (_name, before) => {
    expect(() => placeSection(before, 'app', 'new')).toThrow(
      expect.objectContaining({ code: 'DESCRIPTION_MARKERS_BROKEN' }),
    );
  });

  test('a key cannot end the mark that it stands in', () => {
    expect(placeSection('', 'x --><script>', 'new').match(/-->/g)).toHaveLength(2);
  });
});
