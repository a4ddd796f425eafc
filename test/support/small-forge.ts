import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SmallComment {
  readonly id: number;
  body: string;
  readonly author: { readonly id: number; readonly login: string; readonly type: 'Bot' | 'User' };
}

/** An answer that is given instead of the true one, once. */
export interface SmallForgeFault {
  /** Tried against `METHOD /path?query`. */
  readonly when: RegExp;
  /** `silence`: never answers. `broken`: does as asked and then cuts the connection. */
  readonly what: number | 'silence' | 'broken';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface SmallForgeOptions {
  readonly kind: 'github' | 'gitlab';
  /** Who a token is and what it may. */
  readonly tokens: Readonly<
    Record<
      string,
      { readonly id: number; readonly login: string; readonly isApp?: boolean; readonly mayWrite: boolean }
    >
  >;
  /** Elements of a page, whatever is asked for. Default: 2. */
  readonly pageSize?: number;
}

const paths = {
  github: {
    root: '/api/v3',
    list: /^\/repos\/acme\/app\/issues\/7\/comments$/,
    one: /^\/repos\/acme\/app\/issues\/comments\/(\d+)$/,
    pull: /^\/repos\/acme\/app\/pulls\/7$/,
  },
  gitlab: {
    root: '/api/v4',
    list: /^\/projects\/42\/merge_requests\/7\/notes$/,
    one: /^\/projects\/42\/merge_requests\/7\/notes\/(\d+)$/,
    pull: /^\/projects\/42\/merge_requests\/7$/,
  },
} as const;

/** A working small GitHub or GitLab with one pull request, 7 of acme/app (project 42), over real HTTP. */
export class SmallForge {
  readonly options: SmallForgeOptions;
  readonly comments: SmallComment[] = [];
  description: string | null = null;
  /** What goes wrong next; each once, in any order. */
  readonly faults: SmallForgeFault[] = [];
  /** `METHOD /path?query` of everything that was asked. */
  readonly requests: string[] = [];
  /** Called before a request is carried out: the place where somebody else comes in between. */
  before: ((request: string) => unknown) | undefined;
  #nextId = 100;
  readonly #server: Server;

  private constructor(options: SmallForgeOptions) {
    this.options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => send(response, 500, { message: String(error) }));
    });
  }

  static async start(options: SmallForgeOptions): Promise<SmallForge> {
    const forge = new SmallForge(options);
    await new Promise<void>((resolve) => forge.#server.listen(0, '127.0.0.1', resolve));
    return forge;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get api(): string {
    return `${this.origin}${paths[this.options.kind].root}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  add(body: string, author: SmallComment['author']): SmallComment {
    const comment = { id: (this.#nextId += 1), body, author };
    this.comments.push(comment);
    return comment;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method ?? ''} ${request.url ?? ''}`;
    this.requests.push(line);
    const body = await bodyOf(request);
    const fault = this.#faultFor(line);
    if (fault?.what === 'silence') return;
    if (typeof fault?.what === 'number') {
      response.writeHead(fault.what, { 'content-type': 'application/json', ...fault.headers });
      response.end(fault.body ?? JSON.stringify({ message: `refused on request with ${fault.what}` }));
      return;
    }
    this.before?.(line);
    const { status, value, headers } = this.#carryOut(request, body);
    if (fault?.what === 'broken') response.destroy();
    else send(response, status, value, headers);
  }

  #faultFor(line: string): SmallForgeFault | undefined {
    const place = this.faults.findIndex(({ when }) => when.test(line));
    return place < 0 ? undefined : this.faults.splice(place, 1)[0];
  }

  #carryOut(request: IncomingMessage, body: Record<string, unknown>): Answer {
    const { kind, tokens } = this.options;
    const url = new URL(request.url ?? '/', this.origin);
    const { root, list, one, pull } = paths[kind];
    if (!url.pathname.startsWith(`${root}/`)) return refusal(404, 'Not Found');
    const path = url.pathname.slice(root.length);
    const who = tokens[tokenOf(request)];
    if (who === undefined) return refusal(401, 'Bad credentials');
    if (path === '/user')
      return who.isApp === true && kind === 'github'
        ? refusal(403, 'Resource not accessible by integration')
        : { status: 200, value: { id: who.id, login: who.login } };
    if (path === '/job') return { status: 200, value: { id: 1, user: { id: who.id } } };
    if (request.method !== 'GET' && !who.mayWrite) return refusal(403, 'Resource not accessible by integration');
    const author = { id: who.id, login: who.login, type: who.isApp === true ? ('Bot' as const) : ('User' as const) };
    if (list.test(path)) return request.method === 'POST' ? this.#create(body, author) : this.#page(url);
    const id = one.exec(path)?.[1];
    if (id !== undefined) return this.#change(Number(id), request.method ?? '', body);
    if (pull.test(path)) return this.#pull(request.method ?? '', body);
    return refusal(404, 'Not Found');
  }

  #create(body: Record<string, unknown>, author: SmallComment['author']): Answer {
    const text = String(body['body']);
    if (text.length > 65_536) return refusal(422, 'Body is too long (maximum is 65536 characters)');
    return { status: 201, value: this.#shown(this.add(text, author)) };
  }

  #page(url: URL): Answer {
    const size = this.options.pageSize ?? 2;
    const page = Number(url.searchParams.get('page') ?? 1);
    const found = this.comments.slice((page - 1) * size, page * size);
    url.searchParams.set('page', String(page + 1));
    const headers = page * size < this.comments.length ? { link: `<${url.href}>; rel="next"` } : {};
    return { status: 200, value: found.map((comment) => this.#shown(comment)), headers };
  }

  #change(id: number, method: string, body: Record<string, unknown>): Answer {
    const comment = this.comments.find((one) => one.id === id);
    if (comment === undefined) return refusal(404, 'Not Found');
    if (method === 'DELETE') this.comments.splice(this.comments.indexOf(comment), 1);
    else comment.body = String(body['body']);
    return method === 'DELETE' ? { status: 204 } : { status: 200, value: this.#shown(comment) };
  }

  #pull(method: string, body: Record<string, unknown>): Answer {
    const field = this.options.kind === 'github' ? 'body' : 'description';
    if (method !== 'GET') this.description = String(body[field]);
    return { status: 200, value: { id: 7, [field]: this.description } };
  }

  #shown({ id, body, author }: SmallComment): object {
    return this.options.kind === 'github'
      ? { id, body, user: author }
      : { id, body, system: false, author: { id: author.id, username: author.login } };
  }
}

interface Answer {
  readonly status: number;
  readonly value?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function refusal(status: number, message: string): Answer {
  return { status, value: { message } };
}

function tokenOf({ headers }: IncomingMessage): string {
  const given = headers['private-token'] ?? headers['job-token'];
  return typeof given === 'string' ? given : (headers.authorization ?? '').replace(/^Bearer /, '');
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function send(response: ServerResponse, status: number, value: unknown, headers = {}): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(value === undefined ? '' : JSON.stringify(value));
}
