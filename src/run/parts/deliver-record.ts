import { isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { Cell } from '../../plan/cell.ts';
import type { CellRecord } from '../../plan/cell-record.ts';
import { partRepository } from '../../plan/part-repository.ts';
import type { Plan } from '../../plan/plan.ts';
import { problemOf } from '../../plan/problem-of.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { deliverPart } from './deliver-part.ts';
import { openPartStores } from './open-part-stores.ts';
import { writePartRecord } from './part-record.ts';
import { recordsOf } from './restore-parts.ts';
import type { ReuseRequest } from './reuse-request.ts';

export interface DeliverRecordOptions {
  readonly host: Host;
  readonly plan: Plan;
  readonly cell: Cell;
  readonly reuse: ReuseRequest;
  /** Holds what was built now. */
  readonly built: ImageStore | undefined;
  /** The folder that is handed to the next job; absolute. */
  readonly folder: string;
  readonly slug: string;
}

/**
 * Brings the part of a record to where the next job finds it, keeps the record beside it in the registry, and gives the record with
 * that place. A part that cannot be brought there is a failed one.
 */
export async function deliverRecord(record: CellRecord, options: DeliverRecordOptions): Promise<CellRecord> {
  const { host, plan, cell, reuse, built: first, folder, slug } = options;
  const { outcome } = record;
  if (!('part' in outcome)) return record;
  const opened = await openPartStores(new Map([[cell.id, outcome]]), {
    host,
    ...(first === undefined ? {} : { first }),
  });
  try {
    const repository = partRepository(cell, plan);
    const part = await deliverPart(outcome.part, { host, store: opened.store, repository, folder, slug });
    await keepInRegistry(record, { part, repository: recordsOf(cell, plan, reuse), host });
    return { ...record, outcome: { ...outcome, part } };
  } catch (problem) {
    if (!isFault(problem)) throw problem;
    if (problem.code === 'INTERRUPTED') throw problem;
    return { ...record, outcome: { cell: cell.id, state: 'failed', problem: problemOf(problem, host) } };
  } finally {
    await opened.close();
  }
}

/** What was taken over has its record there already. */
async function keepInRegistry(
  { inputs, ...record }: CellRecord,
  {
    part,
    repository,
    host,
  }: Pick<DeliverRecordOptions, 'host'> & {
    readonly part: Parameters<typeof writePartRecord>[1];
    readonly repository: string | undefined;
  },
): Promise<void> {
  if (repository === undefined || inputs === undefined || record.outcome.state !== 'built') return;
  await writePartRecord({ ...record, inputs }, part, { repository, host });
}
