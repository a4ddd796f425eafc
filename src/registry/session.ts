import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { registryHost } from '../oci/reference.ts';
import { Authorizer } from './authorizer.ts';
import { SchemeChoice, type SchemeDoubt } from './choose-scheme.ts';
import type { Credentials } from './credentials.ts';
import { Gate } from './limits.ts';
import { isLoopback } from './network-place.ts';
import { Patience } from './patience.ts';
import type { RetryPolicy } from './retry.ts';
import { usualRetryPolicy } from './retry.ts';
import { fetchChallenges, fetchToken, type TokenSession } from './token-service.ts';
import { Transport } from './transport.ts';
import { Warnings } from './warnings.ts';
import { usualWireLimits, type WireLimits } from './wire-limits.ts';

export interface SessionOptions {
  readonly host: Host;
  /** As written in a reference: `ghcr.io`, `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** Default: `http` for this machine (localhost, 127.0.0.0/8, ::1) where it is spoken, else `https`. */
  readonly scheme?: 'http' | 'https';
  /** Whether plain HTTP, and TLS with a certificate that nobody vouches for, are good enough. Default: false. */
  readonly insecure?: boolean;
  /** Default: looked up where docker and podman keep them, at the first request that needs them. */
  readonly credentials?: Credentials | 'anonymous';
  /** Which end of a copy this is; told in faults. */
  readonly side?: 'source' | 'destination';
  /** Blobs sent at once. Default: 6. */
  readonly uploadsAtMost?: number;
  /** How long a wait may last. */
  readonly limits?: Partial<WireLimits>;
  /** How long and how often to try again. */
  readonly retry?: Partial<RetryPolicy>;
}

/** What all requests to one registry share. */
export interface Session {
  readonly host: Host;
  readonly registry: string;
  /** The root of the API, without `/v2/`. */
  readonly root: URL;
  readonly scheme: SchemeChoice;
  readonly side: 'source' | 'destination' | undefined;
  readonly transport: Transport;
  readonly gate: Gate;
  readonly warnings: Warnings;
  readonly authorizer: Authorizer;
  readonly limits: WireLimits;
  readonly contact: Contact;
  /** A fresh memory of failures for one operation. */
  readonly patience: () => Patience;
}

/** What was learnt about a registry on the way. */
export interface Contact {
  /** Whether it ever answered. */
  answered: boolean;
  /** Whether one PUT of a manifest may move several tags. */
  tagParameters?: boolean;
  /** Whether the PUT of a manifest is held against its If-Match. */
  conditions?: Promise<boolean>;
  /** By repository: whether it lists referrers by itself. */
  readonly referrersApi: Map<string, Promise<boolean>>;
  /** By repository and subject: the last change to its referrers tag that was begun. */
  readonly referrersLocks: Map<string, Promise<void>>;
}

const requestsAtMost = 32;
const usualUploadsAtMost = 6;

/** Sets up what is shared; no request is made. */
export function openSession(options: SessionOptions): Session {
  const { host, registry } = options;
  const root = rootOf(registry, options.scheme);
  const limits = { ...usualWireLimits, ...options.limits };
  const policy = { ...usualRetryPolicy, ...options.retry };
  const contact: Contact = { answered: false, referrersApi: new Map(), referrersLocks: new Map() };
  const scheme = new SchemeChoice(root, doubtOf(root, options));
  const transport = new Transport(host, options.insecure === true ? { trustedHost: root.host } : {});
  const gate = new Gate({
    clock: host.clock,
    uploadsAtMost: options.uploadsAtMost ?? usualUploadsAtMost,
    requestsAtMost,
  });
  function patience(): Patience {
    return new Patience({ host, gate, registry, policy, everAnswered: () => contact.answered });
  }
  const base: TokenSession = { host, registry, root, transport, limits, patience };
  const authorizer = new Authorizer({
    host,
    registry,
    credentials: options.credentials,
    fetchToken: (wish) => fetchToken(base, wish),
    fetchChallenges: () => fetchChallenges(base),
  });
  const warnings = new Warnings(host, registry);
  return { ...base, scheme, side: options.side, gate, warnings, authorizer, contact };
}

function doubtOf(root: URL, { scheme, insecure }: SessionOptions): SchemeDoubt {
  if (scheme !== undefined) return 'none';
  if (insecure === true) return 'at-once';
  return root.protocol === 'http:' ? 'after-failure' : 'none';
}

/** @throws {Fault} REFERENCE_MALFORMED */
function rootOf(registry: string, scheme: SessionOptions['scheme']): URL {
  const host = registryHost(registry);
  if (!URL.canParse(`https://${host}`) || /[/?#@\s]/.test(host)) {
    throw new Fault('REFERENCE_MALFORMED', `Cannot open the registry "${registry}": it is no host`);
  }
  const { hostname } = new URL(`https://${host}`);
  return new URL(`${scheme ?? (isLoopback(hostname) ? 'http' : 'https')}://${host}`);
}
