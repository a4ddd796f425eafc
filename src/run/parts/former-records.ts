import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, isFault } from '../../errors/fault.ts';
import type { CellRecord } from '../../plan/cell-record.ts';
import { cellSlugs } from '../../plan/cell-slug.ts';
import type { Plan } from '../../plan/plan.ts';
import { listRuns } from '../journal/remove-old-runs.ts';
import { runsFolder } from '../journal/run-journal.ts';
import { readRecord } from './read-cell-records.ts';

/**
 * The records that former runs of the project kept of a cell, newest run first, this run left out. A record that cannot be
 * read is passed over.
 */
export class FormerRecords {
  readonly #runs: string;
  readonly #ids: readonly string[];
  readonly #slugs: ReadonlyMap<string, string>;

  private constructor(runs: string, ids: readonly string[], slugs: ReadonlyMap<string, string>) {
    this.#runs = runs;
    this.#ids = ids;
    this.#slugs = slugs;
  }

  /** @param only The id of the only run that counts. @throws {Fault} RUN_MISSING */
  static async open(plan: Plan, only?: string): Promise<FormerRecords> {
    const runs = runsFolder(plan.root);
    const ids = (await listRuns(runs)).filter((id) => id !== plan.runId);
    if (only !== undefined && !(ids.includes(only) && existsSync(join(runs, only)))) throw missing(only, ids);
    return new FormerRecords(runs, only === undefined ? ids : [only], cellSlugs(plan.cells));
  }

  async *of(cell: string): AsyncGenerator<CellRecord, void, undefined> {
    const slug = this.#slugs.get(cell);
    if (slug === undefined) return;
    for (const id of this.#ids) {
      const record = await readIfThere(join(this.#runs, id, 'parts', `${slug}.json`));
      if (record?.cell === cell) yield record;
    }
  }
}

async function readIfThere(file: string): Promise<CellRecord | undefined> {
  if (!existsSync(file)) return undefined;
  try {
    return await readRecord(file);
  } catch (problem) {
    if (isFault(problem, 'RECORD_UNREADABLE')) return undefined;
    throw problem;
  }
}

function missing(id: string, ids: readonly string[]): Fault {
  const last = ids[0];
  return new Fault('RUN_MISSING', `Cannot resume the run "${id}": it is not in .polyarch/runs`, {
    ...(last === undefined ? {} : { hint: `The last run is ${last}` }),
  });
}
