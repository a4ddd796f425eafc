import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { decodeErrorBody } from './error-body.ts';
import { exchangeThrough } from './exchange-through.ts';
import { resolveLocation } from './location.ts';
import type { Patience } from './patience.ts';
import { type Failure, failureOfFault, isPassing } from './retry.ts';
import { parseRetryAfter } from './retry-after.ts';
import { decodeToken, type TokenAnswer, type TokenRequest, type TokenWish, tokenRequests } from './token.ts';
import type { Transport } from './transport.ts';
import type { WireLimits } from './wire-limits.ts';

/** What asking for a token needs of a session. */
export interface TokenSession {
  readonly host: Host;
  readonly registry: string;
  readonly root: URL;
  readonly transport: Transport;
  readonly limits: WireLimits;
  readonly patience: () => Patience;
}

const longestToken = 1024 * 1024;

/**
 * Asks the token service that a challenge names, in every way that such services understand.
 * @throws {Fault} REGISTRY_UNAUTHORIZED, REDIRECT_REFUSED, REGISTRY_ANSWER_MALFORMED, REGISTRY_FAILED, REGISTRY_UNREACHABLE
 */
export async function fetchToken(session: TokenSession, wish: TokenWish): Promise<TokenAnswer> {
  const realm = resolveLocation(wish.realm, { from: session.root, registry: session.root });
  if (realm.kind === 'refused') {
    throw new Fault('REDIRECT_REFUSED', `Cannot ask for a token at "${wish.realm.slice(0, 200)}": ${realm.why}`, {
      where: { registry: session.registry },
    });
  }
  let last: Answered = { status: 404, bytes: new Uint8Array() };
  for (const request of tokenRequests(wish, realm.url)) {
    last = await ask(session, request);
    if (!request.elsewhereOn.includes(last.status)) break;
  }
  if (last.status !== 200) throw refusal(session, wish, { ...last, host: realm.url.host });
  const answer = decodeToken(last.bytes);
  if (answer !== undefined) return answer;
  throw new Fault(
    'REGISTRY_ANSWER_MALFORMED',
    `Cannot log in to ${session.registry}: ${realm.url.host} gave no token`,
    {
      where: { registry: session.registry },
    },
  );
}

/** The WWW-Authenticate headers that a registry answers at its root; none where it is open. */
export async function fetchChallenges(session: TokenSession): Promise<readonly string[]> {
  const { transport, limits, host, root } = session;
  const request = { method: 'GET', url: new URL('/v2/', root.href), headers: {}, limits, signal: host.signal };
  const exchanged = await exchangeThrough(request, { transport, home: root });
  if (exchanged.kind === 'broken' || !exchanged.isHome) return [];
  await exchanged.response.discard();
  return exchanged.response.status === 401 ? exchanged.response.headers('www-authenticate') : [];
}

interface Answered {
  readonly status: number;
  readonly bytes: Uint8Array;
  readonly askedMs?: number;
}

async function ask(session: TokenSession, request: TokenRequest): Promise<Answered> {
  const patience = session.patience();
  for (;;) {
    const answered = await askOnce(session, request);
    const failure = failureOf(answered);
    if (failure === undefined && !isFault(answered)) return answered;
    const tried = failure === undefined ? undefined : await patience.next(failure);
    if (tried === undefined) continue;
    if (isFault(answered)) throw answered;
    return answered;
  }
}

function failureOf(answered: Answered | Fault): Failure | undefined {
  if (isFault(answered)) return failureOfFault(answered);
  const { status, bytes, askedMs } = answered;
  const text = status >= 400 ? Buffer.from(bytes).toString('utf8') : '';
  const failure: Failure = { kind: 'status', status, text, ...(askedMs === undefined ? {} : { askedMs }) };
  return isPassing(failure) ? failure : undefined;
}

async function askOnce(session: TokenSession, request: TokenRequest): Promise<Answered | Fault> {
  const { transport, limits, host } = session;
  const { authorization, ...headers } = request.headers;
  const form = request.form === undefined ? undefined : Buffer.from(request.form);
  const wire = {
    method: request.method,
    url: request.url,
    headers: { accept: 'application/json', ...headers },
    limits,
    signal: host.signal,
    ...(form === undefined ? {} : { body: { size: form.byteLength, open: () => inOnePiece(form) } }),
  };
  const leavesHome = form === undefined;
  const exchanged = await exchangeThrough(wire, { transport, home: request.url, authorization, leavesHome });
  if (exchanged.kind === 'broken') return exchanged.fault;
  const { response } = exchanged;
  try {
    const bytes = await response.bytes(longestToken);
    const askedMs = parseRetryAfter(response.header('retry-after'), '', host.clock.now());
    return { status: response.status, bytes, ...(askedMs === undefined ? {} : { askedMs }) };
  } catch (error) {
    if (isFault(error) && error.retryable) return error;
    throw error;
  }
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

interface Refused extends Answered {
  readonly host: string;
}

function refusal(session: TokenSession, wish: TokenWish, { status, bytes, host }: Refused): Fault {
  const where = { registry: session.registry };
  const { text } = decodeErrorBody(Buffer.from(bytes).toString('utf8'));
  const who = wish.credentials === undefined ? 'anonymous requests' : `the login "${wish.credentials.username}"`;
  const said = session.host.redactor.redact(text === '' ? '' : `: ${text}`);
  const told = `${host} answers ${status} to ${who}${said}`;
  const isRefused = [400, 401, 403, 404, 405].includes(status);
  return new Fault(
    isRefused ? 'REGISTRY_UNAUTHORIZED' : 'REGISTRY_FAILED',
    `Cannot log in to ${session.registry}: ${told}`,
    {
      where,
    },
  );
}
