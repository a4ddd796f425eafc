import { BlockList, isIP } from 'node:net';
import { Fault } from '../errors/fault.ts';
import { isLoopback } from './network-place.ts';

export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that a request goes through, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY in either case, as curl and Go read
 * them. This machine is never reached through a proxy. @throws {Fault} PROXY_MALFORMED
 */
export function chooseProxy(target: URL, env: ProxyEnvironment): URL | undefined {
  const name = target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const written = env[name.toLowerCase()] ?? env[name] ?? env['all_proxy'] ?? env['ALL_PROXY'] ?? '';
  if (written === '' || isLoopback(target.hostname)) return undefined;
  if (isExcepted(target, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return undefined;
  return parseProxy(written, name);
}

/** The header that proves to a proxy who is asking, where its URL has a user. */
export function proxyAuthorization(proxy: URL): Readonly<Record<string, string>> {
  if (proxy.username === '') return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

function parseProxy(written: string, variable: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy !== undefined && (proxy.protocol === 'http:' || proxy.protocol === 'https:')) return proxy;
  throw new Fault('PROXY_MALFORMED', `Cannot use ${variable}: it is no URL of an HTTP proxy`, {
    where: { path: variable },
  });
}

function isExcepted(target: URL, exceptions: string): boolean {
  const hostname = target.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  return exceptions
    .split(/[\s,]+/)
    .filter((rule) => rule !== '')
    .some((rule) => matchesRule(rule.toLowerCase(), hostname, port));
}

function matchesRule(rule: string, hostname: string, port: string): boolean {
  if (rule === '*') return true;
  if (rule.includes('/')) return isInSubnet(rule, hostname);
  const [, name = rule, rulePort] = /^(.*?):(\d+)$/.exec(isIP(rule) === 6 ? `[${rule}]` : rule) ?? [];
  if (rulePort !== undefined && rulePort !== port) return false;
  const bare = name.replace(/^\*?\.|^\[|\]$/g, '');
  return hostname === bare || (isIP(hostname) === 0 && hostname.endsWith(`.${bare}`));
}

function isInSubnet(rule: string, hostname: string): boolean {
  const [network = '', prefix = ''] = rule.split('/');
  const families = { 4: 'ipv4', 6: 'ipv6' } as const;
  const family = isIP(network);
  if ((family !== 4 && family !== 6) || isIP(hostname) === 0 || !/^\d{1,3}$/.test(prefix)) return false;
  if (Number(prefix) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), families[family]);
  return list.check(hostname, isIP(hostname) === 4 ? 'ipv4' : 'ipv6');
}
