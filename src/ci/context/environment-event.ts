import type { EventFacts } from '../../plan/event-facts.ts';
import { type Environment, valueOf } from './environment.ts';
import { decodeGithubEvent } from './github-event.ts';
import { decodeGitlabEvent } from './gitlab-event.ts';
import { decodeJenkinsEvent } from './jenkins-event.ts';

/** The CI service that an environment is of; undefined where it is of none that is known. */
export function ciProviderOf(env: Environment): 'github' | 'gitlab' | 'jenkins' | undefined {
  if (env['GITHUB_ACTIONS'] === 'true') return 'github';
  if (env['GITLAB_CI'] === 'true') return 'gitlab';
  return valueOf(env, 'JENKINS_URL') === undefined && valueOf(env, 'JENKINS_HOME') === undefined
    ? undefined
    : 'jenkins';
}

/**
 * The event of the CI service that an environment is of; undefined where it is of none.
 *
 * @throws {Fault} EVENT_MALFORMED, DOCUMENT_MALFORMED
 */
export function decodeEnvironmentEvent(env: Environment, payload?: Uint8Array): EventFacts | undefined {
  switch (ciProviderOf(env)) {
    case 'github':
      return decodeGithubEvent(env, payload);
    case 'gitlab':
      return decodeGitlabEvent(env);
    case 'jenkins':
      return decodeJenkinsEvent(env);
    case undefined:
      return undefined;
  }
}
