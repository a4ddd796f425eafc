import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { CellRecord } from '../../plan/cell-record.ts';
import { decodeCellRecord } from '../../plan/decode-cell-record.ts';
import type { CellOutcome } from '../../plan/outcome.ts';
import type { Plan } from '../../plan/plan.ts';
import { problemOf } from '../../plan/problem-of.ts';
import { readDocument } from '../journal/read-document.ts';

/**
 * Reads the records that the jobs of a pipeline have handed over, and gives what became of each cell of the plan. A cell
 * without a record is one whose job did not finish: it has failed. Of two records of one cell the later counts.
 *
 * @param paths Folders, which are searched at any depth, and files; as typed.
 * @throws {Fault} RECORD_UNREADABLE, RECORD_FOREIGN
 */
export async function readCellRecords(
  paths: readonly string[],
  plan: Plan,
  host: Host,
): Promise<ReadonlyMap<string, CellOutcome>> {
  const records = await readRecords(paths, plan, host);
  return new Map(plan.cells.map(({ id }) => [id, records.get(id)?.outcome ?? notHandedOver(id, host)] as const));
}

/** The same, the records themselves, by cell; a cell without one is not in it. */
export async function readRecords(
  paths: readonly string[],
  plan: Plan,
  host: Host,
): Promise<ReadonlyMap<string, CellRecord>> {
  const files = (await Promise.all(paths.map((path) => recordFiles(resolve(host.workingDirectory, path))))).flat();
  const records = new Map<string, CellRecord>();
  for (const file of [...new Set(files)].sort()) {
    const record = await readRecord(file);
    checkOwner(record, plan, file);
    const other = records.get(record.cell);
    if (other === undefined || Date.parse(other.finishedAt) <= Date.parse(record.finishedAt))
      records.set(record.cell, record);
  }
  return records;
}

/** Reads one record; a location relative to its folder becomes absolute. @throws {Fault} RECORD_UNREADABLE */
export async function readRecord(file: string): Promise<CellRecord> {
  const record = await readDocument(file, {
    what: 'record of a part',
    code: 'RECORD_UNREADABLE',
    decode: decodeCellRecord,
  });
  return withLocation(record, (path) => resolve(dirname(file), path));
}

/** The same record with the folder of a local part moved. */
export function withLocation(record: CellRecord, move: (path: string) => string): CellRecord {
  const { outcome } = record;
  if (!('part' in outcome) || outcome.part.location?.startsWith('oci:') !== true) return record;
  const location = `oci:${move(outcome.part.location.slice('oci:'.length))}`;
  return { ...record, outcome: { ...outcome, part: { ...outcome.part, location } } };
}

/** A record as it is kept in a file: what lies beside it is named relative to it, so that the folder can be carried away. */
export function carriable(record: CellRecord, folder: string): CellRecord {
  return withLocation(record, (path) => {
    const below = relative(folder, path);
    return below.startsWith('..') ? path : below;
  });
}

function checkOwner(record: CellRecord, plan: Plan, file: string): void {
  const cell = plan.cells.find(({ id }) => id === record.cell);
  const reason =
    record.runId !== plan.runId
      ? `it is of the run ${record.runId}, expected ${plan.runId}`
      : cell === undefined
        ? `the plan has no cell "${record.cell}"`
        : cell.platform !== record.platform
          ? `it is for ${record.platform}, expected ${cell.platform}`
          : undefined;
  if (reason !== undefined)
    throw new Fault('RECORD_FOREIGN', `Cannot take the record "${file}": ${reason}`, { where: { file } });
}

async function recordFiles(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    return await jsonFilesBelow(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('RECORD_UNREADABLE', `Cannot read the records in "${path}": ${reason}`, { cause, where: { path } });
  }
}

/** Layouts of parts lie among the records; their own JSON is not looked at. */
async function jsonFilesBelow(folder: string): Promise<readonly string[]> {
  const entries: readonly Dirent[] = await readdir(folder, { withFileTypes: true });
  if (entries.some(({ name }) => name === 'oci-layout')) return [];
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return jsonFilesBelow(path);
      return entry.isFile() && entry.name.endsWith('.json') ? [path] : [];
    }),
  );
  return found.flat();
}

function notHandedOver(cell: string, host: Host): CellOutcome {
  const fault = new Fault('RECORD_MISSING', `Cannot use a part of "${cell}": its job handed no record over`);
  return { cell, state: 'failed', problem: problemOf(fault, host) };
}
