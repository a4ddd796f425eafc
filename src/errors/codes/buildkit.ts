import type { CodeMeaning } from '../code.ts';

/** Faults of `engine/buildkit/`. */
export const buildkitCodes = {} as const satisfies Record<string, CodeMeaning>;
