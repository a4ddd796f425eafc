import { Fault } from '../errors/fault.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Which pull request, and what proves who asks. */
export type ForgePlace =
  | {
      readonly kind: 'github';
      readonly api: URL;
      readonly repository: string;
      readonly number: number;
      readonly token: string;
    }
  | {
      readonly kind: 'gitlab';
      readonly api: URL;
      readonly project: string;
      readonly number: number;
      readonly token: string;
      readonly isJobToken: boolean;
    }
  /** There is no pull request, or nobody to speak as; `reason` begins a sentence. */
  | { readonly kind: 'none'; readonly reason: string };

/** What the event tells of the pull request; what is absent is looked for in the environment. */
export interface PullRequestHint {
  readonly provider: string;
  /** `owner/name` */
  readonly repository?: string;
  readonly number?: number;
}

/**
 * The pull request that a job is about: of GitHub by GITHUB_*, of GitLab by CI_*, in Jenkins by the CHANGE_URL that its
 * branch sources set.
 * @throws {Fault} FORGE_ADDRESS_MALFORMED
 */
export function readForgePlace(hint: PullRequestHint, env: Environment): ForgePlace {
  const change = changeOf(env['CHANGE_URL']);
  if (
    hint.provider === 'gitlab' ||
    (hint.provider !== 'github' && isSet(env['GITLAB_CI'])) ||
    change?.kind === 'gitlab'
  )
    return readGitLab(hint, env, change);
  if (hint.provider === 'github' || isSet(env['GITHUB_ACTIONS']) || change?.kind === 'github')
    return readGitHub(hint, env, change);
  return { kind: 'none', reason: 'This is no job of GitHub or GitLab' };
}

interface Change {
  readonly kind: 'github' | 'gitlab';
  readonly origin: string;
  readonly repository: string;
  readonly number: number;
}

function readGitHub(hint: PullRequestHint, env: Environment, change: Change | undefined): ForgePlace {
  const number = hint.number ?? change?.number ?? numberIn(/^refs\/pull\/(\d+)\//.exec(env['GITHUB_REF'] ?? '')?.[1]);
  const repository = hint.repository ?? change?.repository ?? env['GITHUB_REPOSITORY'] ?? '';
  if (number === undefined) return { kind: 'none', reason: 'This run is about no pull request' };
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) return { kind: 'none', reason: 'GITHUB_REPOSITORY is not set' };
  const token = firstSet(env['GITHUB_TOKEN'], env['GH_TOKEN']);
  if (token === undefined) return { kind: 'none', reason: 'There is no token: GITHUB_TOKEN is not set' };
  const usual =
    change === undefined || change.origin === 'https://github.com'
      ? 'https://api.github.com'
      : `${change.origin}/api/v3`;
  return {
    kind: 'github',
    api: addressOf('GITHUB_API_URL', firstSet(env['GITHUB_API_URL']) ?? usual),
    repository,
    number,
    token,
  };
}

function readGitLab(hint: PullRequestHint, env: Environment, change: Change | undefined): ForgePlace {
  const number = hint.number ?? change?.number ?? numberIn(env['CI_MERGE_REQUEST_IID']);
  const project =
    firstSet(env['CI_MERGE_REQUEST_PROJECT_ID'], env['CI_PROJECT_ID']) ?? change?.repository ?? hint.repository ?? '';
  if (number === undefined) return { kind: 'none', reason: 'This run is about no merge request' };
  if (project === '') return { kind: 'none', reason: 'CI_PROJECT_ID is not set' };
  const own = firstSet(env['GITLAB_TOKEN']);
  const token = own ?? firstSet(env['CI_JOB_TOKEN']);
  if (token === undefined) return { kind: 'none', reason: 'There is no token: GITLAB_TOKEN is not set' };
  const usual = change === undefined ? 'https://gitlab.com/api/v4' : `${change.origin}/api/v4`;
  const api = addressOf('CI_API_V4_URL', firstSet(env['CI_API_V4_URL']) ?? usual);
  return { kind: 'gitlab', api, project, number, token, isJobToken: own === undefined };
}

/** `https://github.com/acme/app/pull/7`, `https://gitlab.example/group/app/-/merge_requests/7`. */
function changeOf(text = ''): Change | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const lab = /^\/(.+?)\/(?:-\/)?merge_requests\/(\d+)/.exec(url?.pathname ?? '');
  const hub = /^\/([\w.-]+\/[\w.-]+)\/pull\/(\d+)/.exec(url?.pathname ?? '');
  const [, repository, number] = lab ?? hub ?? [];
  if (url === undefined || repository === undefined) return undefined;
  return { kind: lab === null ? 'github' : 'gitlab', origin: url.origin, repository, number: Number(number) };
}

function addressOf(variable: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '')
    return new URL(url.href.endsWith('/') ? url.href : `${url.href}/`);
  throw new Fault('FORGE_ADDRESS_MALFORMED', `Cannot use ${variable}: it is no plain http or https URL`, {
    where: { path: variable },
  });
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined || !/^[1-9]\d{0,9}$/.test(text) ? undefined : Number(text);
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && text !== '';
}

function firstSet(...texts: readonly (string | undefined)[]): string | undefined {
  return texts.find(isSet);
}
