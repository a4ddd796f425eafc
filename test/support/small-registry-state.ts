import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SmallRegistry } from './small-registry.ts';

export interface SmallUpload {
  readonly pieces: Buffer[];
  size: number;
  patchCount: number;
  firstSize: number;
  isShort?: boolean;
}

export interface SmallRepository {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, { readonly bytes: Buffer; readonly mediaType: string }>;
  readonly tags: Map<string, string>;
  readonly uploads: Map<string, SmallUpload>;
}

/** An answer that is a refusal. */
export class SmallRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message = '') {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface SmallCall {
  readonly registry: SmallRegistry;
  readonly repository: SmallRepository;
  readonly name: string;
  readonly reference: string;
  readonly url: URL;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

export function end(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-length': '0', ...headers }).end();
}

export function json(
  response: ServerResponse,
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(document));
}

export function hashOf(digest: string, bytes: Uint8Array): string {
  return createHash(digest.startsWith('sha512:') ? 'sha512' : 'sha256')
    .update(bytes)
    .digest('hex');
}
