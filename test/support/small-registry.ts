import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { SmallAuth, type SmallAuthOptions } from './small-registry-auth.ts';
import { answerManifest } from './small-registry-manifests.ts';
import {
  end,
  hashOf,
  json,
  type SmallCall,
  SmallRefusal,
  type SmallRepository,
  type SmallUpload,
} from './small-registry-state.ts';

/** The habits of real registries, each to be switched on by itself. Default: a plain registry without referrers. */
export interface SmallRegistryOptions {
  readonly referrers?: 'api' | 'none' | 'html-redirect' | 'bad-request' | 'too-many';
  /** What a mount comes to. Default: 201 where the blob is there, else 202. */
  readonly mount?: 202 | 401 | 404 | 405 | 500;
  /** Whether an upload can be asked for what it holds. Default: true. */
  readonly canResume?: boolean;
  /** The answer to PATCH. ECR: 201. */
  readonly patchStatus?: 201 | 202;
  /** ECR: the Range of an answer is that of the first PATCH for ever. */
  readonly hasStaleRange?: boolean;
  /** More bytes than this in one body are refused: GHCR with 416 and its text, others with 413. */
  readonly bodyLimit?: { readonly bytes: number; readonly status: 413 | 416; readonly says?: string };
  /** GAR: a second PATCH to one session is refused. */
  readonly takesOnePatch?: boolean;
  /** Artifactory: a PUT with a body finds no upload. */
  readonly wantsPatch?: boolean;
  readonly smallestPiece?: number;
  readonly location?: 'absolute' | 'relative' | 'bare' | 'stateful';
  readonly hasDigestHeader?: boolean;
  /** GitLab: a manifest whose subject is missing is refused. */
  readonly subjectMustExist?: boolean;
  /** Artifactory: HEAD is forbidden. */
  readonly forbidsHead?: boolean;
  readonly hasImmutableTags?: boolean;
  /** Whether manifests are deleted, by digest. Default: true. */
  readonly deletes?: boolean;
  /** Whether every PUT to a tag is refused. */
  readonly takesNoTags?: boolean;
  /** The only repositories that there are. Default: they are made by the first push. */
  readonly repositories?: readonly string[];
  /** Whether If-Match is honoured; ETags are sent in any case. */
  readonly honoursConditions?: boolean;
  /** Whether `?tag=` is honoured. */
  readonly takesTagParameters?: boolean;
  readonly canCancel?: boolean;
  /** How tag lists are cut. `unaware`: all at once, unsorted, whatever was asked. */
  readonly pages?: 'link' | 'last-only' | 'unaware' | 'null';
  readonly auth?: SmallAuthOptions;
  readonly warning?: string;
  /** Docker Hub's header on every answer. */
  readonly ratelimitRemaining?: string;
  /** PEM. Default: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** A working registry in memory, over real HTTP, for tests of the client. */
export class SmallRegistry {
  /** May be changed while it runs. */
  options: SmallRegistryOptions;
  readonly repositories = new Map<string, SmallRepository>();
  readonly requests: SeenRequest[] = [];
  readonly auth: SmallAuth | undefined;
  /** Whether every connection is cut, as by a registry that has crashed. */
  isDown = false;
  /** Where GET of a blob leads, as with storage of its own. Default: it is answered here. */
  redirectBlobsTo: string | undefined;
  /** The server that upload locations name, as with storage of its own. Default: this one. */
  uploadsAt: string | undefined;
  /** Called before a manifest under a tag is taken, and after. */
  beforePut: (() => unknown) | undefined;
  afterPut: (() => unknown) | undefined;
  /** Called before a manifest is given. */
  beforeGet: ((reference: string) => unknown) | undefined;
  readonly #server: Server;

  private constructor(options: SmallRegistryOptions) {
    this.options = options;
    this.auth = options.auth === undefined ? undefined : new SmallAuth(options.auth);
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch((error: unknown) => refuse(response, error));
    };
    this.#server = options.tls === undefined ? createServer(listener) : createSecureServer(options.tls, listener);
  }

