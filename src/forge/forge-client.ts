import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { decideForgeRetry, type ForgeDecision, isRateLimit } from './forge-retry.ts';
import type { ForgeAnswer, ForgeRequest, ForgeWire } from './forge-wire.ts';

export interface ForgeClientOptions {
  readonly host: Host;
  readonly wire: ForgeWire;
  /** As it is told: `GitHub`. */
  readonly name: string;
  /** The root of the API; every request stays on its host. */
  readonly api: URL;
  /** Sent with every request; holds the token. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What is asked of a forge. */
export interface ForgeCall {
  readonly method: ForgeRequest['method'];
  /** Below the root of the API, without a slash before it; or a whole URL of the same host. */
  readonly path: string;
  readonly body?: object;
  /** As in "Cannot ‹what› at GitHub": `read the comments of pull request 7`. */
  readonly what: string;
  /** Statuses from 400 on that are an answer to the caller. Default: none. */
  readonly taken?: readonly number[];
}

export interface ForgeDocument {
  readonly status: number;
  /** Parsed; undefined where the body is empty. */
  readonly value: unknown;
  readonly header: ForgeAnswer['header'];
}

const pagesAtMost = 100;
const redirectsAtMost = 3;
const announcedFromMs = 2000;

/** Asks a forge, again where that may help, until it is answered; and reads lists page by page. */
export class ForgeClient {
  readonly #options: ForgeClientOptions;

  constructor(options: ForgeClientOptions) {
    this.#options = options;
  }

  /** @throws {Fault} FORGE_DENIED, FORGE_RATE_LIMITED, FORGE_UNREACHABLE, FORGE_REFUSED, FORGE_ANSWER_MALFORMED */
  async call(call: ForgeCall): Promise<ForgeDocument> {
    const answer = await this.#answer(call);
    if (answer.status >= 400 && !isTaken(call, answer)) throw this.#refusal(call, answer);
    const value = answer.status >= 400 || answer.text.trim() === '' ? undefined : this.#parse(call, answer);
    return { status: answer.status, value, header: answer.header };
  }

  /** Every element of a list, over all its pages. @throws {Fault} as `call` */
  async list(call: ForgeCall): Promise<readonly unknown[]> {
    const found: unknown[] = [];
    let path: string | undefined = call.path;
    for (let page = 0; path !== undefined && page < pagesAtMost; page += 1) {
      const { value, header } = await this.call({ ...call, path });
      if (!Array.isArray(value)) throw this.#fault('FORGE_ANSWER_MALFORMED', call, 'its answer is no list');
      found.push(...(value as readonly unknown[]));
      path = nextPage(header('link'));
    }
    return found;
  }

  /** @throws {Fault} FORGE_ANSWER_MALFORMED */
  malformed(what: string, why: string): Fault {
    return this.#fault('FORGE_ANSWER_MALFORMED', { what }, why);
  }

  async #answer(call: ForgeCall): Promise<ForgeAnswer> {
    let failedCount = 0;
    let askedMs = 0;
    for (;;) {
      const answer = await this.#try(call);
      if (!isFault(answer) && (answer.status < 400 || isTaken(call, answer))) return answer;
      failedCount += 1;
      const history = { failedCount, askedMs, jitter: Number.parseInt(this.#options.host.randomHex(4), 16) / 2 ** 32 };
      const decision = decideForgeRetry(isFault(answer) ? 'broken' : answer, history, this.#options.host.clock.now());
      if (decision.kind === 'give-up') return this.#giveUp(call, answer, { ...decision, failedCount });
      if (decision.asked) askedMs += decision.afterMs;
      await this.#wait(answer, decision.afterMs);
    }
  }

  /** One try, with redirects followed as long as they stay on the host: a token is shown to nobody else. */
  async #try(call: ForgeCall): Promise<ForgeAnswer | Fault> {
    const { api, headers, wire } = this.#options;
    const body = call.body === undefined ? {} : { body: JSON.stringify(call.body) };
    let url = this.#urlOf(call, call.path, api);
    for (let followed = 0; ; followed += 1) {
      try {
        const answer = await wire.exchange({ method: call.method, url, headers, ...body });
        const location = isRedirect(answer.status) ? answer.header('location') : undefined;
        if (location === undefined) return answer;
        const isKept = call.method === 'GET' || answer.status === 307 || answer.status === 308;
        if (followed >= redirectsAtMost || !isKept)
          throw this.#fault('FORGE_REFUSED', call, `it answers ${answer.status}, expected no redirect`);
        url = this.#urlOf(call, location, url);
      } catch (error) {
        if (!isFault(error) || !error.retryable) throw this.#broken(call, error);
        return error;
      }
    }
  }

  #urlOf(call: ForgeCall, path: string, base: URL): URL {
    const root = base.href.endsWith('/') || base !== this.#options.api ? base.href : `${base.href}/`;
    const url = URL.canParse(path, root) ? new URL(path, root) : undefined;
    if (url?.origin === this.#options.api.origin) return url;
    throw this.#fault('FORGE_REFUSED', call, `it points at another host ("${(url?.host ?? path).slice(0, 100)}")`);
  }

  async #wait(answer: ForgeAnswer | Fault, ms: number): Promise<void> {
    const { host, name } = this.#options;
    const what = isFault(answer) ? 'could not be reached, or broke off' : `answered ${answer.status}`;
    if (ms >= announcedFromMs) {
      const text = `${name} ${what}; trying again in ${Math.round(ms / 1000)} s`;
      host.emit({ kind: 'note', level: 'info', text });
    }
    await host.clock.sleep(ms, host.signal);
  }

