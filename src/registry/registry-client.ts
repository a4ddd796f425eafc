import { ping } from './ping.ts';
import { openRepository, type Repository } from './repository.ts';
import { openSession, type SessionOptions } from './session.ts';
import { listRepositories } from './tags.ts';

export type RegistryOptions = SessionOptions;

/** One registry: its connections, tokens and back-off are shared by all its repositories. */
export interface RegistryClient {
  readonly registry: string;
  /** @throws {Fault} REFERENCE_MALFORMED */
  repository(name: string): Repository;
  /** Makes sure that a registry answers there. @throws {Fault} when none does */
  ping(): Promise<void>;
  /** The names of all repositories, where the registry tells them. */
  catalog(): Promise<readonly string[]>;
  /** Closes all connections; the client opens new ones when it is used again. */
  close(): void;
}

/**
 * Opens a registry; no request is made.
 *
 * @example
 * const registry = openRegistry({ host, registry: 'ghcr.io' });
 * const image = await registry.repository('acme/app').resolve('1.2');
 *
 * @throws {Fault} REFERENCE_MALFORMED
 */
export function openRegistry(options: RegistryOptions): RegistryClient {
  const session = openSession(options);
  return {
    registry: session.registry,
    repository: (name) => openRepository(session, name),
    ping: () => ping(session),
    catalog: () => listRepositories(session),
    close: () => session.transport.close(),
  };
}
