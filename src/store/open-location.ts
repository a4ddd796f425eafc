import { unreachable } from '../errors/invariant.ts';
import type { Host } from '../host/host.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import type { ImageStore } from './content-store.ts';
import type { Location } from './location.ts';

export interface OpenLocationOptions {
  readonly host: Host;
  /**
   * `read`: the place must be there. `write`: a layout is made where there is none, an archive is written anew when it is
   * closed; a registry makes repositories by itself.
   */
  readonly mode: 'read' | 'write';
  /** See `createDockerArchive`. */
  readonly platform?: Platform;
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
      return openRepository(location.reference, host);
    default:
      return unreachable(location);
  }
}

/** The tag or digest that a location names within its store; "" for the only image of a layout or archive. */
export function imageOf(location: Location): string {
  if (location.kind !== 'registry') return location.image;
  return location.reference.digest ?? location.reference.tag ?? 'latest';
}

const clients = new WeakMap<Host, Map<string, RegistryClient>>();

async function openRepository({ registry, repository }: Reference, host: Host): Promise<ImageStore> {
  const [{ openRegistry }, { RegistryStore }] = await Promise.all([
    import('../registry/registry-client.ts'),
    import('./registry-store.ts'),
  ]);
  const opened = clients.get(host) ?? new Map<string, RegistryClient>();
  clients.set(host, opened);
  const client = opened.get(registry) ?? openRegistry({ host, registry });
  opened.set(registry, client);
  return new RegistryStore(client.repository(repository), { host });
}