  #giveUp(
    call: ForgeCall,
    answer: ForgeAnswer | Fault,
    { why, failedCount }: ForgeDecision & { readonly kind: 'give-up'; readonly failedCount: number },
  ): ForgeAnswer {
    if (!isFault(answer) && why === 'final') return answer;
    const tried = failedCount < 2 ? '' : ` (tried ${failedCount} times)`;
    if (isFault(answer)) throw this.#broken(call, answer, tried);
    const asked = why === 'asked-too-long' ? ' and asks to wait longer than polyarch does' : tried;
    const code = isRateLimit(answer) ? 'FORGE_RATE_LIMITED' : 'FORGE_UNREACHABLE';
    throw this.#fault(code, call, `it answers ${answer.status}${this.#said(answer)}${asked}`);
  }

  #broken(call: ForgeCall, error: unknown, tried = ''): Error {
    if (!(error instanceof Error)) return new Error(String(error));
    if (!isFault(error) || error.code === 'INTERRUPTED' || error.code.startsWith('FORGE_')) return error;
    return this.#fault('FORGE_UNREACHABLE', call, `${reasonOf(error)}${tried}`);
  }

  #refusal(call: ForgeCall, answer: ForgeAnswer): Fault {
    const isDenied = answer.status === 401 || answer.status === 403 || answer.status === 404;
    return this.#fault(
      isDenied ? 'FORGE_DENIED' : 'FORGE_REFUSED',
      call,
      `it answers ${answer.status}${this.#said(answer)}`,
    );
  }

  #parse(call: ForgeCall, { text }: ForgeAnswer): unknown {
    try {
      return JSON.parse(text);
    } catch {
      // What the parser says of a web page helps nobody.
      throw this.#fault('FORGE_ANSWER_MALFORMED', call, 'its answer is not JSON');
    }
  }

  /** What the forge gives as its reason: `message` on GitHub, `message` or `error` on GitLab. */
  #said({ text }: ForgeAnswer): string {
    const said = /"(?:message|error_description|error)"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
    return said === undefined ? '' : `: ${said.slice(0, 300)}`;
  }

  #fault(code: Fault['code'], { what }: Pick<ForgeCall, 'what'>, why: string): Fault {
    const { host, name } = this.#options;
    return new Fault(code, host.redactor.redact(`Cannot ${what} at ${name}: ${why}`));
  }
}

/** What the wire tells, without its "Cannot exchange anything with". */
function reasonOf({ message }: Fault): string {
  return message.replace(/^Cannot exchange anything with /, '');
}

/** A 403 may also say that the budget is used up, which is no answer to anything. */
function isTaken({ taken = [] }: ForgeCall, answer: ForgeAnswer): boolean {
  return taken.includes(answer.status) && !isRateLimit(answer);
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** The next page by the Link header, as GitHub and GitLab write it. https://www.rfc-editor.org/rfc/rfc8288 */
function nextPage(link: string | undefined): string | undefined {
  return /<([^>]*)>\s*;[^,<]*rel="?next"?/.exec(link ?? '')?.[1];
}
