import type { CodeMeaning } from '../code.ts';

/** Faults of `dockerfile/`. */
export const dockerfileCodes = {
  DOCKERFILE_SYNTAX: {
    meaning: 'A Dockerfile cannot be parsed',
    hint: 'See https://docs.docker.com/reference/dockerfile/ for the syntax of the instruction',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
