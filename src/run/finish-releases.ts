import type { Host } from '../host/host.ts';
import type { CellOutcome, ReleaseOutcome } from '../plan/outcome.ts';
import type { Part } from '../plan/part.ts';
import type { Plan, PlannedRelease } from '../plan/plan.ts';
import type { ImageStore } from '../store/content-store.ts';
import { mergeRelease } from './merge-release.ts';
import { proveRelease } from './prove-release.ts';
import { writeRelease } from './write-release.ts';

/** All that was made of a plan's cells, by this run and by others. */
export interface FinishedCells {
  readonly host: Host;
  /** Holds the content of every part. */
  readonly store: ImageStore;
  /** By cell; one that is not here was not begun. */
  readonly outcomes: ReadonlyMap<string, CellOutcome>;
}

/** Merges, proves and writes every release of a plan, one after the other. */
export async function finishReleases(plan: Plan, cells: FinishedCells): Promise<readonly ReleaseOutcome[]> {
  const releases: ReleaseOutcome[] = [];
  for (const release of plan.releases) releases.push(await finishRelease(release, plan, cells));
  return releases;
}

/** Proves, merges and writes one release, unless a required platform is missing. */
async function finishRelease(
  release: PlannedRelease,
  plan: Plan,
  { host, store, outcomes }: FinishedCells,
): Promise<ReleaseOutcome> {
  const cells = plan.cells.filter(({ id }) => release.cells.includes(id));
  const parts = cells.flatMap(({ id }) => partOf(outcomes.get(id)) ?? []);
  const missing = cells.filter(({ id }) => partOf(outcomes.get(id)) === undefined);
  const base = {
    id: release.id,
    platforms: parts.map(({ platform }) => platform),
    missing: missing.map(({ platform }) => platform),
  };
  if (parts.length === 0 || missing.some(({ optional }) => !optional))
    return { ...base, findings: [], checks: [], destinations: [] };
  const index = await mergeRelease(release, parts, store);
  const { findings, checks, isProved } = await proveRelease({ release, cells, index }, { host, store });
  if (!isProved) return { ...base, findings, checks, destinations: [] };
  const destinations = await writeRelease(release, { host, source: store, index });
  return { ...base, index, findings, checks, destinations };
}

/** The part that a cell gives to its release, whoever built it. */
export function partOf(outcome: CellOutcome | undefined): Part | undefined {
  return outcome !== undefined && 'part' in outcome ? outcome.part : undefined;
}
