import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import type { CellRecord } from '../../plan/cell-record.ts';
import type { Outcome } from '../../plan/outcome.ts';
import type { Plan } from '../../plan/plan.ts';
import { diskFault } from '../../store/disk-fault.ts';
import { keepDocument } from './keep-document.ts';
import { removeOldRuns } from './remove-old-runs.ts';

/** The record of one run on disk: `.polyarch/runs/<id>/`. It is whole after every write, however the process ends. */
export interface RunJournal {
  /** Absolute. */
  readonly folder: string;
  keepPlan(plan: Plan): Promise<void>;
  /** Keeps what became of a cell, at once; `slug` names its file. */
  keepCell(slug: string, record: CellRecord): void;
  /** Resolves when all that was to be kept is on disk. @throws {Fault} STORE_DENIED, STORE_FULL */
  settled(): Promise<void>;
  keepOutcome(outcome: Outcome): Promise<void>;
}

/**
 * Opens the record of a run below the config's folder.
 *
 * @throws {Fault} STORE_DENIED, STORE_FULL, STORE_PATH_UNUSABLE
 */
export async function openRunJournal(host: Host, root: string, runId: string): Promise<RunJournal> {
  const runs = runsFolder(root);
  const folder = join(runs, runId);
  try {
    await mkdir(join(folder, 'parts'), { recursive: true });
    await keepOutOfGit(join(root, '.polyarch'));
    await removeOldRuns(runs);
  } catch (error) {
    throw diskFault(error, `keep the record of the run in "${folder}"`, folder);
  }
  const problems: unknown[] = [];
  const writes: Promise<void>[] = [];
  return {
    folder,
    keepPlan: (plan) => keepDocument(join(folder, 'plan.json'), plan, host),
    keepCell: (slug, record) => {
      // A full disk is told when the build has ended: it must not take the other parts with it.
      const write = keepDocument(join(folder, 'parts', `${slug}.json`), record, host);
      writes.push(write.catch((problem: unknown) => void problems.push(problem)));
    },
    settled: async () => {
      await Promise.all(writes);
      if (problems.length > 0) throw problems[0];
    },
    keepOutcome: (outcome) => keepDocument(join(folder, 'outcome.json'), outcome, host),
  };
}

/** Where the runs of a project are kept. */
export function runsFolder(root: string): string {
  return join(root, '.polyarch', 'runs');
}

/** An id that sorts by time: `20261121T130000Z-1a2b3c`. */
export function makeRunId(host: Host): string {
  const time = host.clock
    .now()
    .toISOString()
    .replace(/[-:]|\.\d+/g, '');
  return `${time}-${host.randomHex(3)}`;
}

/** What polyarch writes below a project is nothing to commit. */
async function keepOutOfGit(folder: string): Promise<void> {
  const file = join(folder, '.gitignore');
  if (!existsSync(file)) await writeFile(file, '*\n');
}
