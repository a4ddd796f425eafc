import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { type CollectedGarbage, collectGarbage } from '../server/collect-garbage.ts';
import { parseUsers } from '../server/registry-users.ts';
import { type RegistryServerOptions, type RunningRegistry, startRegistry } from '../server/start-registry.ts';

export interface ServeRequest {
  /** `host:port` */
  readonly address: string;
  /** Without it everything is kept in memory. */
  readonly directory?: string;
  readonly isReadOnly: boolean;
  /** A file with `user:password` lines. */
  readonly usersFile?: string;
  readonly isAnonymousPullAllowed: boolean;
  readonly certificateFile?: string;
  readonly keyFile?: string;
  readonly isAccessLogged: boolean;
}

/**
 * Serves a registry until the host's signal is aborted; `onReady` is called once it takes requests.
 *
 * @throws {Fault} SERVER_FILE_UNREADABLE and those of `startRegistry`
 */
export async function serveRegistry(
  request: ServeRequest,
  host: Host,
  onReady: (registry: RunningRegistry) => void,
): Promise<void> {
  const registry = await startRegistry({
    host,
    address: request.address,
    options: await serverOptions(request, host),
    ...(request.directory === undefined ? { memory: true } : { directory: request.directory }),
  });
  onReady(registry);
  if (!host.signal.aborted) await once(host.signal, 'abort');
  await registry.close();
}

export interface SweepRequest {
  readonly directory: string;
  readonly graceMs?: number;
  readonly isDryRun: boolean;
}

/** Removes what no tag leads to any more from the folder of a registry, which may be serving. */
export async function sweepRegistry(request: SweepRequest, host: Host): Promise<CollectedGarbage> {
  const { DiskStorage } = await import('../server/disk-storage.ts');
  const storage = await DiskStorage.open(resolve(host.workingDirectory, request.directory), host);
  return collectGarbage({
    host,
    storage,
    isDryRun: request.isDryRun,
    ...(request.graceMs === undefined ? {} : { graceMs: request.graceMs }),
  });
}

async function serverOptions(request: ServeRequest, host: Host): Promise<RegistryServerOptions> {
  const { usersFile, certificateFile, keyFile, isReadOnly, isAnonymousPullAllowed, isAccessLogged } = request;
  const users = usersFile === undefined ? undefined : parseUsers(await readText(usersFile, host), usersFile);
  const tls =
    certificateFile === undefined || keyFile === undefined
      ? undefined
      : { certificate: await readText(certificateFile, host), key: await readText(keyFile, host) };
  return {
    isReadOnly,
    isAnonymousPullAllowed,
    isAccessLogged,
    ...(users === undefined ? {} : { users }),
    ...(tls === undefined ? {} : { tls }),
  };
}

async function readText(file: string, host: Host): Promise<string> {
  try {
    return await readFile(resolve(host.workingDirectory, file), 'utf8');
  } catch (cause) {
    throw new Fault('SERVER_FILE_UNREADABLE', `Cannot read "${file}"`, { cause, where: { file } });
  }
}
