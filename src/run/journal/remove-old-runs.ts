import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Runs that are kept; older ones are removed when a new one begins. */
const keptRuns = 50;

/** The ids of the runs in a folder, newest first. */
export async function listRuns(runs: string): Promise<readonly string[]> {
  const names = await readdir(runs).catch(() => []);
  return names
    .filter((id) => /^\d{8}T\d{6}Z-[a-f0-9]+$/.test(id))
    .sort()
    .reverse();
}

/** Removes the runs that are too old, but for those whose parts a newer run has taken over. */
export async function removeOldRuns(runs: string): Promise<void> {
  const ids = await listRuns(runs);
  const old = ids.slice(keptRuns);
  if (old.length === 0) return;
  const records = (await Promise.all(ids.slice(0, keptRuns).map((id) => readRecords(join(runs, id, 'parts'))))).flat();
  for (const id of old) {
    const content = JSON.stringify(join(runs, id, 'content')).slice(1, -1);
    if (records.some((text) => text.includes(content))) continue;
    await rm(join(runs, id), { recursive: true, force: true });
  }
}

async function readRecords(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')));
}
