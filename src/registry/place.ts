import { Fault } from '../errors/fault.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { isRepository, isTag } from '../oci/reference.ts';
import type { Operation } from './registry-fault.ts';
import type { Session } from './session.ts';

/** Every type of manifest that is read; a registry converts nothing when the stored type is among them. */
export const manifestAccept = [
  mediaTypes.index,
  mediaTypes.manifest,
  mediaTypes.dockerManifestList,
  mediaTypes.dockerManifest,
].join(', ');

/** A repository at a registry. */
export interface Place {
  readonly session: Session;
  /** The path, for example `library/alpine`. */
  readonly name: string;
}

/** @throws {Fault} REFERENCE_MALFORMED where the name could lead outside the repository */
export function openPlace(session: Session, name: string): Place {
  if (isRepository(name)) return { session, name };
  throw new Fault('REFERENCE_MALFORMED', `Cannot open the repository "${name}": it is no repository name`, {
    where: { registry: session.registry, repository: name },
  });
}

export function blobUrl(place: Place, digest: Digest): URL {
  return urlIn(place, `blobs/${digest}`);
}

/** Where upload sessions are opened. */
export function uploadsUrl(place: Place, parameters: Readonly<Record<string, string>> = {}): URL {
  const url = urlIn(place, 'blobs/uploads/');
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

/** @throws {Fault} REFERENCE_MALFORMED */
export function manifestUrl(place: Place, tagOrDigest: string): URL {
  if (isTag(tagOrDigest) || isDigest(tagOrDigest)) return urlIn(place, `manifests/${tagOrDigest}`);
  throw new Fault('REFERENCE_MALFORMED', `Cannot ask for "${tagOrDigest}": it is neither a tag nor a digest`, {
    where: { registry: place.session.registry, repository: place.name, reference: tagOrDigest },
  });
}

export function tagsUrl(place: Place): URL {
  return urlIn(place, 'tags/list');
}

export function referrersUrl(place: Place, subject: Digest): URL {
  return urlIn(place, `referrers/${subject}`);
}

/** Names what is done here, for faults. */
export function operationAt(place: Place, operation: Omit<Operation, 'session' | 'repository'>): Operation {
  return { session: place.session, repository: place.name, ...operation };
}

function urlIn({ session, name }: Place, path: string): URL {
  return new URL(`/v2/${name}/${path}`, session.root.href);
}
