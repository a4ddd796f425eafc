import { exitCodes } from './code.ts';
import { codes, type FaultCode } from './codes.ts';

/** The place a fault is about; only what is known is set. */
export interface FaultWhere {
  readonly registry?: string;
  readonly repository?: string;
  readonly reference?: string;
  readonly side?: 'source' | 'destination';
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  readonly path?: string;
  readonly platform?: string;
}

export interface FaultOptions {
  readonly cause?: unknown;
  readonly where?: FaultWhere;
  /** What the reader can do next; without it the catalogue's usual hint is shown. */
  readonly hint?: string;
  /** Source lines with a caret under the place, as they are to be printed below the message. */
  readonly frame?: string;
  /** Whether the same request may succeed when it is made again. Default: false. */
  readonly retryable?: boolean;
}

/**
 * A misuse or a bad world: something outside polyarch's own code is not as it must be.
 * The message reads "Cannot do X: it is Y, expected Z"; matching is done on `code`, never on text.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly where: FaultWhere;
  readonly hint: string;
  readonly frame: string | undefined;
  readonly retryable: boolean;

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.where = options.where ?? {};
    this.hint = options.hint ?? codes[code].hint;
    this.frame = options.frame;
    this.retryable = options.retryable ?? false;
  }

  /** What the process exits with when this fault ends it. */
  get exitCode(): number {
    return exitCodes[codes[this.code].exit];
  }
}

/** Whether a caught value is a fault, and one of the codes where any are given. */
export function isFault(value: unknown, ...expected: readonly FaultCode[]): value is Fault {
  return value instanceof Fault && (expected.length === 0 || expected.includes(value.code));
}
