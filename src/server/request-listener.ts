import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerRequest } from './answer-request.ts';
import type { Authenticator, Caller } from './authenticator.ts';
import { isClientFault, replyOfFault } from './fault-reply.ts';
import type { RegistryContext } from './registry-context.ts';
import { RegistryRequest } from './registry-request.ts';
import { type Reply, refuse, withHeaders } from './reply.ts';
import { parseRoute } from './route.ts';
import { sendReply } from './send-reply.ts';

export interface ListenerOptions {
  readonly context: RegistryContext;
  /** Without one everybody may do everything. */
  readonly authenticator: Authenticator | undefined;
  readonly isAnonymousPullAllowed: boolean;
  readonly isAccessLogged: boolean;
  /** Whether the connection of a request is one too many. */
  readonly isSurplus: (request: IncomingMessage) => boolean;
}

interface Answer {
  readonly reply: Reply;
  readonly caller: Caller;
}

/** Answers one request whole: never throws, and never leaves one without an answer. */
export async function serveRequest(
  incoming: IncomingMessage,
  response: ServerResponse,
  options: ListenerOptions & { readonly expectsContinue: boolean },
): Promise<void> {
  const { context, isAccessLogged } = options;
  const { host, limits } = context;
  const startedMs = host.clock.monotonicMs();
  // A connection that breaks is noticed where it is read or written; without a listener it would end the process.
  incoming.on('error', () => undefined);
  response.on('error', () => undefined);
  const { reply, caller } = await answer(incoming, response, options);
  const sentBytes = await sendReply(response, reply, { idleMs: limits.idleMs });
  if (!isAccessLogged) return;
  const name = caller.kind === 'user' ? caller.name : '-';
  const ms = Math.round(host.clock.monotonicMs() - startedMs);
  const line = `${incoming.socket.remoteAddress ?? '-'} ${name} "${incoming.method ?? ''} ${incoming.url ?? ''}" ${reply.status} ${sentBytes} ${ms}ms`;
  host.emit({ kind: 'log', id: 'registry', text: host.redactor.redact(line) });
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  options: ListenerOptions & { readonly expectsContinue: boolean },
): Promise<Answer> {
  const { context, expectsContinue } = options;
  let caller: Caller = { kind: 'anonymous' };
  try {
    if (options.isSurplus(incoming)) return { reply: tooManyConnections, caller };
    const request = new RegistryRequest(incoming, response, { idleMs: context.limits.idleMs, expectsContinue });
    caller = (await options.authenticator?.identify(request.header('authorization'))) ?? caller;
    const refusal = refuseCaller(caller, request.method, options);
    if (refusal !== undefined) return { reply: refusal, caller };
    const stranger = refuseWebPage(request, options);
    if (stranger !== undefined) return { reply: stranger, caller };
    const route = parseRoute(request.path);
    const reply = route.kind === 'refused' ? route.reply : await answerRequest(context, request, route);
    return { reply, caller };
  } catch (error) {
    if (!isClientFault(error)) tellOf(error, context);
    return { reply: replyOfFault(error), caller };
  }
}

function refuseCaller(caller: Caller, method: string, options: ListenerOptions): Reply | undefined {
  if (options.authenticator === undefined || caller.kind === 'user') return undefined;
  if (caller.kind === 'busy') return tooManyLogins;
  const isRead = method === 'GET' || method === 'HEAD';
  if (caller.kind === 'anonymous' && options.isAnonymousPullAllowed && isRead) return undefined;
  const message = caller.kind === 'unknown' ? 'the user or the password is wrong' : 'log in first';
  return withHeaders(refuse(401, 'UNAUTHORIZED', message), {
    'WWW-Authenticate': 'Basic realm="polyarch registry", charset="UTF-8"',
  });
}

/**
 * Refuses a change that a web page asks for where nobody has to log in: any page that is open in a browser on this
 * machine could send one (cross-site requests, DNS rebinding). Browsers name the page in `Origin`; clients of
 * registries never send it.
 */
function refuseWebPage(request: RegistryRequest, { authenticator }: ListenerOptions): Reply | undefined {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (authenticator !== undefined || isRead || request.header('origin') === undefined) return undefined;
  return refuse(403, 'DENIED', 'web pages may not change anything in this registry');
}

const tooManyConnections: Reply = withHeaders(
  refuse(429, 'TOOMANYREQUESTS', 'too many connections are open; try again'),
  { 'Retry-After': '1', Connection: 'close' },
);

const tooManyLogins: Reply = withHeaders(
  refuse(429, 'TOOMANYREQUESTS', 'too many passwords wait to be checked; try again'),
  { 'Retry-After': '2' },
);

function tellOf(error: unknown, { host }: RegistryContext): void {
  const text = host.redactor.redact(error instanceof Error ? error.message : String(error));
  host.emit({ kind: 'note', level: 'warning', text: `The registry met an error: ${text}` });
}
