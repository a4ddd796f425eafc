import type { CodeMeaning } from '../code.ts';

/** Faults of `config/`. */
export const configCodes = {
  CONFIG_MALFORMED: {
    meaning: 'polyarch.yaml is not YAML, or holds a key or value that is not allowed',
    hint: 'See docs/config.md for every key',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
