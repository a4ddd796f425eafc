import type { CodeMeaning } from '../code.ts';

/** Faults of `host/`. */
export const hostCodes = {
  PROCESS_FAILED: {
    meaning: 'A child process ended with an exit code other than 0, or by a signal',
    hint: 'Run the printed command by hand',
    exit: 'failed',
  },
  PROCESS_TIMED_OUT: {
    meaning: 'A child process took longer than its time limit and was ended',
    hint: 'Run the printed command by hand to see where it waits',
    exit: 'failed',
  },
  PROCESS_OUTPUT_TOO_LARGE: {
    meaning: 'A child process wrote more to its standard output than is kept',
    hint: 'Run the program by hand and look at what it prints',
    exit: 'failed',
  },
  PROGRAM_MISSING: {
    meaning: 'A program that is needed is not on PATH',
    hint: 'Install it, or put its folder on PATH',
    exit: 'machine',
  },
  TEMP_DIRECTORY_UNAVAILABLE: {
    meaning: 'The folder for temporary files cannot be written',
    hint: 'Set TMPDIR to a folder on a disk with room that you may write to',
    exit: 'machine',
  },
  INTERRUPTED: {
    meaning: 'The run was interrupted by a signal',
    hint: 'Run the same command again; finished work is kept',
    exit: 'failed',
  },
} as const satisfies Record<string, CodeMeaning>;
