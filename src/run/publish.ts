import { join, resolve } from 'node:path';
import type { Host } from '../host/host.ts';
import type { CellOutcome, Outcome } from '../plan/outcome.ts';
import type { Plan } from '../plan/plan.ts';
import type { TagMove } from '../plan/tag-move.ts';
import { assembleOutcome } from './assemble-outcome.ts';
import { findKeptRun } from './journal/kept-run.ts';
import { readPlanFile } from './journal/read-plan-file.ts';
import { openRunJournal } from './journal/run-journal.ts';
import { openDestination } from './open/open-destination.ts';
import { openPartStores } from './parts/open-part-stores.ts';
import { readCellRecords } from './parts/read-cell-records.ts';
import { commitComparer, finishReleases, proveReleases } from './release/finish-releases.ts';
import { preflightPlan } from './release/preflight-plan.ts';
import { resumeMoves } from './release/resume-moves.ts';
import type { PublishChoices } from './release/write-release.ts';
import { withRepositories } from './with-repositories.ts';

export interface PublishRequest extends PublishChoices {
  /** The id or folder of a kept run; with `planFile`: the folders and files of the parts. Default: the newest run. */
  readonly places: readonly string[];
  /** The plan that the parts were built from, as typed. */
  readonly planFile?: string;
  /** Go on with the newest run whose tags were about to move. Default: false. */
  readonly resume?: boolean;
  /** Whole references to publish under, in place of those that were planned. Default: none. */
  readonly references?: readonly string[];
}

/** What was published, and what became of it. */
export interface PublishRun {
  readonly plan: Plan;
  readonly outcome: Outcome;
  /** Where the run is kept; absolute. */
  readonly folder: string;
}

/**
 * Publishes what was built earlier, here or elsewhere: merges, proves, stages everywhere, moves the tags. Where a former
 * publication of the run was broken off while tags moved, that is brought to its end.
 *
 * @throws {Fault} RUN_MISSING, PLAN_UNREADABLE, RECORD_UNREADABLE, PUSH_WITHOUT_REPOSITORY and what preflight finds
 */
export async function publish(request: PublishRequest, host: Host): Promise<PublishRun> {
  const startMs = host.clock.monotonicMs();
  const { plan, folder, outcomes, keepOutcome } = await openBuilt(request, host);
  const moving = await resumeMoves(plan, { ...request, host, folder, outcomes });
  const releases = moving ?? (await finishBuilt(plan, { request, host, folder, outcomes }));
  const outcome = assembleOutcome(plan, { outcomes, releases, durationMs: host.clock.monotonicMs() - startMs });
  await keepOutcome(outcome);
  return { plan, outcome, folder };
}

/** What a publication would do to one release. */
export interface PlannedPublication {
  readonly id: string;
  /** The digest of its index; absent where it cannot be published. */
  readonly digest?: string;
  /** Required platforms that are missing. */
  readonly missing: readonly string[];
  readonly moves: readonly TagMove[];
}

/** Merges and proves what was built, and tells what would become of every tag; nothing is sent. */
export async function planPublication(request: PublishRequest, host: Host): Promise<readonly PlannedPublication[]> {
  const { plan, outcomes } = await openBuilt(request, host);
  const { store, close } = await openPartStores(outcomes, { host });
  const { planMoves } = await import('../publish/plan-moves.ts');
  try {
    const planned: PlannedPublication[] = [];
    for (const { outcome, proved } of await proveReleases(plan, { host, store, outcomes })) {
      const moves =
        proved === undefined
          ? []
          : await planMoves(proved, {
              allowDowngrade: request.allowDowngrade ?? [],
              compareCommits: commitComparer(plan.root, host),
              open: (destination) => openDestination(destination, { host }),
            });
      const { id, index, missing } = outcome;
      planned.push({ id, ...(index === undefined ? {} : { digest: index.digest }), missing, moves });
    }
    return planned;
  } finally {
    await close();
  }
}

interface Built {
  readonly plan: Plan;
  /** Where the run is kept; absolute. */
  readonly folder: string;
  readonly outcomes: ReadonlyMap<string, CellOutcome>;
  readonly keepOutcome: (outcome: Outcome) => Promise<void>;
}

async function openBuilt(request: PublishRequest, host: Host): Promise<Built> {
  const { places, planFile, references = [], resume } = request;
  const run = planFile === undefined ? await findKeptRun({ run: places[0], unfinished: resume === true }, host) : '';
  const read =
    planFile === undefined
      ? await readPlanFile(join(run, 'plan.json'), host)
      : await readPlanFile(planFile, host, { root: host.workingDirectory });
  const plan = await withRepositories(read, references, host);
  const outcomes = await readCellRecords(planFile === undefined ? [join(run, 'parts')] : places, plan, host);
  if (planFile === undefined) {
    const { keepDocument } = await import('./journal/keep-document.ts');
    return {
      plan,
      folder: run,
      outcomes,
      keepOutcome: (value) => keepDocument(join(run, 'outcome.json'), value, host),
    };
  }
  const journal = await openRunJournal(host, plan.root, plan.runId);
  await journal.keepPlan(plan);
  return { plan, folder: resolve(journal.folder), outcomes, keepOutcome: (value) => journal.keepOutcome(value) };
}

interface FinishOptions {
  readonly request: PublishRequest;
  readonly host: Host;
  readonly folder: string;
  readonly outcomes: ReadonlyMap<string, CellOutcome>;
}

async function finishBuilt(plan: Plan, { request, host, folder, outcomes }: FinishOptions) {
  const ready = preflightPlan(plan, host);
  // It is waited for before anything is written; until then a fault in it is nobody's yet.
  ready.catch(() => undefined);
  const { store, close } = await openPartStores(outcomes, { host });
  const { allowDowngrade = [], primary = 'last' } = request;
  const cells = { host, store, outcomes, runFolder: folder, allowDowngrade, primary, ready };
  return finishReleases(plan, cells).finally(close);
}
