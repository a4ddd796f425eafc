import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { CellRecord } from '../plan/cell-record.ts';
import { decodeOutcome } from '../plan/decode-outcome.ts';
import type { CellOutcome, Outcome, ReleaseOutcome } from '../plan/outcome.ts';
import type { Plan, PlannedRelease } from '../plan/plan.ts';
import { summarize } from '../report/summarize.ts';
import type { Summary } from '../report/summary.ts';
import { readDocument } from './journal/read-document.ts';
import { readPlanFile } from './journal/read-plan-file.ts';
import { listRuns } from './journal/remove-old-runs.ts';
import { runsFolder } from './journal/run-journal.ts';
import { destinationName } from './open/open-destination.ts';
import { readCellRecords, readRecords } from './parts/read-cell-records.ts';

export interface ReportRequest {
  /**
   * Without `from`: the id or folder of one kept run; none means the newest of this folder. With it: folders and files of
   * the records that the jobs of a pipeline handed over.
   */
  readonly paths: readonly string[];
  /** The plan of a pipeline, as typed. */
  readonly from?: string;
}

/**
 * Reads what a run came to: a kept one, or one whose jobs each left their records.
 *
 * @throws {Fault} RUN_MISSING, PLAN_UNREADABLE, RECORD_UNREADABLE, RECORD_FOREIGN, USAGE
 */
export async function readReport({ paths, from }: ReportRequest, host: Host): Promise<Summary> {
  if (from !== undefined) return summarizeParts(await readPlanFile(from, host), paths, host);
  if (paths.length > 1)
    throw new Fault('USAGE', `Cannot report on ${paths.length} places: several are the records of one plan`, {
      hint: 'Name the plan they belong to: polyarch report --from plan.json parts/ more-parts/',
    });
  return summarizeRun(await findRun(paths[0], host), host);
}

/** By its folder, by its id, or the newest of this folder. */
async function findRun(named: string | undefined, host: Host): Promise<string> {
  const runs = runsFolder(host.workingDirectory);
  const ids = named === undefined ? await listRuns(runs) : [];
  const [newest] = ids;
  const places = named === undefined ? [newest ?? ''] : [resolve(host.workingDirectory, named), join(runs, named)];
  const found = places
    .map((place) => resolve(runs, place))
    .find((folder) => folder !== runs && existsSync(join(folder, 'plan.json')));
  if (found !== undefined) return found;
  const what = named === undefined ? 'a run' : `the run "${named}"`;
  throw new Fault('RUN_MISSING', `Cannot find ${what}: there is no plan.json in ${places.join(' or ') || runs}`, {
    where: { path: runs },
    hint: 'Build first, name a run of .polyarch/runs, or name a plan and its records: --from plan.json parts/',
  });
}

/** A run that was broken off has no outcome; its parts are told all the same. */
async function summarizeRun(folder: string, host: Host): Promise<Summary> {
  const plan = await readPlanFile(join(folder, 'plan.json'), host);
  const parts = join(folder, 'parts');
  const records = existsSync(parts) ? await readRecords([parts], plan, host) : new Map<string, CellRecord>();
  const file = join(folder, 'outcome.json');
  const outcome = existsSync(file)
    ? await readDocument(file, { what: 'outcome of the run', code: 'RECORD_UNREADABLE', decode: decodeOutcome })
    : outcomeOfParts(plan, new Map([...records].map(([cell, record]) => [cell, record.outcome])), records);
  return summarize(plan, outcome, { logTails: logTailsOf(records) });
}

async function summarizeParts(plan: Plan, paths: readonly string[], host: Host): Promise<Summary> {
  const places = paths.length === 0 ? ['parts'] : paths;
  const [records, outcomes] = await Promise.all([readRecords(places, plan, host), readCellRecords(places, plan, host)]);
  return summarize(plan, outcomeOfParts(plan, outcomes, records), { logTails: logTailsOf(records) });
}

/** What is known before anything is merged: every part, and that nothing is published yet. */
function outcomeOfParts(
  plan: Plan,
  outcomes: ReadonlyMap<string, CellOutcome>,
  records: ReadonlyMap<string, CellRecord>,
): Outcome {
  const ends = [...records.values()].map(({ finishedAt }) => Date.parse(finishedAt));
  const isWell = plan.cells.every(({ id, optional }) => optional || hasPart(outcomes.get(id)));
  return {
    version: 1,
    runId: plan.runId,
    startedAt: plan.createdAt,
    durationMs: Math.max(0, ...ends.map((end) => end - Date.parse(plan.createdAt))),
    state: isWell ? 'succeeded' : 'failed',
    cells: [...outcomes.values()],
    releases: plan.releases.map((release) => unpublished(release, plan, outcomes)),
    notes: [],
  };
}

function unpublished(release: PlannedRelease, plan: Plan, outcomes: ReadonlyMap<string, CellOutcome>): ReleaseOutcome {
  const cells = plan.cells.filter(({ id }) => release.cells.includes(id));
  const [there, missing] = [true, false].map((isThere) =>
    cells.filter(({ id }) => hasPart(outcomes.get(id)) === isThere).map(({ platform }) => platform),
  );
  return {
    id: release.id,
    platforms: there ?? [],
    missing: missing ?? [],
    findings: [],
    checks: [],
    destinations: release.destinations.map((destination) => ({
      name: destinationName(destination),
      kind: destination.kind,
      state: 'skipped',
      tags: destination.tags,
    })),
  };
}

function hasPart(outcome: CellOutcome | undefined): boolean {
  return outcome !== undefined && 'part' in outcome;
}

function logTailsOf(records: ReadonlyMap<string, CellRecord>): ReadonlyMap<string, readonly string[]> {
  const tails = [...records].flatMap(([cell, { logTail }]) =>
    logTail === undefined ? [] : [[cell, logTail] as const],
  );
  return new Map(tails);
}
