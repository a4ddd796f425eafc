import type { Fault } from '../errors/fault.ts';
import { type Answer, toAnswer } from './answer.ts';
import { exchangeThrough } from './exchange-through.ts';
import type { Scope } from './scope.ts';
import type { Session } from './session.ts';
import type { WireBody } from './transport.ts';
import type { WireLimits } from './wire-limits.ts';

export interface RegistryRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: WireBody;
  /** What a token must allow. */
  readonly scopes: readonly Scope[];
  /** Default: those of the session. */
  readonly limits?: WireLimits;
  /** Default: the host's. */
  readonly signal?: AbortSignal;
  /** Whether redirects to other servers are followed; where not, the redirect is the answer. Default: true. */
  readonly leavesHome?: boolean;
}

export type Attempted =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'broken'; readonly fault: Fault };

/** With a fresh token each time: it may expire while a body is sent, and while it is sent again. */
const refusedAtMost = 3;

/**
 * Makes one request, with what the registry wants to see as proof. After a 401 it is made again, with its body from the
 * start, for as long as there is something new to show; a 401 that stays is an answer like any other.
 * @throws {Fault} REGISTRY_UNAUTHORIZED, REDIRECT_REFUSED, CREDENTIALS_MALFORMED
 */
export async function attempt(session: Session, wanted: RegistryRequest): Promise<Attempted> {
  const request = { ...wanted, url: await session.scheme.settle(wanted.url) };
  const attempted = await attemptAt(session, request);
  const hasFailed = attempted.kind === 'broken' || attempted.answer.status === 400;
  return (await session.scheme.reconsider(hasFailed)) ? attempt(session, wanted) : attempted;
}

async function attemptAt(session: Session, request: RegistryRequest): Promise<Attempted> {
  for (let refusedBefore = 0; ; refusedBefore += 1) {
    const isHome = request.url.origin === session.root.origin;
    const sent = isHome ? await session.authorizer.authorization(request.scopes) : undefined;
    const exchanged = await exchange(session, request, sent);
    if (exchanged.kind === 'broken') return exchanged;
    session.contact.answered = true;
    const { response } = exchanged;
    if (exchanged.isHome) session.warnings.tell(response.headers('warning'));
    const answer = await toAnswer(response, exchanged.isHome);
    if (answer.status !== 401 || !exchanged.isHome || refusedBefore >= refusedAtMost)
      return { kind: 'answered', answer };
    const challenges = response.headers('www-authenticate');
    const hasNews = await session.authorizer.learn({ challenges, scopes: request.scopes, sent, refusedBefore });
    if (!hasNews) return { kind: 'answered', answer };
  }
}

function exchange(session: Session, request: RegistryRequest, authorization: string | undefined) {
  const { transport, gate, root, host } = session;
  const { method, url, headers = {}, body, limits = session.limits, signal = host.signal, leavesHome = true } = request;
  const wire = { method, url, headers, limits, signal, ...(body === undefined ? {} : { body }) };
  const onRefused = leavesHome ? 'fault' : 'answer';
  return gate.request(
    () => exchangeThrough(wire, { transport, home: root, authorization, onRefused, leavesHome }),
    signal,
  );
}
