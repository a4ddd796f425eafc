import { request as requestPlain } from 'node:http';
import { Agent, type AgentOptions, request as requestSecure } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import { Fault, type FaultOptions } from '../errors/fault.ts';
import { proxyAuthorization } from './proxy.ts';

type Connected = (error: Error | null, stream: Duplex) => void;

/** Reaches HTTPS hosts through a proxy by CONNECT, and keeps the connections. https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6 */
export class TunnelAgent extends Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: ConnectionOptions, connected: Connected): undefined {
    const target = `${options.host ?? ''}:${options.port ?? 443}`;
    const way = `${target} through the proxy ${this.#proxy.host}`;
    const request = (this.#proxy.protocol === 'https:' ? requestSecure : requestPlain)({
      host: this.#proxy.hostname.replace(/^\[|\]$/g, ''),
      port: this.#proxy.port || (this.#proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...proxyAuthorization(this.#proxy) },
      agent: false,
    });
    const failed = connected as (error: Error) => void; // Node's own agents call it so; the type always wants a stream
    request.once('connect', (answer, socket: Socket) => {
      if (answer.statusCode === 200) {
        const secured = connect({ ...options, socket });
        secured.once('error', failed);
        secured.once('secureConnect', () => {
          secured.removeListener('error', failed);
          connected(null, secured);
        });
        return;
      }
      socket.destroy();
      failed(refusalFault(way, answer.statusCode ?? 0));
    });
    request.once('response', (answer) => {
      answer.destroy();
      failed(refusalFault(way, answer.statusCode ?? 0));
    });
    request.once('error', (cause) => failed(proxyFault(way, cause.message, { cause, retryable: true })));
    request.end();
    return undefined;
  }
}

function refusalFault(way: string, status: number): Fault {
  return proxyFault(way, `it answers CONNECT with ${status}`, { retryable: status >= 502 && status <= 504 });
}

function proxyFault(way: string, why: string, options: FaultOptions): Fault {
  const hint = 'Check HTTPS_PROXY and NO_PROXY, and what the proxy allows';
  return new Fault('REGISTRY_UNREACHABLE', `Cannot reach ${way}: ${why}`, { hint, ...options });
}
