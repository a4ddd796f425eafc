import type { CodeMeaning } from '../code.ts';

/** Faults of `run/`. */
export const runCodes = {
  USAGE: {
    meaning: 'The command line is not one that polyarch knows',
    hint: 'See `polyarch help`',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
