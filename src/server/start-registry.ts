import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { resolve } from 'node:path';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { Authenticator } from './authenticator.ts';
import { clientAddress, isLoopback, type ListenAddress, parseListenAddress } from './listen-address.ts';
import { ManifestReader } from './manifest-reader.ts';
import type { RegistryStorage } from './registry-storage.ts';
import type { RegistryUser } from './registry-users.ts';
import { type ListenerOptions, serveRequest } from './request-listener.ts';
import { defaultLimits, type ServerLimits } from './server-limits.ts';
import { UploadTurns } from './upload-turns.ts';

const sweepEveryMs = 60 * 60 * 1000;

export interface RegistryServerOptions {
  readonly limits?: Partial<ServerLimits>;
  /** Refuse everything that would change something. Default: false. */
  readonly isReadOnly?: boolean;
  /** Who may use the registry, as `parseUsers` reads them. Default: everybody. */
  readonly users?: readonly RegistryUser[];
  /** Let those who send no credentials read. Default: false. */
  readonly isAnonymousPullAllowed?: boolean;
  /** PEM texts; with them the registry speaks HTTPS. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Emit a `log` event with the id `registry` for each request. Default: false. */
  readonly isAccessLogged?: boolean;
}

export interface StartRegistryOptions {
  readonly host: Host;
  /** Where the repositories lie, relative to the host's folder; made where it is missing. Default: in memory. */
  readonly directory?: string;
  /** Keep everything in memory; the same as no directory. */
  readonly memory?: boolean;
  /** `host:port`. Default: `127.0.0.1:0`, a free port of this machine. */
  readonly address?: string;
  readonly options?: RegistryServerOptions;
}

/** A registry that is running. */
export interface RunningRegistry {
  /** For a client on this machine, for example `http://127.0.0.1:5000`. */
  readonly url: string;
  /** The registry in a reference, for example `127.0.0.1:5000`. */
  readonly registry: string;
  /** What it keeps, for example to collect garbage in it. */
  readonly storage: RegistryStorage;
  /** Takes no new connections, waits a little for requests under way, then cuts them off. */
  close(): Promise<void>;
}

/**
 * Starts the embedded registry: the OCI distribution specification, over HTTP or HTTPS.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 * @throws {Fault} SERVER_ADDRESS_MALFORMED, SERVER_ADDRESS_UNAVAILABLE, SERVER_DIRECTORY_UNUSABLE, SERVER_CERTIFICATE_UNUSABLE
 */
export async function startRegistry(start: StartRegistryOptions): Promise<RunningRegistry> {
  const { host, options = {} } = start;
  const address = parseListenAddress(start.address ?? '127.0.0.1:0');
  const limits = { ...defaultLimits, ...options.limits };
  const storage = await openStorage(start, limits);
  const surplus = new WeakSet<Socket>();
  const listener: ListenerOptions = {
    context: {
      host,
      storage,
      manifests: new ManifestReader(),
      turns: new UploadTurns(),
      limits,
      isReadOnly: options.isReadOnly ?? false,
    },
    authenticator: options.users === undefined ? undefined : new Authenticator(options.users, host),
    isAnonymousPullAllowed: options.isAnonymousPullAllowed ?? false,
    isAccessLogged: options.isAccessLogged ?? false,
    isSurplus: ({ socket }) => surplus.has(socket),
  };
  const server = await createServer(options, limits);
  answerWith(server, listener);
  markSurplus(server, { surplus, limit: limits.connections, isTls: options.tls !== undefined });
  await listen(server, address);
  warnOfOpenDoor(host, address, options);
  const stopSweeping = options.isReadOnly === true ? undefined : await sweepRegularly(storage, limits.uploadIdleMs);
  const registry = clientAddress({ hostname: address.hostname, port: portOf(server) });
  const url = `${options.tls === undefined ? 'http' : 'https'}://${registry}`;
  async function close(): Promise<void> {
    host.signal.removeEventListener('abort', onAbort);
    stopSweeping?.();
    await closeServer(server, limits.closeMs);
  }
  function onAbort(): void {
    void close();
  }
  host.signal.addEventListener('abort', onAbort, { once: true });
  return { url, registry, storage, close };
}

