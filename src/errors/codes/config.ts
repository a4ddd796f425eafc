import type { CodeMeaning } from '../code.ts';

/** Faults of `config/`. */
export const configCodes = {
  CONFIG_MALFORMED: {
    meaning: 'polyarch.yaml is not YAML, or holds a key or value that is not allowed',
    hint: 'See docs/config.md for every key',
    exit: 'misuse',
  },
  FLAG_MALFORMED: {
    meaning: 'The value of a flag is not of the form that the flag takes',
    hint: 'See `polyarch help build` for the form of every flag',
    exit: 'misuse',
  },
  SELECTION_UNKNOWN: {
    meaning: 'A flag names an image or a variant that the config does not have',
    hint: 'See `polyarch plan` for all images and variants',
    exit: 'misuse',
  },
  DURATION_MALFORMED: {
    meaning: 'A text that should be a duration is not one',
    hint: 'Write it as a number and a unit: ms, s, m, h, d or w',
    exit: 'misuse',
  },
  OUTPUT_MALFORMED: {
    meaning: 'A text that should name an output is not one',
    hint: 'Write it as oci:DIR, oci-archive:FILE or docker-archive:FILE',
    exit: 'misuse',
  },
  SECRET_MALFORMED: {
    meaning: 'A text that should name a secret is not one',
    hint: 'Write it as id=NAME,env=VARIABLE or id=NAME,src=FILE',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
