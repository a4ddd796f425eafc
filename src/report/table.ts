import type { Palette } from './palette.ts';
import { padText, truncateText, widthOf } from './text-width.ts';

export interface TableColumn {
  readonly title: string;
  /** Default: left. */
  readonly align?: 'left' | 'right';
  /** What is left out first where the terminal is narrow: the column with the lowest number. Default: never left out. */
  readonly importance?: number;
  /** The column may be cut down to this width before any is left out. */
  readonly minWidth?: number;
}

export interface TableCell {
  readonly text: string;
  /** Applied after the text was cut. */
  readonly paint?: (text: string) => string;
}

export interface TableOptions {
  readonly palette: Palette;
  /** Width of the terminal. */
  readonly columns: number;
}

const gap = '  ';

/** Lines of an aligned table with a head. Columns without any text are left out. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  { palette, columns: width }: TableOptions,
): readonly string[] {
  const full = columns
    .map((column, position) => ({ column, position, width: naturalWidth(column, position, rows) }))
    .filter(({ position }) => rows.some((row) => row[position]?.text !== ''));
  const shown = fit(full, width);
  const head = shown.map(({ column, width: own }) => padText(truncateText(column.title, own), own, column.align));
  const lines = rows.map((row) =>
    shown.map(({ column, position, width: own }) => {
      const { text = '', paint } = row[position] ?? {};
      const cut = truncateText(text, own);
      return padText(paint === undefined ? cut : paint(cut), own, column.align);
    }),
  );
  return [palette.quiet(head.join(gap).trimEnd()), ...lines.map((cells) => cells.join(gap).trimEnd())];
}

interface ShownColumn {
  readonly column: TableColumn;
  readonly position: number;
  readonly width: number;
}

function naturalWidth({ title }: TableColumn, position: number, rows: readonly (readonly TableCell[])[]): number {
  return rows.reduce((width, row) => Math.max(width, widthOf(row[position]?.text ?? '')), widthOf(title));
}

/** Cuts the columns that may be cut, then leaves out the least important ones, until all fit. */
function fit(columns: readonly ShownColumn[], width: number): readonly ShownColumn[] {
  const excess = totalWidth(columns) - width;
  if (excess <= 0) return columns;
  const cut = shrink(columns, excess);
  if (totalWidth(cut) <= width) return cut;
  const least = columns
    .filter(({ column }) => column.importance !== undefined)
    .toSorted((a, b) => (a.column.importance ?? 0) - (b.column.importance ?? 0))[0];
  return least === undefined
    ? cut
    : fit(
        columns.filter((column) => column !== least),
        width,
      );
}

function shrink(columns: readonly ShownColumn[], excess: number): readonly ShownColumn[] {
  let left = excess;
  return columns.map((shown) => {
    const { minWidth = shown.width } = shown.column;
    const taken = Math.min(left, Math.max(0, shown.width - minWidth));
    left -= taken;
    return { ...shown, width: shown.width - taken };
  });
}

function totalWidth(columns: readonly ShownColumn[]): number {
  return columns.reduce((total, { width }) => total + width, gap.length * (columns.length - 1));
}
