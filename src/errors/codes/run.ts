import type { CodeMeaning } from '../code.ts';

/** Faults of `plan/`, `run/` and `cli/`. */
export const runCodes = {
  USAGE: {
    meaning: 'The command line is not one that polyarch knows',
    hint: 'See `polyarch help`',
    exit: 'misuse',
  },
  PLAN_EMPTY: {
    meaning: 'The config and the flags leave no platform to build',
    hint: 'Look at "platforms" of the variants, and at --platform and --variant',
    exit: 'misuse',
  },
  PUSH_WITHOUT_REPOSITORY: {
    meaning: 'A push is asked for and no repository is named',
    hint: 'Name one with -t REGISTRY/REPOSITORY:TAG',
    exit: 'misuse',
  },
  DESTINATION_SHARED: {
    meaning: 'Two releases would be written to the same place and one would be lost',
    hint: 'Give each its own tag or path, or build one variant with --variant',
    exit: 'misuse',
  },
  CONFIG_MISSING: {
    meaning: 'The config file that was named cannot be read',
    hint: 'Look at the path behind --config',
    exit: 'misuse',
  },
  CONTEXT_MISSING: {
    meaning: 'The folder to build from is not there, or is not a folder',
    hint: 'Give the folder that holds the Dockerfile: polyarch build DIR',
    exit: 'misuse',
  },
  DOCKERFILE_MISSING: {
    meaning: 'There is no Dockerfile where one is expected',
    hint: 'Write one, or name it with -f',
    exit: 'misuse',
  },
  PREPARE_FAILED: {
    meaning: 'The command of `prepare` did not succeed',
    hint: 'Run the command by hand in the folder of polyarch.yaml',
    exit: 'failed',
  },
  METADATA_UNWRITABLE: {
    meaning: 'The file behind --metadata-file cannot be written',
    hint: 'Look at the path, the permissions and the free disk space',
    exit: 'machine',
  },
  SERVER_FILE_UNREADABLE: {
    meaning: 'A file that the registry needs, of users, certificate or key, cannot be read',
    hint: 'Look at the path and the permissions',
    exit: 'misuse',
  },
  TAG_LOST: {
    meaning: 'A tag was set and then did not point at what it was set to',
    hint: 'Somebody else may be moving the same tag; look at it with `polyarch inspect` and run again',
    exit: 'registry',
  },
  LOAD_FAILED: {
    meaning: 'The local Docker Engine did not take the image',
    hint: 'Look at the printed output of docker; `docker version` tells whether the engine runs',
    exit: 'machine',
  },
} as const satisfies Record<string, CodeMeaning>;
