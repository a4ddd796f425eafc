import { exitCodes } from '../errors/code.ts';

/** What of the process decides how it ends. */
export interface EndingProcess {
  exitCode?: number | string | null | undefined;
  readonly stderr: { write(text: string): unknown };
  once(event: 'beforeExit', listener: () => void): unknown;
}

/**
 * Lets a program run, and its result be what the process exits with. Node ends a process in which nothing is left to happen,
 * even in the middle of a wait: that is a fault of polyarch, and is told as one in place of being silent.
 */
export function runToEnd(ending: EndingProcess, program: () => Promise<number>): void {
  let hasEnded = false;
  ending.once('beforeExit', () => {
    if (hasEnded) return;
    ending.exitCode = exitCodes.internal;
    ending.stderr.write(
      'error: Cannot go on: what is waited for can no longer happen\nhint: Run it again, what is finished is kept (--resume); and please report this, with the lines above\ncode: INTERNAL\n',
    );
  });
  void program().then((exitCode) => {
    hasEnded = true;
    ending.exitCode = exitCode;
  });
}
