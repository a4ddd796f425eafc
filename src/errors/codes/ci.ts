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
  PIPELINE_OUTDATED: {
    meaning: 'The committed pipeline is not the one that the config gives',
    hint: 'Write it again with `polyarch ci` and commit it',
    exit: 'finding',
  },
  PIPELINE_FOREIGN: {
    meaning: 'There is a pipeline already that polyarch did not write',
    hint: 'Name another file with --out, compare with --stdout, or replace it with --force',
    exit: 'misuse',
  },
  PIPELINE_TOO_WIDE: {
    meaning: 'The config has more cells than one matrix of the CI service may have jobs',
    hint: 'Split the images over several configs, each with a pipeline of its own: polyarch ci SERVICE FOLDER --out FILE',
    exit: 'misuse',
  },
  PIPELINE_NOT_REUSABLE: {
    meaning: 'The CI service knows no pipelines that others call',
    hint: 'Leave --reusable out; only workflows of GitHub can be called',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
