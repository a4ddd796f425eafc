import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { hostPlatform } from '../engine/host-platform.ts';
import { Fault } from '../errors/fault.ts';
import { nearest } from '../errors/nearest.ts';
import type { Host } from '../host/host.ts';
import type { Cell } from '../plan/cell.ts';
import type { CellRecord } from '../plan/cell-record.ts';
import { cellSlugs } from '../plan/cell-slug.ts';
import { withNeededCells } from '../plan/needed-cells.ts';
import { partRepository } from '../plan/part-repository.ts';
import type { Plan } from '../plan/plan.ts';
import { diskFault } from '../store/disk-fault.ts';
import type { EngineRequest } from './gather/gather-engine.ts';
import { type ConfigRequest, loadConfig } from './gather/load-config.ts';
import { keepDocument } from './journal/keep-document.ts';
import { readPlanFile } from './journal/read-plan-file.ts';
import { openRunJournal } from './journal/run-journal.ts';
import { deliverRecord } from './parts/deliver-record.ts';
import { makeParts } from './parts/make-parts.ts';
import { placeHere } from './parts/place-here.ts';
import { carriable } from './parts/read-cell-records.ts';
import { recordOf } from './parts/record-of.ts';
import type { ReuseRequest } from './parts/reuse-request.ts';
import { preparePlan } from './prepare-plan.ts';
import { preflightPart } from './release/preflight-plan.ts';

/** One job of a pipeline. */
export interface OneCellRequest extends ConfigRequest, EngineRequest {
  /** The file of the plan, as typed. */
  readonly from: string;
  /** The id of the cell. */
  readonly cell: string;
  /** The folder that its record is written to, as typed. */
  readonly parts: string;
  /** Default: what other machines have recorded counts. */
  readonly reuse?: ReuseRequest;
}

export interface OneCellRun {
  readonly cell: Cell;
  readonly record: CellRecord;
  /** Where the record was written; absolute. */
  readonly file: string;
}

/**
 * Builds one cell of a plan that another job made, brings its part to the repository by digest, or beside its record where nothing
 * is pushed, and writes the record for the job that publishes. Nothing is merged, no tag moves.
 *
 * @throws {Fault} PLAN_UNREADABLE, CELL_UNKNOWN and what is wrong before it is built
 */
export async function buildOneCell(request: OneCellRequest, host: Host): Promise<OneCellRun> {
  const { plan, planned, cell } = await planHere(request, host);
  await preflightPart(partRepository(cell, plan), host);
  const journal = await openRunJournal(host, plan.root, plan.runId);
  await journal.keepPlan(plan);
  const reuse = { skipUnchanged: true, ...request.reuse };
  const { records, store: built } = await makeParts(plan, [cell], { host, reuse, journal, planned });
  const slug = cellSlugs(plan.cells).get(cell.id) ?? cell.id;
  const folder = await openFolder(resolve(host.workingDirectory, request.parts));
  const record = records.get(cell.id) ?? notBegun(cell, plan, host);
  const delivered = await deliverRecord(record, { host, plan, cell, reuse, built, folder, slug });
  const file = join(folder, `${slug}.json`);
  await keepDocument(file, carriable(delivered, folder), host);
  return { cell, record: delivered, file };
}

interface PlannedCell {
  /** With the builders of this machine. */
  readonly plan: Plan;
  /** With those of the machine that planned: they are what the inputs were named by. */
  readonly planned: Plan;
  readonly cell: Cell;
}

async function planHere(request: OneCellRequest, host: Host): Promise<PlannedCell> {
  const { root, config } = await loadConfig(request, host, hostPlatform());
  const written = await readPlanFile(request.from, host, { root });
  const needed = withNeededCells([findCell(written, request.cell)], written.cells);
  const planned = await preparePlan(written, needed, { config, host });
  const cells = planned.cells.filter(({ id }) => needed.some((cell) => cell.id === id));
  const plan = await placeHere(planned, cells, { ...request, config, host });
  return { plan, planned, cell: findCell(plan, request.cell) };
}

function findCell({ cells }: Plan, id: string): Cell {
  const found = cells.find((cell) => cell.id === id);
  if (found !== undefined) return found;
  const like = nearest(
    id,
    cells.map((cell) => cell.id),
  );
  throw new Fault('CELL_UNKNOWN', `Cannot build the cell "${id}": the plan has no such cell`, {
    ...(like === undefined ? {} : { hint: `Did you mean "${like}"?` }),
  });
}

async function openFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    return folder;
  } catch (error) {
    throw diskFault(error, `make the folder "${folder}"`, folder);
  }
}

function notBegun(cell: Cell, plan: Plan, host: Host): CellRecord {
  const reason = 'Not begun: what it is made from cannot be built';
  return recordOf(cell, plan, { host, outcome: { cell: cell.id, state: 'skipped', reason } });
}
