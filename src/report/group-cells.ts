import type { SummaryCell } from './summary.ts';

/** Cells that have one and the same thing to tell. */
export interface CellGroup {
  /** `app/linux/amd64, app/linux/arm64 and 7 more` */
  readonly names: string;
  readonly first: SummaryCell;
}

const mostNames = 3;

/**
 * The cells that failed, were skipped, reused or carried, those with equal reasons together: one fault of a Dockerfile is
 * told once, not nine times.
 */
export function groupUnbuilt(cells: readonly SummaryCell[]): readonly CellGroup[] {
  const groups = new Map<string, SummaryCell[]>();
  for (const cell of cells) {
    const { id, state, problem, reason } = cell;
    if (problem === undefined && reason === undefined) continue;
    // What names the cell itself is no difference.
    const message = problem?.message.replaceAll(id, 'ID');
    const key = JSON.stringify([state, problem?.code, message, problem?.frame, reason]);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    return first === undefined ? [] : [{ first, names: namesOf(members.map(({ id }) => id)) }];
  });
}

function namesOf(ids: readonly string[]): string {
  if (ids.length <= mostNames) return ids.join(', ');
  return `${ids.slice(0, mostNames - 1).join(', ')} and ${ids.length - mostNames + 1} more`;
}
