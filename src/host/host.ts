import type { Redactor } from '../errors/redact.ts';
import type { Clock } from './clock.ts';
import type { Emit } from './event.ts';
import type { Processes } from './processes.ts';

/** Everything outside this process that effects may touch, passed in as the first field of their options. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths of the user are resolved against; absolute. */
  readonly workingDirectory: string;
  readonly clock: Clock;
  /** `byteCount` random bytes as lower-case hex. */
  readonly randomHex: (byteCount: number) => string;
  readonly processes: Processes;
  readonly emit: Emit;
  /** Secrets that were met; everything shown goes through it. */
  readonly redactor: Redactor;
  /** Aborted when the run is interrupted; every wait listens to it. */
  readonly signal: AbortSignal;
}
