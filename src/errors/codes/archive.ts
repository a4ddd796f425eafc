import type { CodeMeaning } from '../code.ts';

/** Faults of `archive/`. */
export const archiveCodes = {
  ARCHIVE_MALFORMED: {
    meaning: 'A tar, gzip, zstd, bzip2 or xz stream is damaged or not one',
    hint: 'Make the archive again, and test it with tar -t',
    exit: 'misuse',
  },
  ARCHIVE_TRUNCATED: {
    meaning: 'A tar, gzip, zstd, bzip2 or xz stream ends before its end',
    hint: 'The archive was cut off; fetch or make it again',
    exit: 'misuse',
  },
  ARCHIVE_UNSUPPORTED: {
    meaning: 'An archive uses a format, or a feature of one, that polyarch does not read',
    hint: 'Make the archive again as a plain, gzip, zstd, bzip2 or xz compressed tar',
    exit: 'misuse',
  },
  ARCHIVE_PATH_UNSAFE: {
    meaning: 'An entry of an archive is named so that it would land outside the folder it is unpacked to',
    hint: 'Make the archive again with relative names; never unpack one that you do not trust',
    exit: 'misuse',
  },
  ARCHIVE_TOO_LARGE: {
    meaning: 'An archive holds more entries or more bytes than the limits allow',
    hint: 'Look at it with tar -tv; raise the limit where it is right',
    exit: 'misuse',
  },
  ARCHIVE_RATIO: {
    meaning: 'An archive grows so much when it is unpacked that it looks like a decompression bomb',
    hint: 'Look at it with tar -tv; raise the limit where it is right',
    exit: 'misuse',
  },
  ARCHIVE_ENTRY_UNWRITABLE: {
    meaning: 'A file has a name, an owner, a time or an attribute that a tar archive cannot hold',
    hint: 'Rename the file, or leave it out with .dockerignore',
    exit: 'misuse',
  },
  ARCHIVE_CONTENT_SIZE: {
    meaning: 'A file became longer or shorter while it was written to an archive',
    hint: 'Build again when nothing changes the files of the context',
    exit: 'failed',
  },
} as const satisfies Record<string, CodeMeaning>;
