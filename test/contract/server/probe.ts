import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Digest } from '../../../src/oci/digest.ts';
import { type RegistryServerOptions, type RunningRegistry, startRegistry } from '../../../src/server/start-registry.ts';
import { type FakeHost, fakeHost } from '../../support/fake-host.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** The body as JSON. */
  json(): unknown;
  /** The code of the first error in the body. */
  readonly code: string | undefined;
  /** One header as text; "" where it is missing. */
  header(name: string): string;
}

export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Send the body in pieces of unknown number. */
  readonly isChunked?: boolean;
}

/** Sends one request on a connection of its own. `target` is a path of the registry, or a whole URL. */
export function send(
  registry: { readonly url: string },
  method: string,
  target: string,
  question: Question = {},
): Promise<Answer> {
  const { headers = {}, body, isChunked = false } = question;
  const isWhole = target.startsWith('http');
  // The path is taken as it is written: a URL would tidy it up.
  const [base, path] = isWhole
    ? [new URL(target), new URL(target).pathname + new URL(target).search]
    : [new URL(registry.url), target];
  const length = body === undefined || isChunked ? {} : { 'Content-Length': Buffer.byteLength(body) };
  const ask = base.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = ask(
      {
        host: base.hostname,
        port: base.port,
        method,
        path,
        agent: false,
        rejectUnauthorized: false,
        headers: { ...length, ...headers },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => resolve(answerOf(incoming, Buffer.concat(chunks))));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function answerOf(incoming: IncomingMessage, body: Buffer): Answer {
  const { headers } = incoming;
  function json(): unknown {
    return JSON.parse(body.toString());
  }
  function header(name: string): string {
    const value = headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  const isJson = header('content-type').startsWith('application/json') && body.byteLength > 0;
  const code = isJson ? (json() as { errors?: { code: string }[] }).errors?.[0]?.code : undefined;
  return { status: incoming.statusCode ?? 0, headers, body, json, code, header };
}

/** Adds a query to an upload URL, whatever it has already. */
export function withQuery(target: string, query: Readonly<Record<string, string>>): string {
  return `${target}${target.includes('?') ? '&' : '?'}${new URLSearchParams(query).toString()}`;
}

const running: RunningRegistry[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((registry) => registry.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'polyarch-registry-'));
  folders.push(folder);
  return folder;
}

export interface TestRegistryOptions extends RegistryServerOptions {
  /** Default: in memory. `disk`: in a new folder. Anything else is the folder. */
  readonly storage?: string;
  readonly host?: FakeHost;
}

export interface TestRegistry extends RunningRegistry {
  readonly host: FakeHost;
  readonly folder: string;
}

/** A registry that is closed after the test. */
export async function testRegistry({
  storage = 'memory',
  host = fakeHost({ clock: 'real' }),
  ...options
}: TestRegistryOptions = {}): Promise<TestRegistry> {
  const folder = storage === 'memory' ? '' : storage === 'disk' ? temporaryFolder() : storage;
  const place = folder === '' ? { memory: true } : { directory: folder };
  const limits = { closeMs: 200, ...options.limits };
  const registry = await startRegistry({ host, ...place, options: { ...options, limits } });
  running.push(registry);
  return { ...registry, host, folder };
}

/** Puts a blob in the plain way: POST, then PUT. */
export async function pushBlob(
  registry: { readonly url: string },
  repository: string,
  blob: { readonly digest: Digest; readonly bytes: Uint8Array },
): Promise<Answer> {
  const begun = await send(registry, 'POST', `/v2/${repository}/blobs/uploads/`);
  return send(registry, 'PUT', withQuery(begun.header('location'), { digest: blob.digest }), { body: blob.bytes });
}
