import { isInner } from './network-place.ts';

/** Where a server sends its client next: to an upload session, to a redirect, to the next page, to a token service. */
export type Location =
  | {
      readonly kind: 'allowed';
      readonly url: URL;
      /** Whether it is the registry itself, which alone may see the credentials. */
      readonly trusted: boolean;
    }
  | { readonly kind: 'refused'; readonly why: string };

export interface LocationContext {
  /** The request that was answered; relative places are meant from there. */
  readonly from: URL;
  /** The root of the registry. */
  readonly registry: URL;
}

/**
 * Resolves a place in every form that registries use: absolute, a path, without a scheme, on another host. A plain-HTTP
 * place on the registry's own host is raised to HTTPS: many registries behind a TLS proxy do not know that they are.
 *
 * Refuses what a hostile registry could use to reach inside the network of its client (SSRF): private, link-local and
 * loopback addresses that are not the registry's own, plain HTTP on another host, and other schemes.
 */
export function resolveLocation(text: string, context: LocationContext): Location {
  const { from, registry } = context;
  const meant = text.startsWith(`${registry.host}/`) ? `//${text}` : text;
  if (!URL.canParse(meant, from.href)) return { kind: 'refused', why: 'it is not a URL' };
  const url = new URL(meant, from.href);
  url.username = '';
  url.password = '';
  url.hash = '';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refused(`its scheme is ${url.protocol}`);
  if (registry.protocol === 'https:' && url.protocol === 'http:') {
    if (url.hostname !== registry.hostname) return refused('it leads from HTTPS to plain HTTP');
    raiseToHttps(url, registry);
  }
  if (url.hostname !== registry.hostname && isInner(url.hostname) && !isInner(registry.hostname))
    return refused('it is an address inside a private network');
  return { kind: 'allowed', url, trusted: url.origin === registry.origin };
}

/** An upload location with the digest that ends the session; everything else of its query stays as it is. */
export function withDigest(location: URL, digest: string): URL {
  const url = new URL(location.href);
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return url;
}

function raiseToHttps(url: URL, registry: URL): void {
  const { port } = url;
  url.protocol = 'https:';
  if (port === '' || port === '80') url.port = registry.port;
}

function refused(why: string): Location {
  return { kind: 'refused', why };
}
