import type { Host } from '../host/host.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { type Credentials, hideCredentials } from './credentials.ts';
import { type CredentialSearch, findCredentials } from './find-credentials.ts';
import { decodeGrants } from './grants.ts';
import { coversScopes, mergeScopes, parseScopes, type Scope } from './scope.ts';
import { basicAuthorization, type TokenAnswer, type TokenWish } from './token.ts';

export interface AuthorizerOptions {
  readonly host: Host;
  readonly registry: string;
  /** Default: looked up. */
  readonly credentials: Credentials | 'anonymous' | undefined;
  /** Asks a token service. */
  readonly fetchToken: (wish: TokenWish) => Promise<TokenAnswer>;
  /** The WWW-Authenticate headers that the registry answers at its root. */
  readonly fetchChallenges: () => Promise<readonly string[]>;
}

/** A refusal that may be answered with another Authorization. */
export interface Refusal {
  readonly challenges: readonly string[];
  readonly scopes: readonly Scope[];
  /** The Authorization that was refused. */
  readonly sent: string | undefined;
  /** How many times this request was refused before. */
  readonly refusedBefore: number;
}

interface HeldToken {
  readonly scopes: readonly Scope[];
  readonly authorization: string;
  readonly refreshAtMs: number;
}

const credentialsKeptMs = 60_000;
const usedShare = 0.8;

/** Knows how one registry wants to be asked, and keeps its tokens: one for each set of scopes, renewed before it ends. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #fetching = new Map<string, Promise<HeldToken>>();
  readonly #demanded = new Map<string, readonly Scope[]>();
  /** By repository: podman's files may have a login for each. */
  readonly #searches = new Map<string, { readonly found: Promise<CredentialSearch>; readonly atMs: number }>();
  readonly #granted = new Map<string, readonly Scope[] | undefined>();
  #challenge: Challenge | undefined;
  #tokens: readonly HeldToken[] = [];
  #lastSearch: CredentialSearch | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** What the last search for credentials came to; undefined where none was needed yet. */
  get lastSearch(): CredentialSearch | undefined {
    return this.#lastSearch;
  }

  /** What the last token for these scopes allows, where one was asked for and tells it. */
  granted(scopes: readonly Scope[]): readonly Scope[] | undefined {
    return this.#granted.get(keyOf(this.#wanted(scopes)));
  }

  /** The Authorization for a request with these scopes; undefined while the registry has not asked for one. */
  async authorization(scopes: readonly Scope[]): Promise<string | undefined> {
    const challenge = this.#challenge;
    if (challenge === undefined) return undefined;
    const wanted = this.#wanted(scopes);
    const held = this.#heldToken(wanted);
    if (held !== undefined) return held.authorization;
    const { credentials } = await this.#credentials(scopes);
    if (credentials?.kind === 'registry-token') return `Bearer ${credentials.token}`;
    if (challenge.scheme === 'bearer') return (await this.#token(challenge, wanted, credentials)).authorization;
    if (credentials === undefined) return undefined;
    return basicAuthorization(
      credentials.username,
      credentials.kind === 'password' ? credentials.password : credentials.token,
    );
  }

  /** Learns from a 401. Whether the same request may now be answered otherwise. */
  async learn(refusal: Refusal): Promise<boolean> {
    let offered = chooseChallenge(refusal.challenges) ?? this.#challenge;
    offered ??= chooseChallenge(await this.#options.fetchChallenges());
    if (offered === undefined) return false;
    this.#challenge = offered;
    if (refusal.sent !== undefined) this.#searches.clear();
    if (offered.scheme === 'bearer') return this.#learnBearer(offered, refusal);
    const next = await this.authorization(refusal.scopes);
    return next !== undefined && next !== refusal.sent;
  }

  #learnBearer(challenge: Challenge, refusal: Refusal): boolean {
    const { scopes, sent, refusedBefore } = refusal;
    const demanded = parseScopes(challenge.parameters['scope']);
    const before = this.#wanted(scopes);
    this.#demanded.set(keyOf(scopes), mergeScopes(demanded, before));
    this.#tokens = this.#tokens.filter(({ authorization }) => authorization !== sent);
    const wantsMore = !coversScopes(before, demanded);
    return refusedBefore === 0 || wantsMore || challenge.parameters['error'] !== 'insufficient_scope';
  }

  /** What is asked for to get these scopes: what the registry demanded when they were last refused. */
  #wanted(scopes: readonly Scope[]): readonly Scope[] {
    return this.#demanded.get(keyOf(scopes)) ?? mergeScopes(scopes);
  }

  #heldToken(wanted: readonly Scope[]): HeldToken | undefined {
    const nowMs = this.#options.host.clock.monotonicMs();
    this.#tokens = this.#tokens.filter(({ refreshAtMs }) => refreshAtMs > nowMs);
    return this.#tokens.find((token) => coversScopes(token.scopes, wanted));
  }

  /** Asks for a token; askers of the same scopes share one request. */
  async #token(
    challenge: Challenge,
    scopes: readonly Scope[],
    credentials: TokenWish['credentials'],
  ): Promise<HeldToken> {
    const key = keyOf(scopes);
    const fetching = this.#fetching.get(key) ?? this.#fetch({ ...namesOf(challenge), scopes, credentials });
    this.#fetching.set(key, fetching);
    try {
      return await fetching;
    } finally {
      this.#fetching.delete(key);
    }
  }

  async #fetch(wish: TokenWish): Promise<HeldToken> {
    const { host, fetchToken } = this.#options;
    const askedAtMs = host.clock.monotonicMs();
    const { token, lifetimeMs } = await fetchToken(wish);
    host.redactor.add(token);
    this.#granted.set(keyOf(wish.scopes), decodeGrants(token));
    const held = {
      scopes: wish.scopes,
      authorization: `Bearer ${token}`,
      refreshAtMs: askedAtMs + lifetimeMs * usedShare,
    };
    this.#tokens = [...this.#tokens, held];
    return held;
  }

  /** The login, looked up again after a minute and after a refusal: helpers hand out secrets that last minutes. */
  async #credentials(scopes: readonly Scope[]): Promise<CredentialSearch> {
    const { host, registry, credentials } = this.#options;
    if (credentials === 'anonymous') return { failures: [] };
    if (credentials !== undefined) {
      hideCredentials(host, credentials);
      return { credentials, place: 'the options', failures: [] };
    }
    const repository = repositoryOf(scopes);
    const nowMs = host.clock.monotonicMs();
    let search = this.#searches.get(repository);
    if (search === undefined || nowMs - search.atMs > credentialsKeptMs) {
      search = { found: findCredentials(host, registry, repository), atMs: nowMs };
      this.#searches.set(repository, search);
    }
    this.#lastSearch = await search.found;
    return this.#lastSearch;
  }
}

/** Bearer before Basic: a token says less than a password. Other schemes are not spoken. */
function chooseChallenge(headers: readonly string[]): Challenge | undefined {
  const challenges = parseChallenges(headers);
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && (parameters['realm'] ?? '') !== '');
  return bearer ?? challenges.find(({ scheme }) => scheme === 'basic');
}

function namesOf({ parameters }: Challenge): Pick<TokenWish, 'realm' | 'service'> {
  return { realm: parameters['realm'] ?? '', service: parameters['service'] };
}

function keyOf(scopes: readonly Scope[]): string {
  return [...scopes].sort().join(' ');
}

function repositoryOf(scopes: readonly Scope[]): string {
  return /^repository:(.*):[^:]*$/.exec(scopes[0] ?? '')?.[1] ?? '';
}
