import type { CodeMeaning } from '../code.ts';

/** Faults of `server/`. */
export const serverCodes = {
  SERVER_ADDRESS_UNAVAILABLE: {
    meaning: 'The registry cannot listen on the address that it was given',
    hint: 'Choose another address with --addr, or end the program that holds it',
    exit: 'machine',
  },
} as const satisfies Record<string, CodeMeaning>;
