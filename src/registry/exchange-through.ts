import { Fault } from '../errors/fault.ts';
import { decideRedirect } from './redirect.ts';
import type { Exchanged, Transport, WireRequest } from './transport.ts';
import type { WireResponse } from './wire-response.ts';

export interface ExchangeThroughOptions {
  readonly transport: Pick<Transport, 'exchange'>;
  /** The server that the request is meant for: it alone sees the Authorization. */
  readonly home: URL;
  readonly authorization?: string | undefined;
  /** What a redirect that may not be followed comes to: a fault, or the redirect itself as the answer. Default: fault. */
  readonly onRefused?: 'fault' | 'answer';
  /** Whether redirects to other servers are followed. Default: true. */
  readonly leavesHome?: boolean;
}

/** An answer, and whether it came from the server that the request was meant for. */
export type ExchangedThrough =
  | { readonly kind: 'answered'; readonly response: WireResponse; readonly isHome: boolean }
  | Extract<Exchanged, { kind: 'broken' }>;

const userAgent = 'polyarch';

/** Makes one request and follows its redirects. @throws {Fault} REDIRECT_REFUSED */
export async function exchangeThrough(
  request: WireRequest,
  options: ExchangeThroughOptions,
): Promise<ExchangedThrough> {
  const { transport, home, authorization, onRefused = 'fault', leavesHome = true } = options;
  let { url } = request;
  for (let followed = 0; ; followed += 1) {
    const isHome = url.origin === home.origin;
    const headers = {
      'user-agent': userAgent,
      ...request.headers,
      ...(isHome && authorization !== undefined ? { authorization } : {}),
    };
    const exchanged = await transport.exchange({ ...request, url, headers });
    if (exchanged.kind === 'broken') return exchanged;
    const { response } = exchanged;
    const { status } = response;
    const location = response.header('location');
    const decision = decideRedirect({ status, method: request.method, location, from: url, registry: home, followed });
    const stays = decision.kind === 'follow' && !leavesHome && !decision.trusted;
    if (decision.kind === 'none' || stays) return { kind: 'answered', response, isHome };
    if (decision.kind === 'refuse' && onRefused === 'answer') return { kind: 'answered', response, isHome };
    await response.discard();
    if (decision.kind === 'refuse') throw refusedRedirect(url, decision.why);
    url = decision.url;
  }
}

function refusedRedirect(from: URL, why: string): Fault {
  return new Fault('REDIRECT_REFUSED', `Cannot follow the redirect of ${from.host}: ${why}`, {
    where: { registry: from.host },
  });
}
