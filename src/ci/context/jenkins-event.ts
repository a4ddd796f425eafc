import type { EventFacts, PullRequestFacts } from '../../plan/event-facts.ts';
import {
  addressOf,
  checkBranch,
  checkCommit,
  checkRef,
  type Environment,
  known,
  numberOf,
  valueOf,
} from './environment.ts';
import { repositoryOfRemote } from './remote-repository.ts';

/**
 * The event of a Jenkins build, out of its environment: a branch, a tag or a change request of a multibranch
 * pipeline, else the branch that was checked out.
 * https://www.jenkins.io/doc/book/pipeline/multibranch/#additional-environment-variables
 *
 * @throws {Fault} EVENT_MALFORMED
 */
export function decodeJenkinsEvent(env: Environment): EventFacts {
  const pullRequest = pullRequestOf(env);
  return {
    provider: 'jenkins',
    name: pullRequest === undefined ? 'push' : 'pull_request',
    ref: refOf(env, pullRequest),
    sha: checkCommit(env['GIT_COMMIT'] ?? '', 'GIT_COMMIT'),
    ...known({
      defaultBranch: env['BRANCH_IS_PRIMARY'] === 'true' ? checkBranch(env['BRANCH_NAME'], 'BRANCH_NAME') : undefined,
      baseRef: pullRequest?.baseRef,
      pullRequest,
      repository: repositoryOfRemote(env['GIT_URL'] ?? ''),
      runNumber: numberOf(env['BUILD_NUMBER']),
      runUrl: addressOf(env['BUILD_URL']),
    }),
    isCi: true,
  };
}

function pullRequestOf(env: Environment): PullRequestFacts | undefined {
  const number = numberOf(env['CHANGE_ID']);
  if (number === undefined) return undefined;
  return {
    number,
    ...known({
      headRef: checkBranch(env['CHANGE_BRANCH'], 'CHANGE_BRANCH'),
      baseRef: checkBranch(env['CHANGE_TARGET'], 'CHANGE_TARGET'),
    }),
    isFork: valueOf(env, 'CHANGE_FORK') !== undefined,
  };
}

function refOf(env: Environment, pullRequest: PullRequestFacts | undefined): string {
  if (pullRequest !== undefined) return `refs/pull/${pullRequest.number}/merge`;
  const tag = valueOf(env, 'TAG_NAME');
  if (tag !== undefined) return checkRef(`refs/tags/${tag}`, 'TAG_NAME');
  // GIT_BRANCH names the remote as well: origin/main.
  const branch =
    valueOf(env, 'BRANCH_NAME') ?? valueOf(env, 'GIT_BRANCH')?.replace(/^(?:refs\/remotes\/)?origin\//, '');
  return branch === undefined ? '' : checkRef(`refs/heads/${branch}`, 'BRANCH_NAME');
}