/** Removes uploads that nobody goes on with, now and every hour. */
async function sweepRegularly(storage: RegistryStorage, idleMs: number): Promise<() => void> {
  await storage.sweepUploads(idleMs);
  // What cannot be removed now is met again in an hour.
  const timer = setInterval(() => void storage.sweepUploads(idleMs).catch(() => undefined), sweepEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function openStorage(start: StartRegistryOptions, limits: ServerLimits): Promise<RegistryStorage> {
  const { host, directory, options = {} } = start;
  if (directory === undefined) {
    const { MemoryStorage } = await import('./memory-storage.ts');
    return new MemoryStorage(host, limits.memoryBytes);
  }
  const { DiskStorage } = await import('./disk-storage.ts');
  return DiskStorage.open(resolve(host.workingDirectory, directory), host, { isReadOnly: options.isReadOnly ?? false });
}

async function createServer({ tls }: RegistryServerOptions, limits: ServerLimits): Promise<Server | TlsServer> {
  const timing = {
    headersTimeout: limits.headerMs,
    // Bodies have a limit of their own: they may take hours, as long as they move.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(limits.headerMs, 5_000),
  };
  if (tls === undefined) return (await import('node:http')).createServer(timing);
  const { createServer: createTlsServer } = await import('node:https');
  try {
    return createTlsServer({
      ...timing,
      cert: tls.certificate,
      key: tls.key,
      minVersion: 'TLSv1.2',
      handshakeTimeout: limits.headerMs,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('SERVER_CERTIFICATE_UNUSABLE', `Cannot serve HTTPS: ${reason}`, { cause });
  }
}

function answerWith(server: Server | TlsServer, listener: ListenerOptions): void {
  function serve(expectsContinue: boolean) {
    return (request: IncomingMessage, response: ServerResponse): void => {
      void serveRequest(request, response, { ...listener, expectsContinue });
    };
  }
  server.on('request', serve(false)).on('checkContinue', serve(true));
}

/** Connections above the limit are taken, so that they can be told to come back later; those far above it are not. */
function markSurplus(
  server: Server | TlsServer,
  { surplus, limit, isTls }: { readonly surplus: WeakSet<Socket>; readonly limit: number; readonly isTls: boolean },
): void {
  let open = 0;
  server.maxConnections = limit * 2 + 16;
  server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
    open += 1;
    if (open > limit) surplus.add(socket);
    socket.once('close', () => (open -= 1));
  });
}

function listen(server: Server | TlsServer, { hostname, port }: ListenAddress): Promise<void> {
  return new Promise((settle, reject) => {
    server.once('error', (cause) => {
      const message = `Cannot listen on ${hostname}:${port}: ${cause.message}`;
      reject(new Fault('SERVER_ADDRESS_UNAVAILABLE', message, { cause }));
    });
    server.listen(port, hostname, () => settle());
  });
}

function portOf(server: Server | TlsServer): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function warnOfOpenDoor(host: Host, { hostname }: ListenAddress, { users, isReadOnly }: RegistryServerOptions): void {
  if (users !== undefined || isReadOnly === true || isLoopback(hostname)) return;
  host.emit({
    kind: 'note',
    level: 'warning',
    text: `Everybody who reaches ${hostname} may push to this registry and delete from it`,
    hint: 'Give it a list of users, make it read-only, or let it listen on 127.0.0.1',
  });
}

async function closeServer(server: Server | TlsServer, graceMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((settle) => server.close(() => settle()));
  const closing = setInterval(() => server.closeIdleConnections(), 20);
  const cutting = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(closing);
  clearTimeout(cutting);
}
