import type { Digest } from '../oci/digest.ts';
import { childrenOf } from '../oci/image-graph.ts';
import type { ContentGraph } from './content-graph.ts';
import type { ImageStore } from './content-store.ts';
import { forEachLimited } from './for-each-limited.ts';

const parallelLookups = 16;

/** What is known of a destination before anything is copied; what stands in neither set has not been asked for. */
export interface HeldContent {
  readonly present: ReadonlySet<Digest>;
  readonly absent: ReadonlySet<Digest>;
}

/**
 * Asks a destination that takes no incomplete manifests which of a graph's it holds: what those consist of is there as well.
 * Of any other destination nothing is known.
 */
export async function gatherHeld(destination: ImageStore, graph: ContentGraph): Promise<HeldContent> {
  const present = new Set<Digest>();
  const absent = new Set<Digest>();
  if (destination.refusesIncomplete !== true) return { present, absent };
  const needed = new Set<Digest>();
  await forEachLimited(graph.ranks.flat(), parallelLookups, async ({ descriptor, node }) => {
    const isThere = destination.wasReadLately?.(descriptor.digest) === true || (await destination.has(descriptor));
    (isThere ? present : absent).add(descriptor.digest);
    if (!isThere) for (const { digest } of childrenOf(node)) needed.add(digest);
  });
  for (const { digest } of graph.blobs) if (!needed.has(digest)) present.add(digest);
  return { present, absent };
}
