import type { CodeMeaning } from '../code.ts';

/** Faults of `publish/`. */
export const publishCodes = {} as const satisfies Record<string, CodeMeaning>;
