import type { Host } from '../host/host.ts';
import type { Outcome } from '../plan/outcome.ts';
import type { Plan } from '../plan/plan.ts';
import { assembleOutcome } from './assemble-outcome.ts';
import { assemblePlanFor, type PlanRequest } from './assemble-plan-for.ts';
import { openRunJournal } from './journal/run-journal.ts';
import { makeParts, outcomesOf } from './parts/make-parts.ts';
import { openPartStores } from './parts/open-part-stores.ts';
import { publishRecords } from './parts/publish-records.ts';
import type { ReuseRequest } from './parts/reuse-request.ts';
import { finishReleases } from './release/finish-releases.ts';
import { preflightPlan } from './release/preflight-plan.ts';
import type { PublishChoices } from './release/write-release.ts';

export interface BuildRequest extends PlanRequest {
  /** Which parts of former runs are taken over. Default: those that are known to be unchanged. */
  readonly reuse?: ReuseRequest;
  /** How tags move. Default: never back. */
  readonly publishing?: PublishChoices;
}

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
export async function build(request: BuildRequest, host: Host): Promise<BuildRun> {
  const startMs = host.clock.monotonicMs();
  const { reuse = {}, publishing = {} } = request;
  const plan = await assemblePlanFor(request, host, { prepares: true });
  await preflightPlan(plan, host);
  const journal = await openRunJournal(host, plan.root, plan.runId);
  await journal.keepPlan(plan);
  const { records, store: first } = await makeParts(plan, plan.cells, { host, reuse, journal, proves: true });
  const outcomes = outcomesOf(records);
  const { store, close } = await openPartStores(outcomes, { host, ...(first === undefined ? {} : { first }) });
  const cells = { ...publishing, host, store, outcomes, runFolder: journal.folder };
  const releases = await finishReleases(plan, cells).finally(close);
  await publishRecords(plan, records, { host, reuse, releases });
  const outcome = assembleOutcome(plan, { outcomes, releases, durationMs: host.clock.monotonicMs() - startMs });
  await journal.keepOutcome(outcome);
  return { plan, outcome, folder: journal.folder };
}
