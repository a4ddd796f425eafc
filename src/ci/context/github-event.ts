import { decodeDocument, decodeInteger, decodeText, objectOf, optional } from '../../oci/decode.ts';
import type { EventFacts, PullRequestFacts, RepositoryFacts } from '../../plan/event-facts.ts';
import {
  addressOf,
  checkBranch,
  checkCommit,
  checkEventName,
  checkRef,
  type Environment,
  known,
  numberOf,
  timeOf,
  valueOf,
} from './environment.ts';

/**
 * The event of a GitHub Actions job, and of what speaks its language (Gitea, Forgejo), out of the environment and the
 * document of the event; without that document a pull request counts as one from a fork.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 *
 * @throws {Fault} EVENT_MALFORMED, DOCUMENT_MALFORMED
 */
export function decodeGithubEvent(env: Environment, payload?: Uint8Array): EventFacts {
  const document = payload === undefined ? {} : decodeDocument(payload, 'event of GitHub', decodePayload);
  const name = checkEventName(env['GITHUB_EVENT_NAME'] ?? '', 'GITHUB_EVENT_NAME');
  const written = checkRef(env['GITHUB_REF'] ?? '', 'GITHUB_REF');
  const pullRequest = name.startsWith('pull_request') ? pullRequestOf(document, written, env) : undefined;
  const sha = checkCommit(env['GITHUB_SHA'] ?? '', 'GITHUB_SHA');
  const onTarget = name === 'pull_request_target' && pullRequest !== undefined;
  return {
    provider: 'github',
    name,
    // The ref of a pull_request_target is its base; its tags are those of the pull request.
    ref: onTarget ? `refs/pull/${pullRequest.number}/merge` : written,
    sha,
    ...known({
      commitDate: commitDateOf(document, sha),
      defaultBranch: checkBranch(document.repository?.default_branch, 'repository.default_branch'),
      baseRef: pullRequest?.baseRef ?? checkBranch(document.base_ref ?? document.merge_group?.base_ref, 'base_ref'),
      pullRequest,
      repository: repositoryOf(document, env),
      runNumber: numberOf(env['GITHUB_RUN_NUMBER']),
      runUrl: runUrlOf(env),
    }),
    isCi: true,
  };
}

interface Commit {
  readonly id?: string | undefined;
  readonly timestamp?: string | undefined;
}

interface Side {
  readonly ref?: string | undefined;
  readonly sha?: string | undefined;
  readonly repo?: { readonly full_name?: string | undefined } | undefined;
}

interface Payload {
  readonly base_ref?: string | undefined;
  readonly head_commit?: Commit | undefined;
  readonly merge_group?: { readonly base_ref?: string | undefined } | undefined;
  readonly pull_request?:
    | { readonly number?: number | undefined; readonly head?: Side | undefined; readonly base?: Side | undefined }
    | undefined;
  readonly repository?:
    | {
        readonly full_name?: string | undefined;
        readonly html_url?: string | undefined;
        readonly description?: string | undefined;
        readonly default_branch?: string | undefined;
        readonly license?: { readonly spdx_id?: string | undefined } | undefined;
      }
    | undefined;
}

const text = optional(decodeText);

const decodeSide = optional(
  objectOf<Side>({ ref: text, sha: text, repo: optional(objectOf<NonNullable<Side['repo']>>({ full_name: text })) }),
);

const decodePayload = objectOf<Payload>({
  base_ref: text,
  head_commit: optional(objectOf<Commit>({ id: text, timestamp: text })),
  merge_group: optional(objectOf<NonNullable<Payload['merge_group']>>({ base_ref: text })),
  pull_request: optional(
    objectOf<NonNullable<Payload['pull_request']>>({
      number: optional(decodeInteger),
      head: decodeSide,
      base: decodeSide,
    }),
  ),
  repository: optional(
    objectOf<NonNullable<Payload['repository']>>({
      full_name: text,
      html_url: text,
      description: text,
      default_branch: text,
      license: optional(objectOf<{ readonly spdx_id?: string | undefined }>({ spdx_id: text })),
    }),
  ),
});

function pullRequestOf(
  { pull_request: document }: Payload,
  ref: string,
  env: Environment,
): PullRequestFacts | undefined {
  const number = document?.number ?? numberOf(/^refs\/pull\/(\d+)\//.exec(ref)?.[1]);
  if (number === undefined) return undefined;
  const { head, base } = document ?? {};
  const headSha = head?.sha === undefined ? undefined : checkCommit(head.sha, 'pull_request.head.sha');
  return {
    number,
    ...known({
      headSha,
      headRef: checkBranch(head?.ref ?? env['GITHUB_HEAD_REF'], 'pull_request.head.ref'),
      baseRef: checkBranch(base?.ref ?? env['GITHUB_BASE_REF'], 'pull_request.base.ref'),
    }),
    isFork: !isSameRepository(head, base),
  };
}

/** A fork that was deleted since is still none of ours. */
function isSameRepository(head: Side | undefined, base: Side | undefined): boolean {
  const [there, here] = [head?.repo?.full_name, base?.repo?.full_name];
  return there !== undefined && here !== undefined && there.toLowerCase() === here.toLowerCase();
}

function commitDateOf({ head_commit: commit }: Payload, sha: string): string | undefined {
  return commit?.id === sha ? timeOf(commit.timestamp) : undefined;
}

function repositoryOf({ repository }: Payload, env: Environment): RepositoryFacts | undefined {
  const fullName = repository?.full_name ?? valueOf(env, 'GITHUB_REPOSITORY');
  if (fullName === undefined) return undefined;
  const license = repository?.license?.spdx_id;
  return {
    fullName,
    ...known({
      url: addressOf(repository?.html_url ?? `${env['GITHUB_SERVER_URL'] ?? ''}/${fullName}`),
      description: repository?.description,
      // What GitHub says of a license that it does not know.
      license: license === 'NOASSERTION' ? undefined : license,
    }),
  };
}

function runUrlOf(env: Environment): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
  return repository === undefined || numberOf(id) === undefined
    ? undefined
    : addressOf(`${server ?? ''}/${repository}/actions/runs/${id ?? ''}`);
}
