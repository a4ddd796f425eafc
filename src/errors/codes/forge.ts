import type { CodeMeaning } from '../code.ts';

/** Faults of `forge/`. */
export const forgeCodes = {} as const satisfies Record<string, CodeMeaning>;
