import type { CodeMeaning } from '../code.ts';

/** Faults of `engine/`. */
export const engineCodes = {
  RUN_UNSUPPORTED: {
    meaning: 'The embedded engine does not run commands in the stages of a Dockerfile',
    hint: 'Prepare the files before the build and COPY them in, or build with BuildKit',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
