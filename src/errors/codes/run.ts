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
  CONFIG_EXISTS: {
    meaning: 'There is a config already where `polyarch init` would write one',
    hint: 'Change that one, or move it away first; `polyarch init --stdout` writes no file',
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
  PLAN_UNREADABLE: {
    meaning: 'The file of a plan cannot be read, or is not one that this version wrote',
    hint: 'Write it again with `polyarch plan --out FILE`, by the same version of polyarch in every job',
    exit: 'misuse',
  },
  PLAN_HOLDS_SECRET: {
    meaning: 'A plan that is to be written to a file holds a secret',
    hint: 'Hand it to the build with --secret, and mount it in the RUN that needs it',
    exit: 'misuse',
  },
  CELL_UNKNOWN: {
    meaning: 'The plan has no cell of that id',
    hint: 'The ids stand in the file of the plan, under "cells"',
    exit: 'misuse',
  },
  RECORD_UNREADABLE: {
    meaning: 'The record of a part cannot be read, or is not one that this version wrote',
    hint: 'Look at the folder that the jobs hand over, and run the job of that part again',
    exit: 'misuse',
  },
  RECORD_FOREIGN: {
    meaning: 'A record that was handed over is not one of this plan',
    hint: 'Start each pipeline with an empty folder of records',
    exit: 'misuse',
  },
  RECORD_MISSING: {
    meaning: 'No record of a part was handed over: the job that builds it did not finish',
    hint: 'Look at the log of that job, and run it again',
    exit: 'failed',
  },
  RUN_MISSING: {
    meaning: 'There is no such former run',
    hint: 'The runs that are kept lie in .polyarch/runs',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
