import { type Answer, failureOf } from './answer.ts';
import { attempt, type RegistryRequest } from './attempt.ts';
import type { Patience, Tried } from './patience.ts';
import { answerFault, brokenFault, type Operation } from './registry-fault.ts';
import { failureOfFault, isPassing } from './retry.ts';

export interface SendOptions {
  /** Statuses that are an answer even though they could be tried again. */
  readonly taken?: readonly number[];
  /** Default: a fresh one. */
  readonly patience?: Patience;
}

/**
 * Makes a request until it is answered with something that trying again would not change. What the answer means is for
 * the caller to say.
 * @throws {Fault} RATE_LIMITED, REGISTRY_FAILED, REGISTRY_UNREACHABLE, REGISTRY_TIMED_OUT, REGISTRY_TLS, REGISTRY_UNAUTHORIZED
 */
export async function send(operation: Operation, request: RegistryRequest, options: SendOptions = {}): Promise<Answer> {
  const { session } = operation;
  const { taken = [], patience = session.patience() } = options;
  for (;;) {
    const attempted = await attempt(session, request);
    if (attempted.kind === 'broken') {
      const tried = await patience.next(failureOfFault(attempted.fault));
      if (tried !== undefined) throw brokenFault(operation, attempted.fault, tried);
      continue;
    }
    const { answer } = attempted;
    const failure = failureOf(answer, session.host.clock.now());
    if (taken.includes(answer.status) || !isPassing(failure)) return answer;
    const tried: Tried | undefined = await patience.next(failure);
    if (tried !== undefined) throw answerFault(operation, answer, tried);
  }
}
