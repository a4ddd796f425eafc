import { Fault, type FaultOptions } from '../errors/fault.ts';

/** How a child process ended; exactly one of `exitCode` and `signal` is set. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  /** The last 64 KiB. */
  readonly stderr: string;
}

export interface ProcessFaultOptions extends FaultOptions {
  /** The quoted command, secrets left out. */
  readonly command: string;
  readonly end: ProcessEnd;
}

/**
 * A child process that ran and did not end well. Callers for which some exit code is an answer read it from `end`;
 * `end` holds the output as it came, so it is never shown without a redactor.
 */
export class ProcessFault extends Fault {
  readonly command: string;
  readonly end: ProcessEnd;

  constructor(message: string, options: ProcessFaultOptions) {
    super('PROCESS_FAILED', message, options);
    this.command = options.command;
    this.end = options.end;
    Object.defineProperty(this, 'end', { enumerable: false });
  }
}

/** The last `maxLines` lines with text, at most 4 Ki characters, as they are printed below a message. */
export function tailOf(text: string, maxLines = 20): string | undefined {
  const lines = text
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-maxLines);
  return lines.length === 0 ? undefined : lines.join('\n').slice(-4096);
}
