import { isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { Cell } from '../../plan/cell.ts';
import type { CellOutcome, Problem } from '../../plan/outcome.ts';
import type { Part } from '../../plan/part.ts';
import type { Plan } from '../../plan/plan.ts';
import { formatCount } from '../../report/format-count.ts';
import { FormerRecords } from './former-records.ts';
import { isPartWhole } from './part-content.ts';
import { findPublishedPart } from './published-part.ts';
import { hasPart } from './restore-parts.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** A part that may stand in, and how old it is. */
interface LastGood {
  readonly part: Part;
  /** ISO 8601. */
  readonly madeAt: string;
  /** Where it was found, to complete "the part of …". */
  readonly origin: string;
}

/**
 * For each optional cell that failed and may be carried forward: the last good part that is not too old, of a former run or of
 * the index that a tag of the release points at now. Gives the outcomes that take the place of the failures.
 */
export async function carryForward(
  plan: Plan,
  outcomes: ReadonlyMap<string, CellOutcome>,
  host: Host,
): Promise<ReadonlyMap<string, CellOutcome>> {
  const carried = new Map<string, CellOutcome>();
  for (const cell of plan.cells) {
    const outcome = outcomes.get(cell.id);
    if (outcome?.state !== 'failed' || !cell.optional || cell.carryForwardDays === undefined) continue;
    const found = await lastGood(cell, plan, host);
    if (found !== undefined) carried.set(cell.id, carriedOf(cell, found, { problem: outcome.problem, host }));
  }
  return carried;
}

async function lastGood(cell: Cell, plan: Plan, host: Host): Promise<LastGood | undefined> {
  for await (const record of (await FormerRecords.open(plan)).of(cell.id)) {
    if (!hasPart(record) || record.platform !== cell.platform || isTooOld(record.finishedAt, cell, host)) continue;
    const { part } = record.outcome;
    if (await isPartWhole(part, host)) return { part, madeAt: record.finishedAt, origin: `run ${record.runId}` };
  }
  const published = await publishedPart(cell, plan, host);
  return published === undefined || isTooOld(published.madeAt, cell, host) ? undefined : published;
}

async function publishedPart(cell: Cell, plan: Plan, host: Host): Promise<LastGood | undefined> {
  try {
    const found = await findPublishedPart(cell, plan, host);
    return found !== undefined && (await isPartWhole(found.part, host)) ? found : undefined;
  } catch (problem) {
    if (!isFault(problem) || isFault(problem, 'INTERRUPTED')) throw problem;
    // The failure of the cell is what is to be told, not that nothing stands in for it.
    return undefined;
  }
}

function isTooOld(madeAt: string, { carryForwardDays = 0 }: Cell, host: Host): boolean {
  return ageMs(madeAt, host) > carryForwardDays * dayMs;
}

function ageMs(madeAt: string, { clock }: Host): number {
  return clock.now().getTime() - Date.parse(madeAt);
}

function carriedOf(
  cell: Cell,
  { part, madeAt, origin }: LastGood,
  { problem, host }: { readonly problem: Problem; readonly host: Host },
): CellOutcome {
  const days = Math.max(0, Math.floor(ageMs(madeAt, host) / dayMs));
  const allowed = formatCount(cell.carryForwardDays ?? 0, 'day');
  const reason = `The part of ${origin} stands in, ${formatCount(days, 'day')} old; at most ${allowed} are allowed`;
  host.emit({ kind: 'note', level: 'warning', text: `${cell.id} failed. ${reason}`, hint: problem.message });
  return { cell: cell.id, state: 'carried', part, reason, problem };
}
