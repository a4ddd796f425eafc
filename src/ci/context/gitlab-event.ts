import type { EventFacts, PullRequestFacts, RepositoryFacts } from '../../plan/event-facts.ts';
import {
  addressOf,
  checkBranch,
  checkCommit,
  checkRef,
  type Environment,
  known,
  numberOf,
  timeOf,
  valueOf,
} from './environment.ts';

/** What GitHub calls the sources of GitLab's pipelines; every other one is a push. */
const eventNames: Readonly<Record<string, string>> = {
  merge_request_event: 'pull_request',
  external_pull_request_event: 'pull_request',
  schedule: 'schedule',
  web: 'workflow_dispatch',
  api: 'workflow_dispatch',
  trigger: 'workflow_dispatch',
  chat: 'workflow_dispatch',
};

/**
 * The event of a job of GitLab CI, out of its environment. A merge request is a pull request.
 * https://docs.gitlab.com/ci/variables/predefined_variables/
 *
 * @throws {Fault} EVENT_MALFORMED
 */
export function decodeGitlabEvent(env: Environment): EventFacts {
  const pullRequest = pullRequestOf(env);
  return {
    provider: 'gitlab',
    name: pullRequest === undefined ? (eventNames[env['CI_PIPELINE_SOURCE'] ?? ''] ?? 'push') : 'pull_request',
    ref: refOf(env, pullRequest),
    sha: checkCommit(env['CI_COMMIT_SHA'] ?? '', 'CI_COMMIT_SHA'),
    ...known({
      commitDate: timeOf(env['CI_COMMIT_TIMESTAMP']),
      defaultBranch: checkBranch(env['CI_DEFAULT_BRANCH'], 'CI_DEFAULT_BRANCH'),
      baseRef: pullRequest?.baseRef,
      pullRequest,
      repository: repositoryOf(env),
      runNumber: numberOf(env['CI_PIPELINE_IID']),
      runUrl: addressOf(env['CI_PIPELINE_URL']),
    }),
    isCi: true,
  };
}

function refOf(env: Environment, pullRequest: PullRequestFacts | undefined): string {
  if (pullRequest !== undefined) return `refs/pull/${pullRequest.number}/merge`;
  const tag = valueOf(env, 'CI_COMMIT_TAG');
  if (tag !== undefined) return checkRef(`refs/tags/${tag}`, 'CI_COMMIT_TAG');
  const branch = valueOf(env, 'CI_COMMIT_BRANCH') ?? valueOf(env, 'CI_COMMIT_REF_NAME');
  return branch === undefined ? '' : checkRef(`refs/heads/${branch}`, 'CI_COMMIT_BRANCH');
}

function pullRequestOf(env: Environment): PullRequestFacts | undefined {
  const number = numberOf(env['CI_MERGE_REQUEST_IID'] ?? env['CI_EXTERNAL_PULL_REQUEST_IID']);
  if (number === undefined) return undefined;
  const head = valueOf(env, 'CI_MERGE_REQUEST_SOURCE_BRANCH_SHA') ?? valueOf(env, 'CI_COMMIT_SHA');
  return {
    number,
    ...known({
      headSha: head === undefined ? undefined : checkCommit(head, 'CI_MERGE_REQUEST_SOURCE_BRANCH_SHA'),
      headRef: checkBranch(
        env['CI_MERGE_REQUEST_SOURCE_BRANCH_NAME'] ?? env['CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME'],
        'CI_MERGE_REQUEST_SOURCE_BRANCH_NAME',
      ),
      baseRef: checkBranch(
        env['CI_MERGE_REQUEST_TARGET_BRANCH_NAME'] ?? env['CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME'],
        'CI_MERGE_REQUEST_TARGET_BRANCH_NAME',
      ),
    }),
    isFork: !isSameProject(env),
  };
}

/** A source project that is not named was deleted, or may not be seen. */
function isSameProject(env: Environment): boolean {
  const pairs = [
    ['CI_MERGE_REQUEST_SOURCE_PROJECT_ID', 'CI_MERGE_REQUEST_PROJECT_ID'],
    ['CI_EXTERNAL_PULL_REQUEST_SOURCE_REPOSITORY', 'CI_EXTERNAL_PULL_REQUEST_TARGET_REPOSITORY'],
  ] as const;
  return pairs.some(([source, target]) => valueOf(env, source) !== undefined && env[source] === env[target]);
}

function repositoryOf(env: Environment): RepositoryFacts | undefined {
  const fullName = valueOf(env, 'CI_PROJECT_PATH');
  if (fullName === undefined) return undefined;
  const [url, description] = [addressOf(env['CI_PROJECT_URL']), valueOf(env, 'CI_PROJECT_DESCRIPTION')];
  return { fullName, ...known({ url, description }) };
}
