import type { CodeMeaning } from '../code.ts';

/** Faults of `dockerfile/`. */
export const dockerfileCodes = {
  DOCKERFILE_SYNTAX: {
    meaning: 'A Dockerfile cannot be parsed',
    hint: 'See https://docs.docker.com/reference/dockerfile/ for the syntax of the instruction',
    exit: 'misuse',
  },
  DOCKERFILE_INSTRUCTION_UNKNOWN: {
    meaning: 'A line of a Dockerfile starts with a word that is no instruction',
    hint: 'Check the spelling; a line that goes on from the one above needs the escape character at the end of that one',
    exit: 'misuse',
  },
  DOCKERFILE_FLAG_UNKNOWN: {
    meaning: 'An instruction has a flag that it does not know',
    hint: 'See https://docs.docker.com/reference/dockerfile/ for the flags of the instruction',
    exit: 'misuse',
  },
  DOCKERFILE_EXPANSION: {
    meaning: 'A word with variables or quotes cannot be expanded',
    hint: 'See https://docs.docker.com/reference/dockerfile/#environment-replacement for the forms that work',
    exit: 'misuse',
  },
  STAGE_UNKNOWN: {
    meaning: 'A stage is named that the Dockerfile does not have',
    hint: 'Name a stage with FROM ... AS name, or use its number, counted from 0',
    exit: 'misuse',
  },
  STAGE_CIRCULAR: {
    meaning: 'Stages of a Dockerfile need each other in a circle',
    hint: 'Move what both need into a stage of its own, above them',
    exit: 'misuse',
  },
  STAGE_ORDER: {
    meaning: 'A stage reads from a stage that stands below it',
    hint: 'Move the stage that is read from above the one that reads',
    exit: 'misuse',
  },
  PATTERN_MALFORMED: {
    meaning: 'A pattern of .dockerignore, --exclude or a COPY source cannot be understood',
    hint: 'Close every [ with a ], and write \\ before a character that is meant literally',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
