import type { CodeMeaning } from '../code.ts';

/** Faults of `engine/`. */
export const engineCodes = {
  RUN_UNSUPPORTED: {
    meaning: 'The embedded engine does not run commands in the stages of a Dockerfile',
    hint: 'Prepare the files before the build and COPY them in, or build with BuildKit',
    exit: 'misuse',
  },
  INSTRUCTION_UNUSABLE: {
    meaning: 'An instruction has a value that no image can have',
    hint: 'See https://docs.docker.com/reference/dockerfile/ for what the instruction takes',
    exit: 'misuse',
  },
  EPOCH_MALFORMED: {
    meaning: 'SOURCE_DATE_EPOCH is not a number of seconds',
    hint: 'Set it to the seconds since 1970, for example: git log -1 --pretty=%ct',
    exit: 'misuse',
  },
  CHMOD_MALFORMED: {
    meaning: 'The value of --chmod is not a mode',
    hint: 'Write it in octal (0755) or as chmod(1) has it (u=rwX,go=rX)',
    exit: 'misuse',
  },
  OWNER_UNRESOLVABLE: {
    meaning: 'A user or group is given by name where there is no image to look it up in',
    hint: 'Write the owner as numbers, for example --chown=65532:65532',
    exit: 'misuse',
  },
  COPY_SOURCE_MISSING: {
    meaning: 'A source of COPY or ADD does not exist in the build context, the stage or the image',
    hint: 'Sources are relative to the build context, and .dockerignore may leave them out',
    exit: 'misuse',
  },
  COPY_CONFLICT: {
    meaning: 'COPY or ADD would replace a directory by a file, or a file by a directory',
    hint: 'Copy to another path, or end the destination with a slash to copy into a directory',
    exit: 'misuse',
  },
  SYMLINK_CYCLE: {
    meaning: 'Symlinks lead to each other and never to a file',
    hint: 'Look at the links with ls -l and break the circle',
    exit: 'misuse',
  },
  CONTEXT_UNREADABLE: {
    meaning: 'A file or folder of the build context cannot be read',
    hint: 'Give this user the right to read it, or leave it out with .dockerignore',
    exit: 'machine',
  },
  CONTEXT_CHANGED: {
    meaning: 'A file of the build context changed while it was being copied',
    hint: 'Build again when nothing writes to the folder any more',
    exit: 'failed',
  },
  FILE_TOO_LARGE: {
    meaning: 'A file that must be read as a whole is larger than any real one of its kind',
    hint: 'Look at what the file is; an image that carries it is not to be trusted',
    exit: 'misuse',
  },
  CONTEXT_UNKNOWN: {
    meaning: 'A named build context is of a kind that the embedded engine cannot use',
    hint: 'Give a folder, oci-layout://DIR, docker-image://REFERENCE or target:NAME',
    exit: 'misuse',
  },
  BASE_MISSING: {
    meaning: 'A base image does not exist, or this machine cannot reach it',
    hint: 'Check the name and the login, or give the image as --build-context NAME=oci-layout://DIR',
    exit: 'registry',
  },
  BASE_PLATFORM_MISSING: {
    meaning: 'A base image is not offered for a platform that is built',
    hint: 'Choose another base or tag, or leave the platform out',
    exit: 'misuse',
  },
  BASE_UNUSABLE: {
    meaning: 'A base image is not one that can be built upon',
    hint: 'Look at it with `polyarch inspect --raw`',
    exit: 'misuse',
  },
  ADD_SOURCE_UNSUPPORTED: {
    meaning: 'ADD names a source that the embedded engine cannot fetch',
    hint: 'Fetch it before the build and COPY it in, or build with BuildKit',
    exit: 'misuse',
  },
  DOWNLOAD_FAILED: {
    meaning: 'A URL of ADD cannot be downloaded',
    hint: 'Open the URL with curl -L from this machine',
    exit: 'registry',
  },
  CHECKSUM_MISMATCH: {
    meaning: 'What a URL gave does not have the digest that ADD --checksum names',
    hint: 'The file was replaced: find out why before you change the checksum',
    exit: 'registry',
  },
} as const satisfies Record<string, CodeMeaning>;
