import { isRecord } from '../oci/decode.ts';
import { parseJson } from '../oci/parse-json.ts';
import type { Credentials } from './credentials.ts';
import type { Scope } from './scope.ts';

/** What a token is asked for. https://distribution.github.io/distribution/spec/auth/token/ */
export interface TokenWish {
  /** As the registry wrote it. */
  readonly realm: string;
  readonly service: string | undefined;
  /** In the order in which they are sent. */
  readonly scopes: readonly Scope[];
  readonly credentials: Exclude<Credentials, { kind: 'registry-token' }> | undefined;
}

/** One request to a token service. */
export interface TokenRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly form?: string;
  /** The answers after which the next way is tried. */
  readonly elsewhereOn: readonly number[];
}

export interface TokenAnswer {
  readonly token: string;
  /** Milliseconds that it lasts from now. */
  readonly lifetimeMs: number;
}

const clientId = 'polyarch';
const usualLifetimeS = 60;

/**
 * The ways to ask for a token, best first. A password is sent by GET, an identity token by OAuth2's POST; each falls back
 * to the other where a registry does not know it: GCR answers 404, Artifactory 401, ACR 400, others 405.
 */
export function tokenRequests(wish: TokenWish, realm: URL): readonly TokenRequest[] {
  const { credentials } = wish;
  const asked = { ...wish, realm };
  if (credentials === undefined) return [byGet(asked, {}, [])];
  if (credentials.kind === 'identity-token') {
    const grant = { grant_type: 'refresh_token', refresh_token: credentials.token };
    const pair = basicAuthorization(credentials.username, credentials.token);
    return [byPost(asked, grant, [400, 401, 404, 405]), byGet(asked, { authorization: pair }, [])];
  }
  const { username, password } = credentials;
  const pair = basicAuthorization(username, password);
  return [
    byGet(asked, { authorization: pair }, [404, 405]),
    byPost(asked, { grant_type: 'password', username, password }, []),
  ];
}

/** The value of an Authorization header. https://www.rfc-editor.org/rfc/rfc7617 */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Reads the answer of a token service; undefined where it holds no token. */
export function decodeToken(bytes: Uint8Array): TokenAnswer | undefined {
  const answer = parseJson(bytes, 'token');
  if (!isRecord(answer)) return undefined;
  const token = textOf(answer['token']) || textOf(answer['access_token']);
  if (!/^[\x21-\x7e]+$/.test(token)) return undefined;
  const lifetimeS = Number(answer['expires_in']);
  return { token, lifetimeMs: (lifetimeS > 0 ? lifetimeS : usualLifetimeS) * 1000 };
}

type AskedTokenWish = Omit<TokenWish, 'realm'> & { readonly realm: URL };

function byGet(wish: AskedTokenWish, headers: TokenRequest['headers'], elsewhereOn: readonly number[]): TokenRequest {
  const url = new URL(wish.realm.href);
  if (wish.service !== undefined) url.searchParams.set('service', wish.service);
  for (const scope of wish.scopes) url.searchParams.append('scope', scope);
  if (wish.credentials !== undefined) url.searchParams.set('client_id', clientId);
  return { method: 'GET', url, headers, elsewhereOn };
}

function byPost(
  wish: AskedTokenWish,
  grant: Readonly<Record<string, string>>,
  elsewhereOn: readonly number[],
): TokenRequest {
  const form = new URLSearchParams({
    ...grant,
    ...(wish.service === undefined ? {} : { service: wish.service }),
    client_id: clientId,
    scope: wish.scopes.join(' '),
    access_type: 'offline',
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url: wish.realm, headers, form: form.toString(), elsewhereOn };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
