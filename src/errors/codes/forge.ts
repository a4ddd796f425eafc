import type { CodeMeaning } from '../code.ts';

/** Faults of `forge/`. */
export const forgeCodes = {
  FORGE_ADDRESS_MALFORMED: {
    meaning: 'A variable does not hold the URL of the API of GitHub or GitLab',
    hint: 'Write it as https://HOST/PATH, for example https://api.github.com',
    exit: 'misuse',
  },
  FORGE_DENIED: {
    meaning: 'GitHub or GitLab does not let the token read or write a pull request',
    hint: 'Give the job the right to write: `permissions: {pull-requests: write}` on GitHub, a token with the scope `api` as GITLAB_TOKEN on GitLab',
    exit: 'registry',
  },
  FORGE_RATE_LIMITED: {
    meaning: 'GitHub or GitLab allows no more requests for now, for longer than polyarch waits',
    hint: 'Run `polyarch report` again later, or use a token of its own with a higher limit',
    exit: 'registry',
  },
  FORGE_UNREACHABLE: {
    meaning: 'GitHub or GitLab could not be reached, or kept answering with a server error',
    hint: 'Look at its status page and at the proxy settings, and run `polyarch report` again',
    exit: 'registry',
  },
  FORGE_REFUSED: {
    meaning: 'GitHub or GitLab refused a request for a reason of its own',
    hint: 'Its reason is in the message',
    exit: 'registry',
  },
  FORGE_ANSWER_MALFORMED: {
    meaning: 'Something answered that does not speak as the API of GitHub or GitLab does',
    hint: 'Check GITHUB_API_URL or CI_API_V4_URL; a login page or a proxy may be answering in its place',
    exit: 'registry',
  },
  DESCRIPTION_MARKERS_BROKEN: {
    meaning: 'The description of a pull request has the marks of our section twice, or one without the other',
    hint: 'Remove every line with "polyarch:images" from the description; the section is then written anew',
    exit: 'failed',
  },
} as const satisfies Record<string, CodeMeaning>;
