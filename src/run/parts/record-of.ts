import type { Host } from '../../host/host.ts';
import type { Cell } from '../../plan/cell.ts';
import type { CellRecord } from '../../plan/cell-record.ts';
import type { CellOutcome } from '../../plan/outcome.ts';
import type { Plan } from '../../plan/plan.ts';

export interface RecordOptions {
  readonly host: Host;
  readonly outcome: CellOutcome;
  readonly logTail?: readonly string[] | undefined;
}

/** The record of what became of a cell just now, without its inputs. */
export function recordOf(
  { id, platform }: Cell,
  { runId }: Pick<Plan, 'runId'>,
  { host, outcome, logTail }: RecordOptions,
): CellRecord {
  return {
    version: 1,
    kind: 'polyarch/part',
    runId,
    cell: id,
    platform,
    finishedAt: host.clock.now().toISOString(),
    outcome,
    ...(logTail === undefined ? {} : { logTail: logTail.map((line) => host.redactor.redact(line)) }),
  };
}