  static async start(options: SmallRegistryOptions = {}): Promise<SmallRegistry> {
    const registry = new SmallRegistry(options);
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  repository(name: string): SmallRepository {
    const known = this.repositories.get(name);
    if (known !== undefined) return known;
    const fresh = { blobs: new Map(), manifests: new Map(), tags: new Map(), uploads: new Map() };
    this.repositories.set(name, fresh);
    return fresh;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.isDown) {
      request.socket.destroy();
      return;
    }
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'unset.invalid'}`);
    this.requests.push({
      method: request.method ?? '',
      path: `${url.pathname}${url.search}`,
      headers: request.headers,
    });
    if (this.options.warning !== undefined) response.setHeader('warning', `299 - "${this.options.warning}"`);
    const { ratelimitRemaining } = this.options;
    if (ratelimitRemaining !== undefined) response.setHeader('ratelimit-remaining', ratelimitRemaining);
    if (await this.auth?.answer(request, response, url)) return;
    if (url.pathname === '/v2/') {
      end(response, 200);
      return;
    }
    if (url.pathname === '/v2/_catalog') {
      json(response, { repositories: [...this.repositories.keys()] });
      return;
    }
    const match = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|tags|referrers)\/([^/]*)$/.exec(url.pathname);
    if (match === null) throw new SmallRefusal(404, 'UNSUPPORTED');
    const [, name = '', noun, reference = ''] = match;
    const call = { registry: this, repository: this.repository(name), name, reference, url, request, response };
    if (noun === 'blobs/uploads') return answerUpload(call);
    if (noun === 'blobs') {
      answerBlob(call);
      return;
    }
    return answerManifest({ ...call, noun: noun ?? '' });
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.destroyed || response.headersSent) return;
  const status = error instanceof SmallRefusal ? error.status : 500;
  const code = error instanceof SmallRefusal ? error.code : 'UNKNOWN';
  const body = JSON.stringify({ errors: [{ code, message: error instanceof Error ? error.message : '' }] });
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

function answerBlob({ registry, repository, reference, request, response }: SmallCall): void {
  const bytes = repository.blobs.get(reference);
  if (request.method === 'HEAD' && registry.options.forbidsHead === true) throw new SmallRefusal(403, 'DENIED');
  if (bytes === undefined) throw new SmallRefusal(404, 'BLOB_UNKNOWN');
  if (request.method === 'DELETE') {
    repository.blobs.delete(reference);
    end(response, 202);
    return;
  }
  if (registry.redirectBlobsTo !== undefined && request.method === 'GET') {
    end(response, 307, { location: `${registry.redirectBlobsTo}${request.url ?? ''}` });
    return;
  }
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = bytes.subarray(start);
  response.writeHead(request.headers.range === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': String(part.byteLength),
    ...(registry.options.hasDigestHeader === false ? {} : { 'docker-content-digest': reference }),
    ...(request.headers.range === undefined
      ? {}
      : { 'content-range': `bytes ${start}-${bytes.byteLength - 1}/${bytes.byteLength}` }),
  });
  response.end(request.method === 'HEAD' ? undefined : part);
}

async function answerUpload(call: SmallCall): Promise<void> {
  const { registry, repository, reference, request, response } = call;
  if (request.method === 'POST') {
    openUpload(call);
    return;
  }
  const upload = repository.uploads.get(reference);
  if (upload === undefined) throw new SmallRefusal(404, 'BLOB_UPLOAD_UNKNOWN');
  if (request.method === 'DELETE') {
    if (registry.options.canCancel === false) throw new SmallRefusal(405, 'UNSUPPORTED');
    repository.uploads.delete(reference);
    end(response, 204);
    return;
  }
  if (request.method === 'GET') {
    if (registry.options.canResume === false) throw new SmallRefusal(404, 'BLOB_UPLOAD_UNKNOWN');
    end(response, 204, headersOf(call, reference, upload.size));
    return;
  }
  if (request.method === 'PATCH') return takePatch(call, upload);
  return takePut(call, upload);
}

function openUpload(call: SmallCall): void {
  const { registry, repository, url, response } = call;
  if (registry.options.repositories?.includes(call.name) === false) throw new SmallRefusal(404, 'NAME_UNKNOWN');
  const mount = url.searchParams.get('mount');
  const from = url.searchParams.get('from') ?? '';
  if (mount !== null) {
    const status = registry.options.mount;
    if (status !== undefined && status !== 202)
      throw new SmallRefusal(status, status === 401 ? 'UNAUTHORIZED' : 'UNKNOWN');
    const blob = registry.repositories.get(from)?.blobs.get(mount);
    if (status === undefined && blob !== undefined) {
      repository.blobs.set(mount, blob);
      end(response, 201, { location: `/v2/${call.name}/blobs/${mount}` });
      return;
    }
  }
  const id = randomUUID();
  repository.uploads.set(id, { pieces: [], size: 0, patchCount: 0, firstSize: 0 });
  const smallest = registry.options.smallestPiece;
  end(response, 202, {
    ...headersOf(call, id, 0),
    ...(smallest === undefined ? {} : { 'oci-chunk-min-length': String(smallest) }),
  });
}

async function takePatch(call: SmallCall, upload: SmallUpload) {
  const { registry, request, response, reference } = call;
  const { takesOnePatch, smallestPiece = 0, hasStaleRange, patchStatus = 202 } = registry.options;
  checkSize(call);
  const range = /^(\d+)-(\d+)$/.exec(request.headers['content-range'] ?? '');
  if (request.headers['content-range'] !== undefined && Number(range?.[1] ?? -1) !== upload.size)
    throw new SmallRefusal(416, 'RANGE_INVALID');
  if (takesOnePatch === true && upload.patchCount > 0) throw new SmallRefusal(404, 'UNSUPPORTED');
  if (upload.isShort === true) throw new SmallRefusal(400, 'SIZE_INVALID');
  await takeBody(call, upload);
  upload.patchCount += 1;
  if (upload.patchCount === 1) upload.firstSize = upload.size;
  upload.isShort = Number(request.headers['content-length'] ?? 0) < smallestPiece;
  end(response, patchStatus, headersOf(call, reference, hasStaleRange === true ? upload.firstSize : upload.size));
}

async function takePut(call: SmallCall, upload: SmallUpload): Promise<void> {
  const { registry, repository, reference, request, response, url } = call;
  const digest = url.searchParams.get('digest') ?? '';
  checkSize(call);
  if (registry.options.wantsPatch === true && Number(request.headers['content-length'] ?? 0) > 0)
    throw new SmallRefusal(404, 'BLOB_UNKNOWN');
  if (registry.options.location === 'stateful' && url.searchParams.get('_state') === null)
    throw new SmallRefusal(400, 'BLOB_UPLOAD_INVALID');
  await takeBody(call, upload);
  const bytes = Buffer.concat(upload.pieces);
  repository.uploads.delete(reference);
  if (`${digest.split(':')[0] ?? ''}:${hashOf(digest, bytes)}` !== digest)
    throw new SmallRefusal(400, 'DIGEST_INVALID');
  repository.blobs.set(digest, bytes);
  end(response, 201, { location: `/v2/${call.name}/blobs/${digest}` });
}

/** Keeps what has come when the connection is cut, as registries do that can resume. */
async function takeBody({ request }: SmallCall, upload: SmallUpload): Promise<void> {
  for await (const piece of request) {
    upload.pieces.push(piece as Buffer);
    upload.size += (piece as Buffer).byteLength;
  }
}

function checkSize({ registry, request }: SmallCall): void {
  const { bodyLimit } = registry.options;
  if (bodyLimit === undefined || Number(request.headers['content-length'] ?? 0) <= bodyLimit.bytes) return;
  throw new SmallRefusal(bodyLimit.status, 'SIZE_INVALID', bodyLimit.says ?? '');
}

function headersOf({ registry, name, request }: SmallCall, id: string, size: number): Record<string, string> {
  const path = `/v2/${name}/blobs/uploads/${id}`;
  const host = request.headers.host ?? '';
  const forms = {
    absolute: `http://${registry.uploadsAt ?? host}${path}`,
    relative: path,
    bare: `${host}${path}`,
    stateful: `http://${host}${path}?_state=a%2Fb%3D`,
  };
  return { location: forms[registry.options.location ?? 'absolute'], range: `0-${Math.max(0, size - 1)}` };
}
