/** A program to run. No shell is ever between. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  /** Written to standard input, which is then closed. */
  readonly input?: string | Uint8Array;
  /** The process group is ended after this many milliseconds. Default: no limit but the host's signal. */
  readonly timeoutMs?: number;
  /** Called with each whole line as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Standard output is kept up to this many bytes; more is a fault. Default: 8 MiB. */
  readonly maxOutputBytes?: number;
  /** The process group is also ended when this is aborted; its reason, where it is a fault, is what `run` throws. */
  readonly signal?: AbortSignal;
}

export interface Completed {
  readonly stdout: string;
  /** The last 64 KiB of standard error. */
  readonly stderr: string;
  readonly durationMs: number;
}

/** Runs child processes in process groups of their own, so that ending one ends all it started. */
export interface Processes {
  /** @throws {Fault} PROGRAM_MISSING, PROCESS_FAILED, PROCESS_TIMED_OUT, PROCESS_OUTPUT_TOO_LARGE, INTERRUPTED */
  run(command: Command): Promise<Completed>;
}
