import type { Host } from '../../host/host.ts';
import type { CellRecord } from '../../plan/cell-record.ts';
import type { ReleaseOutcome } from '../../plan/outcome.ts';
import type { Plan } from '../../plan/plan.ts';
import { forEachLimited } from '../../store/for-each-limited.ts';
import { writePartRecord } from './part-record.ts';
import { recordsOf } from './restore-parts.ts';
import type { ReuseRequest } from './reuse-request.ts';

export interface PublishRecordsOptions {
  readonly host: Host;
  readonly reuse: ReuseRequest;
  /** What was written where: a record is kept beside a part that is there. */
  readonly releases: readonly ReleaseOutcome[];
}

const parallelRecords = 4;

/** Keeps the records of what was built now in the registry, for machines that start from nothing. */
export async function publishRecords(
  plan: Plan,
  records: ReadonlyMap<string, CellRecord>,
  { host, reuse, releases }: PublishRecordsOptions,
): Promise<void> {
  const written = new Set(
    releases.flatMap(({ destinations }) =>
      destinations.flatMap(({ name, state }) => (state === 'written' || state === 'unchanged' ? [name] : [])),
    ),
  );
  await forEachLimited(plan.cells, parallelRecords, async (cell) => {
    const repository = recordsOf(cell, plan, reuse);
    const record = records.get(cell.id);
    if (repository === undefined || !written.has(repository) || record?.inputs === undefined) return;
    if (record.outcome.state !== 'built') return;
    await writePartRecord({ ...record, inputs: record.inputs }, record.outcome.part, { repository, host });
  });
}
