import type { CellResult } from '../engine/engine.ts';
import type { Host } from '../host/host.ts';
import type { CellOutcome, Outcome, ReleaseOutcome } from '../plan/outcome.ts';
import type { Part } from '../plan/part.ts';
import type { Plan, PlannedRelease } from '../plan/plan.ts';
import type { ImageStore } from '../store/content-store.ts';
import { assemblePlanFor, type PlanRequest } from './assemble-plan-for.ts';
import { buildCells } from './build-cells.ts';
import { mergeRelease } from './merge-release.ts';
import { problemOf } from './problem-of.ts';
import { proveRelease } from './prove-release.ts';
import { openRunJournal } from './run-journal.ts';
import { writeRelease } from './write-release.ts';

/** What a build was to do, and what became of it. */
export interface BuildRun {
  readonly plan: Plan;
  readonly outcome: Outcome;
  /** Where the run is kept; absolute. */
  readonly folder: string;
}

/**
 * Builds what the config and the flags ask for: every cell to a part, every release proved, merged and written.
 * A failed cell is told in the outcome and does not stop the others.
 *
 * @throws {Fault} what is wrong before anything is built: config, Dockerfile, flags, `prepare`
 */
export async function build(request: PlanRequest, host: Host): Promise<BuildRun> {
  const startMs = host.clock.monotonicMs();
  const plan = await assemblePlanFor(request, host, { prepares: true });
  const journal = await openRunJournal(host, plan.root, plan.runId);
  await journal.keepPlan(plan);
  const { store, results } = await buildCells(plan, host);
  const releases: ReleaseOutcome[] = [];
  for (const release of plan.releases) releases.push(await finishRelease(release, { host, store, results, plan }));
  const outcome = outcomeOf({ plan, host, results, releases, durationMs: host.clock.monotonicMs() - startMs });
  await journal.keepOutcome(outcome);
  return { plan, outcome, folder: journal.folder };
}

interface Built {
  readonly host: Host;
  readonly store: ImageStore;
  readonly results: ReadonlyMap<string, CellResult>;
  readonly plan: Plan;
}

/** Proves, merges and writes one release, unless a required platform is missing. */
async function finishRelease(release: PlannedRelease, built: Built): Promise<ReleaseOutcome> {
  const { host, store, results, plan } = built;
  const cells = plan.cells.filter(({ id }) => release.cells.includes(id));
  const parts = cells.flatMap(({ id }) => partOf(results.get(id)));
  const missing = cells.filter(({ id }) => results.get(id)?.kind !== 'built');
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

function partOf(result: CellResult | undefined): readonly Part[] {
  return result?.kind === 'built' ? [result.part] : [];
}

interface Finished {
  readonly plan: Plan;
  readonly host: Host;
  readonly results: ReadonlyMap<string, CellResult>;
  readonly releases: readonly ReleaseOutcome[];
  readonly durationMs: number;
}

function outcomeOf({ plan, host, results, releases, durationMs }: Finished): Outcome {
  const isWell = releases.every(
    ({ index, destinations }) =>
      index !== undefined && destinations.every(({ state }) => state === 'written' || state === 'unchanged'),
  );
  return {
    version: 1,
    runId: plan.runId,
    startedAt: plan.createdAt,
    durationMs: Math.round(durationMs),
    state: isWell ? 'succeeded' : 'failed',
    cells: plan.cells.map(({ id }) => cellOutcome(id, results.get(id), host)),
    releases,
    notes: plan.releases.flatMap(({ leftOut }) =>
      leftOut.map(({ repository, reason }) => `${repository} is left out: ${reason}`),
    ),
  };
}

function cellOutcome(cell: string, result: CellResult | undefined, host: Host): CellOutcome {
  if (result === undefined)
    return { cell, state: 'skipped', reason: 'Not begun: a required platform of its release cannot be built' };
  if (result.kind === 'built') return { cell, state: 'built', part: result.part };
  return { cell, state: 'failed', problem: problemOf(result.fault, host) };
}
