import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Fault, isFault } from '../errors/fault.ts';
import type { Redactor } from '../errors/redact.ts';
import { ChildRun } from './child-run.ts';
import type { Clock } from './clock.ts';
import { type ProcessEnd, ProcessFault, tailOf } from './process-fault.ts';
import type { Command, Completed, Processes } from './processes.ts';
import { quoteCommand } from './quote-command.ts';

export interface ProcessesOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  /** From SIGTERM to SIGKILL, in milliseconds. Default: 5000. */
  readonly graceMs?: number;
}

/** Runs real child processes, each the leader of its own process group; none of them outlives this process. */
export function createProcesses(options: ProcessesOptions): Processes {
  return { run: (command) => runProcess(command, options) };
}

async function runProcess(command: Command, options: ProcessesOptions): Promise<Completed> {
  const shown = quoteCommand(command.program, command.args, options.redactor);
  const signals = [options.signal, ...(command.signal === undefined ? [] : [command.signal])];
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted !== undefined) throw interruption(shown, aborted);

  const startedMs = options.clock.monotonicMs();
  const child = startChild(command, options, shown);
  const run = new ChildRun(child, command, options.graceMs ?? 5000);
  const release = limit(run, { command, signals, shown });
  try {
    const end = await run.ended;
    if (run.stopped !== undefined) throw run.stopped;
    if (end.exitCode !== 0) throw processFault(end, shown, options.redactor);
    return { stdout: end.stdout, stderr: end.stderr, durationMs: options.clock.monotonicMs() - startedMs };
  } catch (error) {
    throw isStartError(error) ? startFault(error, command, options) : error;
  } finally {
    release();
  }
}

function startChild(command: Command, options: ProcessesOptions, shown: string): ChildProcess {
  const env = Object.fromEntries(
    Object.entries({ ...options.env, ...command.env }).filter(([, value]) => value !== undefined),
  );
  try {
    return spawn(command.program, command.args, {
      cwd: command.workingDirectory ?? options.workingDirectory,
      env,
      detached: process.platform !== 'win32',
      windowsHide: true,
      stdio: [command.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
  } catch (error) {
    if (isStartError(error) && error.syscall !== undefined) throw startFault(error, command, options);
    throw new Fault('PROCESS_FAILED', `Cannot start \`${shown}\`: the system does not take its arguments`, {
      cause: error,
    });
  }
}

/** Ends the run when its time is over or a signal is aborted. */
function limit(
  run: ChildRun,
  { command, signals, shown }: { command: Command; signals: readonly AbortSignal[]; shown: string },
): () => void {
  const { timeoutMs } = command;
  // Real processes live in real time, whatever clock the host was given.
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          run.stop(new Fault('PROCESS_TIMED_OUT', `Cannot finish \`${shown}\`: it took longer than ${timeoutMs} ms`));
        }, timeoutMs);
  const listeners = signals.map((signal) => {
    function onAbort(): void {
      run.stop(interruption(shown, signal));
    }
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  });
  return () => {
    clearTimeout(timer);
    for (const remove of listeners) remove();
  };
}

function interruption(shown: string, signal: AbortSignal): Fault {
  if (isFault(signal.reason)) return signal.reason;
  return new Fault('INTERRUPTED', `Cannot finish \`${shown}\`: it was interrupted`, { cause: signal.reason });
}

function processFault(end: ProcessEnd, shown: string, redactor: Redactor): ProcessFault {
  const how = end.signal === null ? `with exit code ${String(end.exitCode)}` : `by ${end.signal}`;
  const tail = tailOf(redactor.redact(end.stderr)) ?? tailOf(redactor.redact(end.stdout));
  return new ProcessFault(`Cannot run \`${shown}\`: it ended ${how}, expected exit code 0`, {
    command: shown,
    end,
    ...(tail === undefined ? {} : { frame: tail }),
  });
}

function isStartError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error && String(error.syscall).startsWith('spawn');
}

function startFault(error: NodeJS.ErrnoException, command: Command, options: ProcessesOptions): Fault {
  const folder = command.workingDirectory ?? options.workingDirectory;
  const program = quoteProgram(command);
  if (!existsSync(folder)) {
    const message = `Cannot run ${program} in "${folder}": there is no such folder`;
    return new Fault('PROCESS_FAILED', message, { cause: error, where: { path: folder } });
  }
  const path = command.env?.['PATH'] ?? options.env['PATH'] ?? '';
  if (error.code === 'ENOENT') {
    const where = command.program.includes('/') ? 'there is no such file' : `it is in no folder of PATH (${path})`;
    return new Fault('PROGRAM_MISSING', `Cannot run ${program}: ${where}`, { cause: error });
  }
  const what = error.code === 'EACCES' ? 'it may not be executed' : `the system answers ${String(error.code)}`;
  return new Fault('PROGRAM_MISSING', `Cannot run ${program}: ${what}`, { cause: error });
}

function quoteProgram(command: Command): string {
  return `"${command.program}"`;
}
