const asciiOnly = /^[\x20-\x7E]*$/;
const colorCodes = /\u001B\[[0-9;]*m/g;
const controls = /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** East Asian Wide and Fullwidth. https://www.unicode.org/reports/tr11/ */
const wideRanges: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1faff],
  [0x20000, 0x3fffd],
];

/** How many columns of a terminal a text takes; colour codes take none. */
export function widthOf(text: string): number {
  if (asciiOnly.test(text)) return text.length;
  return [...segmenter.segment(text.replace(colorCodes, ''))].reduce(
    (width, { segment }) => width + graphemeWidth(segment),
    0,
  );
}

/** The text cut to a width, with `…` where something was cut off. The text must have no colours yet. */
export function truncateText(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return '';
  let kept = '';
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    width += graphemeWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The text with spaces up to a width: behind it, or before it for numbers. */
export function padText(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return align === 'left' ? `${text}${space}` : `${space}${text}`;
}

/**
 * A text from outside as it may be written to a terminal: control characters and those that change the direction of
 * writing are shown by their number. Stops file names and logs that hold escape sequences.
 */
export function printable(text: string): string {
  if (asciiOnly.test(text)) return text;
  return text.replace(controls, (character) => {
    if (character === '\t') return ' ';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The same for a text of several lines. */
export function printableLines(text: string): readonly string[] {
  return text.split(/\r?\n/).map(printable);
}

function graphemeWidth(segment: string): number {
  const code = segment.codePointAt(0) ?? 0;
  if (/^[\p{Mark}\p{Cf}\u200B]/u.test(segment)) return 0;
  if (segment.includes('\uFE0F') || /^\p{Emoji_Presentation}/u.test(segment)) return 2;
  return wideRanges.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}
