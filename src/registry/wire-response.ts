import type { IncomingMessage } from 'node:http';
import { Fault } from '../errors/fault.ts';
import type { StallWatch } from './stall-watch.ts';

export interface WireResponseOptions {
  readonly url: URL;
  readonly watch: StallWatch;
  readonly receiveMs: number;
  /** Gives the fault for what the network stack reports, or throws the reason of an interruption. */
  readonly toFault: (error: unknown) => Fault;
  /** Called once, when the body is read, left or broken. */
  readonly onEnd: () => void;
}

/** The answer to one request. Its body must be read once, or discarded: until then it holds a connection. */
export class WireResponse {
  readonly status: number;
  readonly url: URL;
  readonly #message: IncomingMessage;
  readonly #options: WireResponseOptions;

  constructor(message: IncomingMessage, options: WireResponseOptions) {
    this.status = message.statusCode ?? 0;
    this.url = options.url;
    this.#message = message;
    this.#options = options;
    // An answer that breaks before anybody reads it must not end the process; the reader meets the break.
    message.on('error', () => undefined);
  }

  /** The value of a header; the first where it was sent more than once. */
  header(name: string): string | undefined {
    return this.#message.headersDistinct[name]?.[0];
  }

  /** Every value of a header, in order. */
  headers(name: string): readonly string[] {
    return this.#message.headersDistinct[name] ?? [];
  }

  /** The media type without parameters, in lower case. */
  get mediaType(): string {
    return (this.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  }

  /** Content-Length, where the server tells it. */
  get length(): number | undefined {
    const text = this.header('content-length');
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  }

  /** The body, piece by piece. @throws {Fault} REGISTRY_UNREACHABLE, REGISTRY_TIMED_OUT */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    const { watch, receiveMs, toFault, onEnd } = this.#options;
    const iterator: AsyncIterator<Uint8Array> = this.#message[Symbol.asyncIterator]();
    try {
      for (;;) {
        watch.begin('sent no more bytes', receiveMs);
        const next = await iterator.next();
        watch.end(next.done === true ? 0 : next.value.byteLength);
        if (next.done === true) break;
        yield next.value;
      }
      if (!this.#message.complete) throw toFault(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    } catch (error) {
      throw toFault(error);
    } finally {
      if (!this.#message.complete) this.#message.destroy();
      onEnd();
    }
  }

  /** The whole body. @throws {Fault} REGISTRY_ANSWER_TOO_LARGE beyond `limitBytes` */
  async bytes(limitBytes: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of this.pieces()) {
      size += piece.byteLength;
      if (size > limitBytes) throw tooLarge(this.url, limitBytes);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  /** The beginning of the body as text, at most `limitBytes`. Never throws for what the network does. */
  async excerpt(limitBytes: number): Promise<string> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const piece of this.pieces()) {
        pieces.push(piece);
        size += piece.byteLength;
        if (size >= limitBytes) break;
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
    return Buffer.concat(pieces).subarray(0, limitBytes).toString('utf8');
  }

  /** Reads what is left, up to 64 KiB, so that the connection can serve again; else closes it. */
  async discard(): Promise<void> {
    await this.excerpt(64 * 1024);
  }
}

function tooLarge(url: URL, limitBytes: number): Fault {
  return new Fault(
    'REGISTRY_ANSWER_TOO_LARGE',
    `Cannot read the answer of ${url.host}${url.pathname}: it has more than ${limitBytes} bytes`,
  );
}
