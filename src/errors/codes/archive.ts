import type { CodeMeaning } from '../code.ts';

/** Faults of `archive/`. */
export const archiveCodes = {
  ARCHIVE_MALFORMED: {
    meaning: 'A tar, gzip, zstd, bzip2 or xz stream is damaged or not one',
    hint: 'Make the archive again, and test it with tar -t',
    exit: 'misuse',
  },
} as const satisfies Record<string, CodeMeaning>;
