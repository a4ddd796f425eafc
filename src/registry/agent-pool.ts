import { Agent, type AgentOptions } from 'node:http';
import type { Agent as SecureAgent } from 'node:https';
import type { Host } from '../host/host.ts';
import { loadCertificates } from './certificates.ts';
import { chooseProxy } from './proxy.ts';

/** The way to one server. */
export interface Route {
  readonly agent: Agent | SecureAgent;
  /** Where plain HTTP is asked of a proxy, which then wants the whole URL as the path. */
  readonly proxy?: URL;
}

export interface AgentTrust {
  /** `host:port` of the one server whose certificate nobody need vouch for. Default: none. */
  readonly trustedHost?: string;
}

const keptOpen: AgentOptions = { keepAlive: true, maxSockets: 64, maxFreeSockets: 16, scheduling: 'lifo' };

/** Keeps connections open between requests, one pool for each way: plain, TLS by host, through a proxy. */
export class AgentPool {
  readonly #host: Host;
  readonly #trust: AgentTrust;
  readonly #routes = new Map<string, Promise<Route>>();

  constructor(host: Host, trust: AgentTrust = {}) {
    this.#host = host;
    this.#trust = trust;
  }

  /** @throws {Fault} PROXY_MALFORMED, REGISTRY_TLS */
  route(url: URL): Promise<Route> {
    const key = url.protocol === 'https:' ? url.origin : url.hostname;
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    const opened = this.#open(url);
    this.#routes.set(key, opened);
    opened.catch(() => this.#routes.delete(key));
    return opened;
  }

  /** Closes what is idle and what is busy. */
  async close(): Promise<void> {
    const routes = await Promise.allSettled(this.#routes.values());
    this.#routes.clear();
    for (const route of routes) if (route.status === 'fulfilled') route.value.agent.destroy();
  }

  async #open(url: URL): Promise<Route> {
    const proxy = chooseProxy(url, this.#host.env);
    if (proxy !== undefined) this.#host.redactor.add(decodeURIComponent(proxy.password));
    if (url.protocol === 'http:') return { agent: new Agent(keptOpen), ...(proxy === undefined ? {} : { proxy }) };
    const { ca, cert, key } = await loadCertificates(this.#host, url.host);
    const options = {
      ...keptOpen,
      ...(url.host === this.#trust.trustedHost ? { rejectUnauthorized: false } : {}),
      ...(ca === undefined ? {} : { ca: [...ca] }),
      ...(cert === undefined || key === undefined ? {} : { cert: [...cert], key: [...key] }),
    };
    if (proxy !== undefined) return { agent: new (await import('./tunnel.ts')).TunnelAgent(proxy, options) };
    return { agent: new (await import('node:https')).Agent(options) };
  }
}
