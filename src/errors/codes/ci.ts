import type { CodeMeaning } from '../code.ts';

/** Faults of `ci/`. */
export const ciCodes = {
  EVENT_MALFORMED: {
    meaning: 'A CI variable, git, or a flag names an event, a ref or a commit that cannot be one',
    hint: 'Look at the named variable, or say what happened with --event, --ref and --sha',
    exit: 'misuse',
  },
  EVENT_UNREADABLE: {
    meaning: 'The file with the event of a CI job cannot be read',
    hint: 'Look at the permissions of the file, or unset GITHUB_EVENT_PATH',
    exit: 'machine',
  },
} as const satisfies Record<string, CodeMeaning>;
