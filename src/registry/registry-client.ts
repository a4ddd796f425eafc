import type { Host } from '../host/host.ts';
import type { Credentials } from './credentials.ts';
import type { Repository } from './repository.ts';

export interface RegistryOptions {
  readonly host: Host;
  /** As written in a reference: `ghcr.io`, `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** Default: `http` for this machine (localhost, 127.0.0.0/8, ::1), else `https`. */
  readonly scheme?: 'http' | 'https';
  /** Default: looked up where docker and podman keep them, at the first request that needs them. */
  readonly credentials?: Credentials | 'anonymous';
  /** Which end of a copy this is; told in faults. */
  readonly side?: 'source' | 'destination';
}

/** One registry: its connections, tokens and back-off are shared by all its repositories. */
export interface RegistryClient {
  readonly registry: string;
  repository(name: string): Repository;
  /** Whether a registry answers there. @throws {Fault} when it does not */
  ping(): Promise<void>;
  /** The names of all repositories, where the registry tells them. */
  catalog(): Promise<readonly string[]>;
  /** Closes idle connections; the client can still be used. */
  close(): void;
}

/** Opens a registry; no request is made. */
export type OpenRegistry = (options: RegistryOptions) => RegistryClient;
