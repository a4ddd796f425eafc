import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault } from '../errors/fault.ts';
import type { CellHistory } from '../plan/facts.ts';
import { decodeRun, type FormerBuild } from './decode-run.ts';

/** How cells went in the runs that are kept. */
export interface History {
  readonly cells: Readonly<Record<string, CellHistory>>;
  /** Ids of runs whose files cannot be read, newest first. */
  readonly unreadable: readonly string[];
}

/** Builds of one cell that are looked at; more would tell of a Dockerfile that is no more. */
const wantedBuilds = 5;
/** Runs that are looked at: a cell that was never built must not cost the reading of all of them. */
const mostRuns = 12;

interface Durations {
  readonly durationsMs: number[];
  readonly emulatedMs: number[];
}

/**
 * Reads how long cells took, from `plan.json` and `outcome.json` of the runs below a folder, newest first, until enough
 * is known of each cell that is asked for. A run that has not ended is passed over; one that cannot be read is named.
 */
export async function readHistory(runsFolder: string, cells: readonly string[]): Promise<History> {
  const known = new Map(cells.map((cell): [string, Durations] => [cell, { durationsMs: [], emulatedMs: [] }]));
  const unreadable: string[] = [];
  let seen = 0;
  for (const id of await runIds(runsFolder)) {
    if ([...known.values()].every(isEnough)) break;
    if (seen === mostRuns) break;
    const run = await readRun(join(runsFolder, id));
    if (run === 'unreadable') unreadable.push(id);
    else if (run !== undefined) {
      addRun(known, run);
      seen += 1;
    }
  }
  return { cells: Object.fromEntries([...known].flatMap(([cell, durations]) => entryOf(cell, durations))), unreadable };
}

function isEnough({ durationsMs, emulatedMs }: Durations): boolean {
  return Math.max(durationsMs.length, emulatedMs.length) >= wantedBuilds;
}

/** Ids begin with their time. */
async function runIds(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort().reverse();
  } catch {
    // Before the first run there is no such folder.
    return [];
  }
}

async function readRun(folder: string): Promise<readonly FormerBuild[] | 'unreadable' | undefined> {
  const outcome = await readText(join(folder, 'outcome.json'));
  const plan = outcome === undefined ? undefined : await readText(join(folder, 'plan.json'));
  if (outcome === undefined || plan === undefined) return undefined;
  try {
    return decodeRun(JSON.parse(plan), JSON.parse(outcome));
  } catch (error) {
    if (error instanceof SyntaxError || isFault(error, 'DOCUMENT_MALFORMED')) return 'unreadable';
    throw error;
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    // A run that was ended at once has no such file.
    return undefined;
  }
}

function addRun(known: ReadonlyMap<string, Durations>, builds: readonly FormerBuild[]): void {
  for (const { cell, durationMs, isEmulated } of builds)
    known.get(cell)?.[isEmulated ? 'emulatedMs' : 'durationsMs'].push(durationMs);
}

function entryOf(cell: string, { durationsMs, emulatedMs }: Durations): readonly (readonly [string, CellHistory])[] {
  if (durationsMs.length === 0 && emulatedMs.length === 0) return [];
  return [[cell, { durationsMs, ...(emulatedMs.length === 0 ? {} : { emulatedMs }) }]];
}
