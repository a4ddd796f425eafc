import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import type { Outcome } from '../plan/outcome.ts';
import type { Plan } from '../plan/plan.ts';
import { diskFault } from '../store/disk-fault.ts';

/** The record of one run on disk: `.polyarch/runs/<id>/`. */
export interface RunJournal {
  readonly folder: string;
  keepPlan(plan: Plan): Promise<void>;
  keepOutcome(outcome: Outcome): Promise<void>;
}

/** Runs that are kept; older ones are removed when a new one begins. */
const keptRuns = 50;

/**
 * Opens the record of a new run below the config's folder.
 *
 * @throws {Fault} STORE_DENIED, STORE_FULL, STORE_PATH_UNUSABLE
 */
export async function openRunJournal(host: Host, root: string, runId: string): Promise<RunJournal> {
  const runs = join(root, '.polyarch', 'runs');
  const folder = join(runs, runId);
  try {
    await mkdir(folder, { recursive: true });
    await keepOutOfGit(join(root, '.polyarch'));
    await removeOldRuns(runs);
  } catch (error) {
    throw diskFault(error, `keep the record of the run in "${folder}"`, folder);
  }
  return {
    folder,
    keepPlan: (plan) => writeWhole(join(folder, 'plan.json'), plan, host),
    keepOutcome: (outcome) => writeWhole(join(folder, 'outcome.json'), outcome, host),
  };
}

/** An id that sorts by time: `20261121T130000Z-1a2b3c`. */
export function makeRunId(host: Host): string {
  const time = host.clock
    .now()
    .toISOString()
    .replace(/[-:]|\.\d+/g, '');
  return `${time}-${host.randomHex(3)}`;
}

async function writeWhole(file: string, value: Plan | Outcome, { redactor }: Host): Promise<void> {
  try {
    await writeFile(`${file}.new`, `${redactor.redact(JSON.stringify(value, null, 2))}\n`);
    await rename(`${file}.new`, file);
  } catch (error) {
    throw diskFault(error, `write "${file}"`, file);
  }
}

/** What polyarch writes below a project is nothing to commit. */
async function keepOutOfGit(folder: string): Promise<void> {
  const file = join(folder, '.gitignore');
  if (!existsSync(file)) await writeFile(file, '*\n');
}

async function removeOldRuns(runs: string): Promise<void> {
  const ids = (await readdir(runs)).filter((id) => /^\d{8}T\d{6}Z-[a-f0-9]+$/.test(id)).sort();
  for (const id of ids.slice(0, Math.max(0, ids.length - keptRuns)))
    await rm(join(runs, id), { recursive: true, force: true });
}
