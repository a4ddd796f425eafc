import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import type { Part } from '../../plan/part.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { copyGraph } from '../../store/copy.ts';
import { parseLocation } from '../../store/location.ts';
import { openLocation } from '../../store/open-location.ts';

export interface DeliverOptions {
  readonly host: Host;
  /** Holds the content of the part. */
  readonly store: ImageStore;
  /** Where the part goes by digest; absent: to a layout of its own in `folder`. */
  readonly repository?: string | undefined;
  /** The folder that is handed to the next job; absolute. */
  readonly folder: string;
  /** The name of the layout. */
  readonly slug: string;
}

/**
 * Brings a part to where another machine can take it from, and gives it with that place: the repository, else a layout
 * beside its record. Nothing is tagged in a repository.
 *
 * @throws {Fault} those of the place
 */
export async function deliverPart(part: Part, options: DeliverOptions): Promise<Part> {
  const { host, store: source, repository, folder, slug } = options;
  const location = repository ?? `oci:${join(folder, slug)}`;
  if (part.location === location) return part;
  const destination = await openLocation(parseLocation(location), { host, mode: 'write' });
  try {
    for (const root of [part.manifest, ...(part.attestations ?? [])])
      await copyGraph(root, { host, source, destination, rehash: false });
    if (repository === undefined) await destination.tag(slug, part.manifest);
    await destination.close?.();
  } catch (problem) {
    await destination.discard?.();
    throw problem;
  }
  return { ...part, location };
}

/** The same for a part that lies in the place it names. @throws {Fault} those of both places */
export async function deliverFound(part: Part, options: Omit<DeliverOptions, 'store'>): Promise<Part> {
  if (part.location === undefined || part.location === options.repository) return part;
  const store = await openLocation(parseLocation(part.location), { host: options.host, mode: 'read' });
  try {
    return await deliverPart(part, { ...options, store });
  } finally {
    await store.close?.();
  }
}
