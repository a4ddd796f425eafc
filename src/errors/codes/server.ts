import type { CodeMeaning } from '../code.ts';

/** Faults of `server/`. */
export const serverCodes = {
  SERVER_ADDRESS_MALFORMED: {
    meaning: 'A text that should say where the registry listens does not',
    hint: 'Write it as host:port, for example 127.0.0.1:5000, [::1]:5000 or :5000',
    exit: 'misuse',
  },
  SERVER_ADDRESS_UNAVAILABLE: {
    meaning: 'The registry cannot listen on the address that it was given',
    hint: 'Choose another address with --addr, or end the program that holds it',
    exit: 'machine',
  },
  SERVER_DIRECTORY_UNUSABLE: {
    meaning: 'The folder that the registry is to keep its repositories in cannot be used',
    hint: 'Name a folder that this user may write to, and that is not itself an OCI layout',
    exit: 'machine',
  },
  SERVER_CERTIFICATE_UNUSABLE: {
    meaning: 'The certificate or the private key for HTTPS cannot be read, or they do not belong together',
    hint: 'Give a PEM certificate chain and the unencrypted PEM key that it was made for',
    exit: 'misuse',
  },
  SERVER_USERS_MALFORMED: {
    meaning: 'The list of users and passwords cannot be read',
    hint: 'Write one user:password or user:$scrypt$... a line; lines that begin with # are left out',
    exit: 'misuse',
  },
  SERVER_BODY_CUT_OFF: {
    meaning: 'A client went away before it had sent all of its request',
    hint: 'The client resumes the upload where it stopped, or sends it again',
    exit: 'registry',
  },
  SERVER_BODY_STALLED: {
    meaning: 'A client sent too little of its request in too long a time',
    hint: 'Look at the network between them, or give the registry a longer idle limit',
    exit: 'registry',
  },
  SERVER_BODY_TOO_LARGE: {
    meaning: 'A client sent more than the registry takes in one request',
    hint: 'Raise the limit of the registry, or send less',
    exit: 'registry',
  },
} as const satisfies Record<string, CodeMeaning>;
