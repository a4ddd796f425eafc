import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { CellRecord } from '../../plan/cell-record.ts';
import { listRuns } from '../journal/remove-old-runs.ts';
import { runsFolder } from '../journal/run-journal.ts';
import { readRecord } from './read-cell-records.ts';

/** Every record of a part that the kept runs of this folder have; one that cannot be read is passed over. */
export async function readReportedCells(host: Host): Promise<readonly CellRecord[]> {
  const runs = runsFolder(host.workingDirectory);
  const found: CellRecord[] = [];
  for (const id of await listRuns(runs)) {
    const folder = join(runs, id, 'parts');
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => one.endsWith('.json'))) {
      const record = await readOrPass(join(folder, name));
      if (record !== undefined) found.push(record);
    }
  }
  return found;
}

async function readOrPass(file: string): Promise<CellRecord | undefined> {
  try {
    return await readRecord(file);
  } catch (error) {
    if (isFault(error, 'RECORD_UNREADABLE')) return undefined;
    throw error;
  }
}
