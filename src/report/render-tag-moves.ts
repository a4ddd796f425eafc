import type { PlannedMoves } from '../plan/assemble-tag-moves.ts';
import type { TagMove } from '../plan/tag-move.ts';
import type { Palette } from './palette.ts';
import { shortDigest } from './render-finding.ts';
import { renderTable, type TableCell } from './table.ts';
import { printable } from './text-width.ts';

export interface TagMovesOptions {
  readonly palette: Palette;
  /** Width of the terminal. */
  readonly columns: number;
}

const tableColumns = [
  { title: 'TAG', minWidth: 24 },
  { title: 'NOW' },
  { title: 'THEN' },
  { title: '' },
  { title: 'WHY', minWidth: 20, importance: 1 },
];

const states: Readonly<
  Record<TagMove['state'], { readonly word: string; readonly paint: 'good' | 'warning' | 'bad' | 'quiet' }>
> = {
  new: { word: 'new', paint: 'good' },
  moved: { word: 'moved', paint: 'good' },
  unchanged: { word: 'unchanged', paint: 'quiet' },
  'kept-newer': { word: 'kept newer', paint: 'warning' },
  refused: { word: 'refused', paint: 'bad' },
  'rolled-back': { word: 'rolled back', paint: 'warning' },
};

/** What becomes of every tag: what it points at now, what it would point at, and why it would stay. */
export function renderTagMoves({ releases, unreachable }: PlannedMoves, options: TagMovesOptions): string {
  const rows = releases.flatMap(({ moves }) => moves.map((move) => moveRow(move, options.palette)));
  const table = rows.length === 0 ? [] : [renderTable(tableColumns, rows, options).join('\n')];
  const missing = unreachable.map(
    ({ repository, reason }) => `${options.palette.warning('not asked')} ${repository}: ${printable(reason)}`,
  );
  return [...table, ...(missing.length === 0 ? [] : [missing.join('\n')])].join('\n\n');
}

function moveRow({ repository, tag, state, from, to, reason }: TagMove, palette: Palette): readonly TableCell[] {
  const { word, paint } = states[state];
  const stays = state === 'unchanged' || state === 'kept-newer' || state === 'refused';
  const next = to === undefined ? 'to be built' : shortDigest(to);
  return [
    { text: printable(`${repository}:${tag}`), paint: palette.title },
    { text: from === undefined ? '-' : shortDigest(from) },
    { text: stays && from !== undefined ? shortDigest(from) : next },
    { text: word, paint: palette[paint] },
    { text: printable(reason ?? ''), paint: palette.quiet },
  ];
}
