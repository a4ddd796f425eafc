import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody, readWholeBody } from './request-body.ts';

export interface BodyOptions {
  /** Bytes. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** A request as the endpoints see it. */
export class RegistryRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #idleMs: number;
  /** The client sends its body only when it is told to. */
  #mustContinue: boolean;

  constructor(
    incoming: IncomingMessage,
    response: ServerResponse,
    options: { readonly idleMs: number; readonly expectsContinue: boolean },
  ) {
    const { path, query } = splitTarget(incoming.url ?? '/');
    this.method = incoming.method ?? 'GET';
    this.path = path;
    this.query = new URLSearchParams(query);
    this.#incoming = incoming;
    this.#response = response;
    this.#idleMs = options.idleMs;
    this.#mustContinue = options.expectsContinue;
  }

  header(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** Bytes of the body as announced; undefined where it comes in pieces of unknown number. */
  get announcedBytes(): number | undefined {
    if (this.header('transfer-encoding') !== undefined) return undefined;
    const length = this.header('content-length');
    return length === undefined ? 0 : Number(length);
  }

  /** @throws {Fault} SERVER_BODY_CUT_OFF, SERVER_BODY_STALLED, SERVER_BODY_TOO_LARGE */
  body(options: BodyOptions): AsyncIterable<Uint8Array> {
    this.#continue();
    return readBody(this.#incoming, { idleMs: this.#idleMs, ...options });
  }

  /** @throws {Fault} SERVER_BODY_CUT_OFF, SERVER_BODY_STALLED, SERVER_BODY_TOO_LARGE */
  wholeBody(options: BodyOptions): Promise<Buffer> {
    this.#continue();
    return readWholeBody(this.#incoming, { idleMs: this.#idleMs, ...options });
  }

  #continue(): void {
    if (this.#mustContinue) this.#response.writeContinue();
    this.#mustContinue = false;
  }
}

/** Path and query of a request target, which may be a whole URL. Never normalised: `..` stays what it is, and is refused. */
function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const local = target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = local.indexOf('?');
  const path = mark === -1 ? local : local.slice(0, mark);
  return { path: path === '' ? '/' : path, query: mark === -1 ? '' : local.slice(mark + 1) };
}
