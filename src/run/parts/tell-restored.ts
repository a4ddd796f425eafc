import type { Host } from '../../host/host.ts';
import type { Cell } from '../../plan/cell.ts';
import type { CellInputs } from '../../plan/input-digest.ts';
import type { CellOutcome } from '../../plan/outcome.ts';
import { formatCount } from '../../report/format-count.ts';
import type { ReuseRequest } from './reuse-request.ts';

export interface Restoration {
  readonly cells: readonly Cell[];
  readonly outcomes: ReadonlyMap<string, CellOutcome>;
  readonly inputs: ReadonlyMap<string, CellInputs>;
  readonly reuse: ReuseRequest;
}

/** Says how much is taken over and what is built, counted; and why parts must be built whose inputs cannot be pinned. */
export function tellRestored({ cells, outcomes, inputs, reuse }: Restoration, host: Host): void {
  const isAsked = reuse.resume !== undefined && reuse.resume !== false;
  if (outcomes.size > 0 || isAsked) {
    const reasons = new Set([...outcomes.values()].flatMap((outcome) => ('reason' in outcome ? [outcome.reason] : [])));
    const why = reasons.size === 0 ? '' : ` (${[...reasons].join('; ')})`;
    const rest = cells.length - outcomes.size;
    const text = `${outcomes.size} of ${formatCount(cells.length, 'part')} taken over${why}; ${rest} to build`;
    host.emit({ kind: 'note', level: 'info', text });
  }
  if (outcomes.size === 0 && !isAsked) return;
  for (const [reason, count] of countReasons(inputs))
    host.emit({ kind: 'note', level: 'info', text: `${formatCount(count, 'part')} built whatever changed: ${reason}` });
}

function countReasons(inputs: ReadonlyMap<string, CellInputs>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const known of inputs.values()) {
    if ('reason' in known) counts.set(known.reason, (counts.get(known.reason) ?? 0) + 1);
  }
  return counts;
}
