import type { Host } from '../host/host.ts';
import type { CellOutcome, Outcome } from '../plan/outcome.ts';
import type { Plan } from '../plan/plan.ts';
import { assembleOutcome } from './assemble-outcome.ts';
import { assemblePlanFor, type PlanRequest } from './assemble-plan-for.ts';
import { buildCells } from './build-cells.ts';
import { finishReleases } from './finish-releases.ts';
import { openRunJournal } from './run-journal.ts';

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
  const outcomes = new Map<string, CellOutcome>();
  const { store } = await buildCells(plan, plan.cells, {
    host,
    runFolder: journal.folder,
    onOutcome: (outcome) => outcomes.set(outcome.cell, outcome),
  });
  const releases = await finishReleases(plan, { host, store, outcomes, runFolder: journal.folder });
  const outcome = assembleOutcome(plan, { outcomes, releases, durationMs: host.clock.monotonicMs() - startMs });
  await journal.keepOutcome(outcome);
  return { plan, outcome, folder: journal.folder };
}
