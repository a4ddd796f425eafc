import type { Host } from '../../host/host.ts';
import type { AttemptRequest } from './attempt.ts';
import type { CellLog } from './cell-log.ts';

/** What all that is done in one attempt needs. */
export interface RunningAttempt {
  readonly request: AttemptRequest;
  readonly host: Host;
  /** The folder of the run; absolute. */
  readonly runFolder: string;
  readonly log: CellLog;
  /** What its steps are shown below. */
  readonly task: string;
  /** On the clock that only grows. */
  readonly startedMs: number;
}
