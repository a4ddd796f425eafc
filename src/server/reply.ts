import { type DistributionCode, type DistributionError, formatErrors } from './distribution-error.ts';

/** Content that is sent as it is read; a chunk is valid until the next one is asked for. */
export interface ReplyContent {
  /** Bytes. */
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
  /** Called exactly once, whether it was read or not. */
  close(): Promise<void>;
}

export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>;

/** The answer to a request. Without a body `Content-Length` is 0. */
export interface Reply {
  readonly status: number;
  readonly headers?: ReplyHeaders;
  readonly body?: string | Uint8Array | ReplyContent;
}

/** A refusal with one reason, or with several of one code. */
export function refuse(
  status: number,
  code: DistributionCode,
  messages: string | readonly (string | Omit<DistributionError, 'code'>)[],
): Reply {
  const list = typeof messages === 'string' ? [messages] : messages;
  const errors = list.map((entry) => ({ code, ...(typeof entry === 'string' ? { message: entry } : entry) }));
  return { status, headers: { 'Content-Type': 'application/json' }, body: formatErrors(errors) };
}

/** The refusal of a registry whose disk or memory is used up. */
export function refuseFull(): Reply {
  return refuse(507, 'UNAVAILABLE', 'the registry has no room for more; images can still be pulled and deleted');
}

/** The same reply with more headers. */
export function withHeaders(reply: Reply, headers: ReplyHeaders): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

export function jsonReply(value: unknown, headers: ReplyHeaders = {}): Reply {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: `${JSON.stringify(value)}\n`,
  };
}

/** Bytes in a reply body. */
export function bodyLength(body: Reply['body']): number {
  if (body === undefined) return 0;
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.byteLength : body.size;
}
