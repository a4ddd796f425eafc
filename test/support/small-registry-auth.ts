import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, json } from './small-registry-state.ts';

export interface SmallAuthOptions {
  readonly kind: 'basic' | 'bearer';
  /** By user name. Default: anybody may have a token. */
  readonly passwords?: Readonly<Record<string, string>>;
  /** Identity tokens that are taken by OAuth2's POST. */
  readonly identityTokens?: readonly string[];
  /** What the token service answers to POST. Default: a token. */
  readonly postStatus?: 400 | 401 | 404 | 405;
  /** What the token service answers to GET. Default: a token. */
  readonly getStatus?: 404 | 405 | 503;
  /** Requests after which a token is refused. Default: it is good for ever. */
  readonly requestsPerToken?: number;
  readonly expiresIn?: number;
  readonly tokenField?: 'token' | 'access_token';
  /** Tokens that tell what they allow. Default: opaque ones. */
  readonly givesJwt?: boolean;
  /** Whether refusals say how to prove oneself. `root-only`: only at /v2/. Default: always. */
  readonly challenge?: 'always' | 'root-only' | 'never';
  readonly error?: 'invalid_token' | 'insufficient_scope';
  /** Replaces the realm. */
  readonly realm?: string;
  /** Actions that no token ever grants. */
  readonly withholds?: readonly string[];
  /** The scope that DELETE wants beside those of a push. */
  readonly deleteAction?: 'delete' | '*';
}

export interface SeenTokenRequest {
  readonly method: string;
  readonly scopes: readonly string[];
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
}

/** The login of the small registry, and its token service at /token. */
export class SmallAuth {
  readonly options: SmallAuthOptions;
  readonly tokenRequests: SeenTokenRequest[] = [];
  readonly #tokens = new Map<string, { readonly scopes: readonly string[]; uses: number }>();

  constructor(options: SmallAuthOptions) {
    this.options = options;
  }

  /** Every token that was given out. */
  get tokens(): readonly string[] {
    return [...this.#tokens.keys()];
  }

  /** Makes every token given out so far useless. */
  revoke(): void {
    for (const token of this.#tokens.values()) token.uses = Number.POSITIVE_INFINITY;
  }

  /** Whether the request was answered here: by a token, or by a refusal. */
  async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    if (url.pathname === '/token') {
      await this.#giveToken(request, response, url);
      return true;
    }
    if (this.#accepts(request, url)) return false;
    const { kind, challenge = 'always', error } = this.options;
    const isTold = challenge === 'always' || (challenge === 'root-only' && url.pathname === '/v2/');
    const realm = this.options.realm ?? `http://${request.headers.host ?? ''}/token`;
    const scope = scopeOf(request, url, this.options);
    const bearer = `Bearer realm="${realm}",service="small",scope="${scope}"${error === undefined ? '' : `,error="${error}"`}`;
    if (isTold) response.setHeader('www-authenticate', kind === 'basic' ? 'Basic realm="small"' : bearer);
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(
      request.method === 'HEAD'
        ? undefined
        : '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}',
    );
    return true;
  }

  #accepts(request: IncomingMessage, url: URL): boolean {
    const { authorization = '' } = request.headers;
    if (this.options.kind === 'basic') return this.#knows(authorization);
    const token = this.#tokens.get(authorization.replace(/^Bearer /, ''));
    if (token === undefined) return false;
    token.uses += 1;
    const granted = token.scopes.join(' ');
    const wanted = scopeOf(request, url, this.options).split(':').at(-1)?.split(',') ?? [];
    const covers =
      url.pathname === '/v2/' || wanted.every((action) => granted.includes(action) || granted.endsWith('*'));
    return covers && token.uses <= (this.options.requestsPerToken ?? Number.POSITIVE_INFINITY);
  }

  #knows(authorization: string): boolean {
    const pair = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString('utf8');
    const [user = '', ...password] = pair.split(':');
    return this.options.passwords?.[user] === password.join(':');
  }

  async #giveToken(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const form = new URLSearchParams((await bodyOf(request)).toString('utf8'));
    const { authorization } = request.headers;
    const isPost = request.method === 'POST';
    const scopes = isPost ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope');
    this.tokenRequests.push({ method: request.method ?? '', scopes, authorization, form });
    const status = isPost ? this.options.postStatus : this.options.getStatus;
    if (status !== undefined) return void response.writeHead(status).end('{}');
    if (!this.#mayAsk(authorization, form, isPost))
      return void response.writeHead(401).end('{"details":"wrong login"}');
    const granted = scopes.map((scope) => withhold(scope, this.options.withholds ?? []));
    const opaque = `small-token-${this.#tokens.size}-abcdefgh`;
    const token = this.options.givesJwt === true ? toJwt(granted, opaque) : opaque;
    this.#tokens.set(token, { scopes: granted, uses: 0 });
    const { tokenField = 'token', expiresIn } = this.options;
    json(response, { [tokenField]: token, ...(expiresIn === undefined ? {} : { expires_in: expiresIn }) });
  }

  #mayAsk(authorization: string | undefined, form: URLSearchParams, isPost: boolean): boolean {
    const { passwords, identityTokens = [] } = this.options;
    if (passwords === undefined && identityTokens.length === 0) return true;
    if (!isPost) return authorization !== undefined && this.#knows(authorization);
    const token = form.get('refresh_token');
    if (token !== null) return identityTokens.includes(token);
    return passwords?.[form.get('username') ?? ''] === form.get('password');
  }
}

/** A JSON Web Token as distribution's token services write it, signed by nobody. */
function toJwt(scopes: readonly string[], signature: string): string {
  const access = scopes.map((scope) => {
    const [type, name, actions = ''] = scope.split(':');
    return { type, name, actions: actions.split(',').filter((action) => action !== '') };
  });
  const parts = [{ alg: 'none' }, { access }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return [...parts, signature].join('.');
}

function scopeOf({ method }: IncomingMessage, url: URL, { deleteAction }: SmallAuthOptions): string {
  const name = /^\/v2\/(.+)\/(?:blobs|manifests|tags|referrers)\//.exec(url.pathname)?.[1];
  if (name === undefined) return url.pathname === '/v2/_catalog' ? 'registry:catalog:*' : '';
  if (method === 'GET' || method === 'HEAD') return `repository:${name}:pull`;
  if (method === 'DELETE' && deleteAction !== undefined) return `repository:${name}:${deleteAction}`;
  return `repository:${name}:pull,push`;
}

function withhold(scope: string, actions: readonly string[]): string {
  const at = scope.lastIndexOf(':');
  const granted = scope
    .slice(at + 1)
    .split(',')
    .filter((action) => !actions.includes(action));
  return `${scope.slice(0, at)}:${granted.join(',')}`;
}
