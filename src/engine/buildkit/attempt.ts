import type { Fault } from '../../errors/fault.ts';
import type { BuilderFacts } from '../../plan/builder-facts.ts';
import type { Cell, Placement } from '../../plan/cell.ts';
import type { Part } from '../../plan/part.ts';
import type { BuildOptions } from '../engine.ts';

/** One try at one cell, at one place. */
export interface AttemptRequest {
  readonly cell: Cell;
  readonly placement: Placement;
  readonly builder: BuilderFacts;
  /** 1 for the first. */
  readonly number: number;
  /** Aborted when the attempt is to end: its limit, the watchdog, or the run. */
  readonly signal: AbortSignal;
  /** Called at every sign of life, so that silence can be told from work. */
  readonly onActivity: (activity: Activity) => void;
}

/** A sign of life of a build. */
export interface Activity {
  readonly kind: 'step' | 'log' | 'bytes';
  /** The text of a log line, or the name of a step. */
  readonly text?: string;
}

/**
 * What kind of failure it was, which decides what is done next. `transient`: try again. `node-lost`: the builder is gone, try
 * elsewhere. `emulator`: QEMU crashed, try another route. `permanent`: it would fail again.
 */
export type FailureKind = 'transient' | 'node-lost' | 'emulator' | 'permanent';

export type AttemptResult =
  | { readonly kind: 'built'; readonly part: Part }
  | {
      readonly kind: 'failed';
      readonly failure: FailureKind;
      /** With cause and cure. */
      readonly fault: Fault;
      /** The last lines of the log. */
      readonly logTail: readonly string[];
      /** What to type to try it by hand, quoted for a shell, without secrets. */
      readonly command: string;
    };

/** Runs one attempt to its end; what goes wrong with the build is a result. @throws {Fault} INTERRUPTED */
export type RunAttempt = (request: AttemptRequest, options: BuildOptions) => Promise<AttemptResult>;
