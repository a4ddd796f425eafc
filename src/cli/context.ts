import type { Emit } from '../host/event.ts';
import type { Host } from '../host/host.ts';
import type { Ask } from '../host/prompt.ts';
import type { OutputStream, Terminal } from '../host/terminal.ts';

/** The streams of the process. */
export interface Streams {
  /** Where answers come from; opened only where something is asked. Default: nobody is asked. */
  readonly openStdin?: () => NodeJS.ReadStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** What every command works with. */
export interface CliContext {
  readonly host: Host;
  /** Results go here. */
  readonly stdout: Terminal;
  /** Progress, notes and faults go here. */
  readonly stderr: Terminal;
  /** Asks the user on standard error; absent where nobody is there to answer. */
  readonly ask: () => Promise<Ask | undefined>;
  /** Where events of the run go from now on. Default: notes are written to stderr, the rest is dropped. */
  readonly showEvents: (emit: Emit) => void;
  /** What the process will exit with. Default: 0. */
  readonly setExitCode: (exitCode: number) => void;
  /** The command works until it is told to stop: a signal is its usual end. Default: a signal is an interruption. */
  readonly expectSignal: () => void;
}

/** Writes text of a result, redacted, with a line end. */
export function writeResult(context: CliContext, text: string): void {
  context.stdout.write(`${context.host.redactor.redact(text)}\n`);
}
