/** Lines of context around a change. */
const contextLines = 3;

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/**
 * What leads from one text to another, as `diff -u` shows it; empty where they are equal. How lines end makes no
 * difference. Made for files of some hundred lines: it takes time and room for the product of both lengths.
 */
export function unifiedDiff(
  before: string,
  after: string,
  names: { readonly before: string; readonly after: string },
): string {
  const edits = editsBetween(linesOf(before), linesOf(after));
  if (edits.every(({ sign }) => sign === ' ')) return '';
  return [`--- ${names.before}`, `+++ ${names.after}`, ...hunksOf(edits)].join('\n');
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}

/** By the longest common subsequence: how long it is from each pair of lines on, then a walk along it. */
function editsBetween(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const commonFrom = commonLengths(before, after);
  const edits: Edit[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const [old, fresh] = [before[row], after[column]];
    if (old !== undefined && old === fresh) {
      edits.push({ sign: ' ', text: old });
      row += 1;
      column += 1;
    } else if (
      old !== undefined &&
      (fresh === undefined || commonFrom(row + 1, column) >= commonFrom(row, column + 1))
    ) {
      edits.push({ sign: '-', text: old });
      row += 1;
    } else {
      edits.push({ sign: '+', text: fresh ?? '' });
      column += 1;
    }
  }
  return edits;
}

function commonLengths(before: readonly string[], after: readonly string[]): (row: number, column: number) => number {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let row = before.length - 1; row >= 0; row -= 1)
    for (let column = after.length - 1; column >= 0; column -= 1)
      lengths[row * width + column] =
        before[row] === after[column]
          ? lengthAt(row + 1, column + 1) + 1
          : Math.max(lengthAt(row + 1, column), lengthAt(row, column + 1));
  return lengthAt;

  function lengthAt(row: number, column: number): number {
    return lengths[row * width + column] ?? 0;
  }
}

function hunksOf(edits: readonly Edit[]): readonly string[] {
  const near = edits.map((_edit, at) =>
    edits.slice(Math.max(0, at - contextLines), at + contextLines + 1).some(({ sign }) => sign !== ' '),
  );
  const lines: string[] = [];
  for (let start = near.indexOf(true); start !== -1; ) {
    const next = near.indexOf(false, start);
    const end = next === -1 ? edits.length : next;
    lines.push(headOf(edits, start, end), ...edits.slice(start, end).map(({ sign, text }) => `${sign}${text}`));
    start = near.indexOf(true, end);
  }
  return lines;
}

/** `@@ -line,count +line,count @@`. */
function headOf(edits: readonly Edit[], start: number, end: number): string {
  const [before, within] = [edits.slice(0, start), edits.slice(start, end)];
  return `@@ -${rangeOf(before, within, '+')} +${rangeOf(before, within, '-')} @@`;
}

/** Lines of one side: all but those that stand on the other alone. A side without lines names the line before. */
function rangeOf(before: readonly Edit[], within: readonly Edit[], other: '-' | '+'): string {
  const start = before.filter(({ sign }) => sign !== other).length;
  const count = within.filter(({ sign }) => sign !== other).length;
  const line = count === 0 ? start : start + 1;
  return count === 1 ? `${line}` : `${line},${count}`;
}
