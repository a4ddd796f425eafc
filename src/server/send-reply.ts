import type { ServerResponse } from 'node:http';
import { bodyLength, type Reply, type ReplyContent } from './reply.ts';

/** A body that nobody wants any more is read and thrown away for so long, so that the client gets to see the answer. */
const lingerMs = 5_000;

/** Headers of every answer. */
const commonHeaders = { 'Docker-Distribution-Api-Version': 'registry/2.0', 'X-Content-Type-Options': 'nosniff' };

export interface SendOptions {
  /** A client that takes nothing for so long is cut off. */
  readonly idleMs: number;
}

/**
 * Sends a reply; to HEAD without its body. Of content only one piece is ever in memory. Where the client goes away, or
 * the content ends early, the connection is cut, so that a part is never taken for the whole. Gives the bytes sent.
 */
export async function sendReply(response: ServerResponse, reply: Reply, options: SendOptions): Promise<number> {
  const { body, status } = reply;
  try {
    response.writeHead(status, { ...commonHeaders, ...reply.headers, ...lengthHeader(reply) });
    const isBodiless = response.req.method === 'HEAD' || status === 204 || status === 304;
    const sent = isBodiless || body === undefined ? 0 : await sendBody(response, body, options);
    if (!isBodiless && sent !== bodyLength(body)) throw new Error('the content ended early');
    response.end();
    lingerOn(response);
    return sent;
  } catch {
    response.destroy();
    return 0;
  } finally {
    if (isContent(body)) await body.close();
  }
}

async function sendBody(
  response: ServerResponse,
  body: NonNullable<Reply['body']>,
  { idleMs }: SendOptions,
): Promise<number> {
  let sent = 0;
  for await (const chunk of isContent(body) ? body.read() : [typeof body === 'string' ? Buffer.from(body) : body]) {
    if (chunk.byteLength > 0) await sendChunk(response, chunk, idleMs);
    sent += chunk.byteLength;
  }
  return sent;
}

/** Resolves when the system has taken the whole chunk. */
function sendChunk(response: ServerResponse, chunk: Uint8Array, idleMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (response.destroyed) {
      reject(new Error('the client went away'));
      return;
    }
    const timer = setTimeout(() => end(new Error('the client takes nothing')), idleMs);
    function end(error?: Error | null): void {
      clearTimeout(timer);
      response.off('close', onClose);
      if (error instanceof Error) reject(error);
      else resolve();
    }
    function onClose(): void {
      end(new Error('the client went away'));
    }
    response.on('close', onClose);
    response.write(chunk, end);
  });
}

/** Cuts a client off that goes on sending a body which was answered already. */
function lingerOn(response: ServerResponse): void {
  const { req: request } = response;
  if (request.complete) return;
  const timer = setTimeout(() => request.destroy(), lingerMs);
  timer.unref();
  request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
}

function lengthHeader({ status, body }: Reply): Readonly<Record<string, number>> {
  return status === 204 || status === 304 ? {} : { 'Content-Length': bodyLength(body) };
}

function isContent(body: Reply['body']): body is ReplyContent {
  return typeof body === 'object' && !(body instanceof Uint8Array);
}
