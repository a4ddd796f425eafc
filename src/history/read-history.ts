import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault } from '../errors/fault.ts';
import { type Decoder, decodeDocument } from '../oci/decode.ts';
import type { CellHistory } from '../plan/facts.ts';
import { decodeFormerOutcome, decodeFormerPlan, type FormerOutcome, type FormerPlan } from './decode-run.ts';

/** How cells went in the runs that are kept. */
export interface History {
  readonly cells: Readonly<Record<string, CellHistory>>;
  /** Ids of runs whose files cannot be read, newest first. */
  readonly unreadable: readonly string[];
}

/** Builds of one cell that are looked at; more would tell of a Dockerfile that is no more. */
const wantedBuilds = 5;

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
  for (const id of await runIds(runsFolder)) {
    if ([...known.values()].every(isEnough)) break;
    const run = await readRun(join(runsFolder, id));
    if (run === 'unreadable') unreadable.push(id);
    else if (run !== undefined) addRun(known, run);
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

interface FormerRun {
  readonly plan: FormerPlan;
  readonly outcome: FormerOutcome;
}

async function readRun(folder: string): Promise<FormerRun | 'unreadable' | undefined> {
  try {
    const outcome = await readDocument(join(folder, 'outcome.json'), decodeFormerOutcome);
    if (outcome === undefined) return undefined;
    const plan = await readDocument(join(folder, 'plan.json'), decodeFormerPlan);
    return plan === undefined ? undefined : { plan, outcome };
  } catch (error) {
    if (error instanceof SyntaxError || isFault(error, 'DOCUMENT_MALFORMED')) return 'unreadable';
    throw error;
  }
}

async function readDocument<T>(file: string, decoder: Decoder<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  return decodeDocument<T>(JSON.parse(text), file, decoder);
}

function addRun(known: ReadonlyMap<string, Durations>, { plan, outcome }: FormerRun): void {
  const planned = new Map(plan.cells.map((cell) => [cell.id, cell]));
  for (const { cell: id, state, part } of outcome.cells) {
    const durations = known.get(id);
    const cell = planned.get(id);
    if (durations === undefined || cell === undefined || part === undefined || state !== 'built') continue;
    if (part.steps.total > 0 && part.steps.cached >= part.steps.total) continue;
    // A cell that was moved was built where its part says.
    const placement = [cell, ...(cell.alternatives ?? [])].find(({ builder }) => builder === part.engine) ?? cell;
    durations[placement.route.kind === 'emulated' ? 'emulatedMs' : 'durationsMs'].push(part.durationMs);
  }
}

function entryOf(cell: string, { durationsMs, emulatedMs }: Durations): readonly (readonly [string, CellHistory])[] {
  if (durationsMs.length === 0 && emulatedMs.length === 0) return [];
  return [[cell, { durationsMs, ...(emulatedMs.length === 0 ? {} : { emulatedMs }) }]];
}
