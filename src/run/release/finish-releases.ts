import type { Host } from '../../host/host.ts';
import type { Cell } from '../../plan/cell.ts';
import type { CellOutcome, ReleaseOutcome } from '../../plan/outcome.ts';
import { partOf } from '../../plan/part-of.ts';
import type { Plan, PlannedRelease } from '../../plan/plan.ts';
import type { CompareCommits } from '../../publish/move-tag.ts';
import type { ProvedRelease } from '../../publish/target.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { KeptReads } from '../../store/kept-reads.ts';
import { compareCommits } from '../gather/read-git.ts';
import { mergeRelease } from './merge-release.ts';
import { proveRelease } from './prove-release.ts';
import { type PublishChoices, writeReleases } from './write-release.ts';

/** All that was made of a plan's cells, by this run and by others. */
export interface FinishedCells extends PublishChoices {
  readonly host: Host;
  /** Holds the content of every part. */
  readonly store: ImageStore;
  /** By cell; one that is not here was not begun. */
  readonly outcomes: ReadonlyMap<string, CellOutcome>;
  /** Where the record of tag moves is kept; absent: nowhere. */
  readonly runFolder?: string | undefined;
  /** What must have ended well before anything is written. Default: nothing. */
  readonly ready?: Promise<unknown>;
}

/** Merges and proves every release of a plan; then writes them all. Where one is not proved, none is published. */
export async function finishReleases(plan: Plan, built: FinishedCells): Promise<readonly ReleaseOutcome[]> {
  const cells = { ...built, store: new KeptReads(built.store) };
  const finished = await proveReleases(plan, cells);
  const proved = finished.flatMap(({ proved: one }) => one ?? []);
  const { store: source, outcomes: _outcomes, ready, ...rest } = cells;
  await ready;
  const isBlocked = proved.length < finished.length;
  const written = await writeReleases(proved, {
    ...rest,
    source,
    runId: plan.runId,
    isBlocked,
    compareCommits: commitComparer(plan.root, cells.host),
  });
  return finished.map(({ outcome }) => ({ ...outcome, destinations: written.get(outcome.id) ?? [] }));
}

/** Merges and proves every release of a plan; nothing is written but the indexes, beside their parts. */
export async function proveReleases(plan: Plan, cells: FinishedCells): Promise<readonly FinishedRelease[]> {
  const finished: FinishedRelease[] = [];
  for (const release of plan.releases) finished.push(await finishRelease(release, plan, cells));
  return finished;
}

/** How commits stand to each other is git's to tell, where both are in the clone. */
export function commitComparer(root: string, host: Host): CompareCommits {
  return async ({ commit: current }, { commit: next }) =>
    current === undefined || next === undefined ? undefined : compareCommits({ current, next }, { host, root });
}

/** One release before it is written. */
export interface FinishedRelease {
  readonly outcome: ReleaseOutcome;
  /** Absent where a required platform is missing, or a proof found an error. */
  readonly proved?: ProvedRelease;
}

/** Merges and proves one release, unless a required platform is missing. */
async function finishRelease(
  release: PlannedRelease,
  plan: Plan,
  { host, store, outcomes }: FinishedCells,
): Promise<FinishedRelease> {
  const cells = plan.cells.filter(({ id }) => release.cells.includes(id));
  const parts = cells.flatMap(({ id }) => partOf(outcomes.get(id)) ?? []);
  const missing = cells.filter(({ id }) => partOf(outcomes.get(id)) === undefined);
  const base = {
    id: release.id,
    platforms: parts.map(({ platform }) => platform),
    missing: missing.map(({ platform }) => platform),
    destinations: [],
  };
  if (parts.length === 0 || missing.some(({ optional }) => !optional))
    return { outcome: { ...base, findings: [], checks: [] } };
  const index = await mergeRelease(release, parts, store);
  const { findings, checks, isProved } = await proveRelease({ release, cells, index }, { host, store });
  if (!isProved) return { outcome: { ...base, findings, checks } };
  return { outcome: { ...base, index, findings, checks }, proved: provedOf(release, { index, cells, outcomes }) };
}

function provedOf(
  { id, order, destinations }: PlannedRelease,
  {
    index,
    cells,
    outcomes,
  }: Pick<ProvedRelease, 'index'> & Pick<FinishedCells, 'outcomes'> & { readonly cells: readonly Cell[] },
): ProvedRelease {
  const images = cells.flatMap(({ id: cell }) => {
    const part = partOf(outcomes.get(cell));
    return part === undefined ? [] : [[cell, part.manifest] as const];
  });
  return { id, index, order, destinations, images: new Map(images) };
}
