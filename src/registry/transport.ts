import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestPlain } from 'node:http';
import type { Socket } from 'node:net';
import type { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { AgentPool, type AgentTrust, type Route } from './agent-pool.ts';
import { proxyAuthorization } from './proxy.ts';
import { StallWatch } from './stall-watch.ts';
import { codeOf, WireFault, wireFault } from './wire-fault.ts';
import type { WireLimits } from './wire-limits.ts';
import { WireResponse } from './wire-response.ts';

/** A body of known length that can be sent again. */
export interface WireBody {
  /** Bytes. */
  readonly size: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case; without host and content-length. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: WireBody;
  readonly limits: WireLimits;
  readonly signal: AbortSignal;
}

/** What one exchange came to. A fault of the body's own source is thrown instead: it is not the other side's. */
export type Exchanged =
  | { readonly kind: 'answered'; readonly response: WireResponse }
  | { readonly kind: 'broken'; readonly fault: Fault };

/** Carries single requests over connections that are kept open. Knows nothing of registries, credentials or retries. */
export class Transport {
  readonly #host: Host;
  readonly #agents: AgentPool;

  constructor(host: Host, trust: AgentTrust = {}) {
    this.#host = host;
    this.#agents = new AgentPool(host, trust);
  }

  /**
   * Makes one request. An answer may come before the whole body is sent; the rest is then left unsent. A kept connection
   * that the other side closed meanwhile is replaced once.
   * @throws the reason of the signal, or what the source of the body throws
   */
  async exchange(request: WireRequest): Promise<Exchanged> {
    const route = await this.#agents.route(request.url);
    const first = await new Exchange(this.#host, request).run(route);
    return first === 'stale' ? this.#secondTry(request, route) : first;
  }

  close(): void {
    void this.#agents.close();
  }

  async #secondTry(request: WireRequest, route: Route): Promise<Exchanged> {
    const second = await new Exchange(this.#host, request).run(route);
    return second === 'stale' ? { kind: 'broken', fault: wireFault(staleError(), request.url) } : second;
  }
}

function staleError(): Error {
  return Object.assign(new Error('the connection was cut'), { code: 'ECONNRESET' });
}

/** One request on one connection. */
class Exchange {
  readonly #request: WireRequest;
  readonly #watch: StallWatch;
  #stalled: Fault | undefined;
  #stop: (error: Error) => void = () => undefined;
  #isOver = false;
  #isWritten = false;

  constructor(host: Host, request: WireRequest) {
    this.#request = request;
    this.#watch = new StallWatch({
      clock: host.clock,
      slowWindowMs: request.limits.slowWindowMs,
      slowBytes: request.limits.slowBytes,
      onStall: (what) => {
        this.#stalled = stallFault(request.url, what);
        this.#stop(this.#stalled);
      },
    });
  }

  async run(route: Route): Promise<Exchanged | 'stale'> {
    const { signal, limits, url } = this.#request;
    signal.throwIfAborted();
    const client = (url.protocol === 'https:' ? (await import('node:https')).request : requestPlain)(
      clientOptions(this.#request, route),
    );
    this.#stop = (error) => client.destroy(error);
    const onAbort = (): void => this.#stop(new Error('interrupted'));
    const release = (): void => {
      this.#watch.stop();
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#watch.begin('did not accept a connection', limits.connectMs);
    const answer = answerOf(client);
    const sent = this.#send(client, answer);
    try {
      const message = await answer;
      this.#watch.end(0);
      return { kind: 'answered', response: this.#respond(client, message, release) };
    } catch (error) {
      release();
      client.destroy();
      signal.throwIfAborted();
      const sending = await sent;
      if (sending.kind === 'source-failed') throw sending.error;
      return this.#isStale(client, error) ? 'stale' : { kind: 'broken', fault: this.#stalled ?? wireFault(error, url) };
    }
  }

  /** Whether a kept connection turned out closed. With a body this is told to the caller: some of it may have arrived. */
  #isStale(client: ClientRequest, error: unknown): boolean {
    const { body } = this.#request;
    const closed = codeOf(error) === 'ECONNRESET' || codeOf(error) === 'EPIPE';
    return closed && client.reusedSocket && this.#stalled === undefined && (body === undefined || body.size === 0);
  }

  /** Sends head and body. Never rejects. */
  async #send(client: ClientRequest, answer: Promise<unknown>): Promise<SendOutcome> {
    const over = answer
      .catch(() => undefined)
      .finally(() => {
        this.#isOver = true;
      });
    const { body, limits } = this.#request;
    if (body !== undefined && body.size > 0) {
      await Promise.race([connected(client), over]);
      this.#watch.end(0);
      try {
        await this.#sendBody(client, body, over);
      } catch (error) {
        client.destroy();
        return { kind: 'source-failed', error };
      }
    }
    // A request that is not ended keeps its connection, even when the answer came first.
    if (this.#isOver && !this.#isWritten) return { kind: 'sent' };
    client.end();
    await Promise.race([connected(client), over]);
    if (!this.#hasEnded()) this.#watch.begin('did not answer', limits.answerMs);
    return { kind: 'sent' };
  }

  /** Sends piece by piece, as fast as the other side takes it, until all is sent or the answer is there. */
  async #sendBody(client: ClientRequest, body: WireBody, over: Promise<unknown>): Promise<void> {
    let leftBytes = body.size;
    for await (const piece of body.open()) {
      if (this.#isOver) return;
      leftBytes -= piece.byteLength;
      this.#isWritten = leftBytes <= 0;
      this.#watch.begin('took no more bytes', this.#request.limits.sendMs);
      if (!client.write(piece)) await Promise.race([drained(client), over]);
      if (this.#hasEnded()) return;
      this.#watch.end(piece.byteLength);
    }
  }

  #hasEnded(): boolean {
    return this.#isOver;
  }

  #respond(client: ClientRequest, message: IncomingMessage, release: () => void): WireResponse {
    const { signal, limits, url, body } = this.#request;
    this.#stop = (error) => message.destroy(error);
    // Who refuses a body may have left part of it unread; the next request would wait behind that.
    const isRefused = (message.statusCode ?? 0) >= 400 || !this.#isWritten;
    if (body !== undefined && body.size > 0 && isRefused) client.shouldKeepAlive = false;
    return new WireResponse(message, {
      url,
      watch: this.#watch,
      receiveMs: limits.receiveMs,
      toFault: (error) => {
        signal.throwIfAborted();
        return this.#stalled ?? wireFault(error, url);
      },
      onEnd: () => {
        release();
        if (!client.writableEnded) client.destroy();
      },
    });
  }
}

type SendOutcome = { readonly kind: 'sent' } | { readonly kind: 'source-failed'; readonly error: unknown };

function clientOptions(request: WireRequest, { agent, proxy }: Route): RequestOptions {
  const { method, url, body } = request;
  const target = proxy ?? url;
  const length = body?.size ?? (method === 'GET' || method === 'HEAD' ? undefined : 0);
  return {
    agent,
    method,
    protocol: url.protocol,
    hostname: target.hostname.replace(/^\[|\]$/g, ''),
    port: target.port === '' ? (target.protocol === 'https:' ? 443 : 80) : target.port,
    path: proxy === undefined ? `${url.pathname}${url.search}` : url.href,
    headers: {
      host: url.host,
      ...request.headers,
      ...(proxy === undefined ? {} : proxyAuthorization(proxy)),
      ...(length === undefined ? {} : { 'content-length': String(length) }),
    },
  };
}

function answerOf(client: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    client.once('response', resolve);
    client.on('error', reject);
    client.once('close', () => reject(staleError()));
  });
}

/** Resolves when the request has a connection, which may be long before it is asked here. */
function connected(client: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    function watch(socket: Socket): void {
      if (socket.connecting) socket.once('connect', resolve);
      else resolve();
    }
    if (client.socket === null) client.once('socket', watch);
    else watch(client.socket);
  });
}

function drained(client: ClientRequest): Promise<void> {
  return new Promise((resolve) => client.once('drain', resolve));
}

function stallFault(url: URL, what: string): Fault {
  return new WireFault('REGISTRY_TIMED_OUT', `${url.host}: it ${what}`, { retryable: true });
}
