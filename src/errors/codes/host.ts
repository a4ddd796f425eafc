import type { CodeMeaning } from '../code.ts';

/** Faults of `host/`. */
export const hostCodes = {
  PROCESS_FAILED: {
    meaning: 'A child process ended with an exit code other than 0, or by a signal',
    hint: 'Run the printed command by hand',
    exit: 'failed',
  },
  PROGRAM_MISSING: {
    meaning: 'A program that is needed is not on PATH',
    hint: 'Install it, or put its folder on PATH',
    exit: 'machine',
  },
  INTERRUPTED: {
    meaning: 'The run was interrupted by a signal',
    hint: 'Run the same command again; finished work is kept',
    exit: 'failed',
  },
} as const satisfies Record<string, CodeMeaning>;
