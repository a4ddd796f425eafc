import { unreachable } from '../../errors/invariant.ts';
import type { Host } from '../../host/host.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Destination } from '../../plan/plan.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { openLocation } from '../../store/open-location.ts';
import { openDockerEngine } from './open-docker-engine.ts';

/** What a destination is called in reports: what a user would type to name it again. */
export function destinationName(destination: Destination): string {
  switch (destination.kind) {
    case 'oci':
    case 'oci-archive':
    case 'docker-archive':
      return `${destination.kind}:${destination.path}`;
    case 'docker':
      return 'docker';
    case 'repository':
      return destination.repository;
    default:
      return unreachable(destination);
  }
}

export interface OpenDestinationOptions {
  readonly host: Host;
  /** Repositories of the same registry that hold the blobs already. Default: none. */
  readonly mountFrom?: readonly string[];
}

/** Opens a destination for writing; layouts and archives are made where they are missing. */
export async function openDestination(
  destination: Destination,
  { host, mountFrom = [] }: OpenDestinationOptions,
): Promise<ImageStore> {
  switch (destination.kind) {
    case 'oci':
    case 'oci-archive':
    case 'docker-archive':
      return openLocation({ kind: destination.kind, path: destination.path, image: '' }, { host, mode: 'write' });
    case 'docker':
      return openDockerEngine(host);
    case 'repository':
      return openLocation(
        { kind: 'registry', reference: parseReference(destination.repository) },
        { host, mode: 'write', access: { insecure: destination.insecure === true, mountFrom } },
      );
    default:
      return unreachable(destination);
  }
}

/** Opens a repository as somebody without a login does. */
export function openAsStranger(
  { repository, insecure }: Extract<Destination, { readonly kind: 'repository' }>,
  host: Host,
): Promise<ImageStore> {
  const access = { insecure: insecure === true, anonymous: true };
  return openLocation({ kind: 'registry', reference: parseReference(repository) }, { host, mode: 'read', access });
}
