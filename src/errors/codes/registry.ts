import type { CodeMeaning } from '../code.ts';

/** Faults of `registry/`. */
export const registryCodes = {
  REGISTRY_UNAUTHORIZED: {
    meaning: 'A registry does not accept the credentials, or none were found',
    hint: 'Log in with `docker login`, or set DOCKER_AUTH_CONFIG',
    exit: 'registry',
  },
} as const satisfies Record<string, CodeMeaning>;
