import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import { readPublishRecord } from '../../publish/publish-journal.ts';
import { listRuns } from './remove-old-runs.ts';
import { runsFolder } from './run-journal.ts';

export interface KeptRunRequest {
  /** The id of a run, or the path of its folder, as typed. Default: the newest. */
  readonly run?: string | undefined;
  /** Rather the newest one whose tags are still moving. Default: false. */
  readonly unfinished?: boolean;
}

/**
 * The folder of a run that is kept below the current folder, or anywhere where its folder is named.
 *
 * @throws {Fault} RUN_MISSING
 */
export async function findKeptRun({ run, unfinished = false }: KeptRunRequest, host: Host): Promise<string> {
  const runs = runsFolder(host.workingDirectory);
  if (run !== undefined) {
    const folder = [join(runs, run), resolve(host.workingDirectory, run)].find(isRun);
    if (folder !== undefined) return folder;
    throw new Fault('RUN_MISSING', `Cannot find the run "${run}": neither ${runs} nor the current folder has it`);
  }
  const folders = (await listRuns(runs)).map((id) => join(runs, id)).filter(isRun);
  const moving = unfinished ? await firstMoving(folders) : undefined;
  const folder = moving ?? folders[0];
  if (folder !== undefined) return folder;
  throw new Fault('RUN_MISSING', `Cannot find a run: there is none in ${runs}`, { where: { path: runs } });
}

function isRun(folder: string): boolean {
  return existsSync(join(folder, 'plan.json'));
}

async function firstMoving(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) if ((await readPublishRecord(folder))?.state === 'moving') return folder;
  return undefined;
}
