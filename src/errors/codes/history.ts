import type { CodeMeaning } from '../code.ts';

/** Faults of `history/`. */
export const historyCodes = {} as const satisfies Record<string, CodeMeaning>;
