import { unreachable } from '../errors/invariant.ts';
import type { Host } from '../host/host.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import type { ImageStore } from './content-store.ts';
import type { Location } from './location.ts';
import type { SeenContent } from './seen-content.ts';

export interface OpenLocationOptions {
  readonly host: Host;
  /**
   * `read`: the place must be there. `write`: a layout is made where there is none, an archive is written anew when it is
   * closed; a registry makes repositories by itself.
   */
  readonly mode: 'read' | 'write';
  /** See `createDockerArchive`. */
  readonly platform?: Platform;
  /** How a registry is spoken to. Default: as usual. */
  readonly access?: RegistryAccess;
}

/** How a registry is spoken to where that is not as usual. */
export interface RegistryAccess {
  /** By plain HTTP, or by TLS with a certificate that nobody vouches for. Default: false. */
  readonly insecure?: boolean;
  /** As a stranger would, whatever logins there are. Default: false. */
  readonly anonymous?: boolean;
  /** Repositories of the same registry that may hold blobs already, best first. Default: none. */
  readonly mountFrom?: readonly string[];
}

/**
 * Opens the store of a location; which image is meant in it is up to the caller (`imageOf`). `close` it in the end, or
 * `discard` it where the work failed. Repositories of one registry share connections and tokens.
 * @throws {Fault} LAYOUT_MISSING, LAYOUT_MALFORMED, IMAGE_ARCHIVE_MALFORMED, STORE_DENIED, STORE_FULL, REFERENCE_MALFORMED
 */
export async function openLocation(location: Location, options: OpenLocationOptions): Promise<ImageStore> {
  const { host, mode } = options;
  switch (location.kind) {
    case 'oci': {
      const { openLayout } = await import('./layout-store.ts');
      return openLayout(location.path, { host, create: mode === 'write' });
    }
    case 'oci-archive': {
      const { createOciArchive, openOciArchive } = await import('./oci-archive.ts');
      return mode === 'read' ? openOciArchive(location.path, { host }) : createOciArchive(location.path, { host });
    }
    case 'docker-archive': {
      const { createDockerArchive, openDockerArchive } = await import('./docker-archive.ts');
      return mode === 'read' ? openDockerArchive(location.path, { host }) : createDockerArchive(location.path, options);
    }
    case 'registry':
      return openRepository(location.reference, options);
    default:
      return unreachable(location);
  }
}

/** The tag or digest that a location names within its store; "" for the only image of a layout or archive. */
export function imageOf(location: Location): string {
  if (location.kind !== 'registry') return location.image;
  return location.reference.digest ?? location.reference.tag ?? 'latest';
}

const clients = new WeakMap<Host, Map<string, Promise<RegistryClient>>>();
const seen = new WeakMap<RegistryClient, Map<string, SeenContent>>();

async function openRepository(
  { registry, repository }: Reference,
  { host, access = {} }: OpenLocationOptions,
): Promise<ImageStore> {
  const [{ RegistryStore }, { SeenContent: Seen }] = await Promise.all([
    import('./registry-store.ts'),
    import('./seen-content.ts'),
  ]);
  const opened = clients.get(host) ?? new Map<string, Promise<RegistryClient>>();
  clients.set(host, opened);
  const key = `${registry} ${access.insecure === true} ${access.anonymous === true}`;
  const opening = opened.get(key) ?? openClient(registry, host, access);
  opened.set(key, opening);
  const client = await opening;
  const known = seen.get(client) ?? new Map<string, SeenContent>();
  seen.set(client, known);
  const documents = known.get(repository) ?? new Seen(host.clock);
  known.set(repository, documents);
  return new RegistryStore(client.repository(repository), { host, mountFrom: access.mountFrom ?? [], seen: documents });
}

async function openClient(registry: string, host: Host, access: RegistryAccess): Promise<RegistryClient> {
  const { openRegistry } = await import('../registry/registry-client.ts');
  return openRegistry({
    host,
    registry,
    ...(access.insecure === true ? { insecure: true } : {}),
    ...(access.anonymous === true ? { credentials: 'anonymous' } : {}),
  });
}
