import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { Redactor } from '../errors/redact.ts';
import type { Clock } from './clock.ts';
import type { Emit } from './event.ts';
import type { Host } from './host.ts';
import type { Processes } from './processes.ts';
import { createProcesses } from './run-process.ts';
import { addSecretsOf } from './secret-names.ts';
import { createSystemClock } from './system-clock.ts';

/** Each part of a host may be replaced; what is left out is this process's own. */
export interface HostOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory?: string;
  readonly clock?: Clock;
  readonly randomHex?: (byteCount: number) => string;
  readonly processes?: Processes;
  /** Default: events are dropped. */
  readonly emit?: Emit;
  readonly redactor?: Redactor;
  /** Default: a signal that is never aborted. */
  readonly signal?: AbortSignal;
}

/**
 * A host over this machine: a copy of the environment, the current folder, the system's clock and randomness, and real
 * child processes. Its redactor knows the values of all variables whose names look secret.
 */
export function createHost(options: HostOptions = {}): Host {
  const env = Object.freeze({ ...(options.env ?? process.env) });
  const workingDirectory = options.workingDirectory ?? process.cwd();
  const clock = options.clock ?? createSystemClock();
  const signal = options.signal ?? new AbortController().signal;
  // One listener a wait: hundreds of transfers may wait at once.
  setMaxListeners(0, signal);
  const redactor = options.redactor ?? new Redactor();
  addSecretsOf(env, redactor);
  return {
    env,
    workingDirectory,
    clock,
    randomHex: options.randomHex ?? ((byteCount) => randomBytes(byteCount).toString('hex')),
    processes: options.processes ?? createProcesses({ env, workingDirectory, clock, redactor, signal }),
    emit: options.emit ?? (() => undefined),
    redactor,
    signal,
  };
}
