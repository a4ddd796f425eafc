import { answerFault, malformedAnswer, type Operation } from './registry-fault.ts';
import { send } from './send.ts';
import type { Session } from './session.ts';

/**
 * Makes sure that a registry answers, and that it takes the login where there is one.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support
 * @throws {Fault} REGISTRY_UNREACHABLE, REGISTRY_UNAUTHORIZED, REGISTRY_ANSWER_MALFORMED
 */
export async function ping(session: Session): Promise<void> {
  const operation: Operation = { session, what: 'reach the registry', missing: 'REGISTRY_ANSWER_MALFORMED' };
  const answer = await send(operation, { method: 'GET', url: new URL('/v2/', session.root.href), scopes: [] });
  if (answer.status !== 200) throw answerFault(operation, answer);
  const { response } = answer;
  await response.discard();
  if (response.mediaType === 'text/html')
    throw malformedAnswer(operation, `${response.url.host} answers with a web page`);
}
