import type { CodeMeaning } from '../code.ts';

/** Faults of `ci/`. */
export const ciCodes = {} as const satisfies Record<string, CodeMeaning>;
