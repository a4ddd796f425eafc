import type { CodeMeaning } from '../code.ts';

/** Faults of `store/`. */
export const storeCodes = {
  CONTENT_MISSING: {
    meaning: 'A store does not hold the content that a descriptor names',
    hint: 'The image is incomplete; copy or build it again',
    exit: 'failed',
  },
} as const satisfies Record<string, CodeMeaning>;
