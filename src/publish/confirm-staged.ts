import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isNonDistributableType } from '../oci/media-types.ts';
import { gatherGraph } from '../store/content-graph.ts';
import type { ImageStore } from '../store/content-store.ts';
import { forEachLimited } from '../store/for-each-limited.ts';

const parallelLookups = 16;
/** Registries of several machines show what they hold a little later. */
const waitsMs = [250, 500, 1000, 2000, 4000];

/**
 * Reads a release back from where it was put: every manifest whole, byte by byte, every blob by its size. What is not
 * there yet is waited for, eight seconds at most.
 *
 * @throws {Fault} STAGED_INCOMPLETE, DIGEST_MISMATCH and those of the store
 */
export async function confirmStaged(index: Descriptor, store: ImageStore, host: Host): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const missing = await findMissing(index, store);
    if (missing === undefined) return;
    const waitMs = waitsMs[tries];
    if (waitMs === undefined)
      throw new Fault(
        'STAGED_INCOMPLETE',
        `Cannot read back ${index.digest}: the repository does not give ${missing}`,
        {
          where: { ...store.where, reference: index.digest },
          retryable: true,
        },
      );
    await host.clock.sleep(waitMs, host.signal);
  }
}

async function findMissing(index: Descriptor, store: ImageStore): Promise<string | undefined> {
  const missing: string[] = [];
  try {
    const { blobs } = await gatherGraph(store, index);
    const kept = blobs.filter(({ mediaType }) => !isNonDistributableType(mediaType));
    await forEachLimited(kept, parallelLookups, async (blob) => {
      if (!(await store.has(blob))) missing.push(blob.digest);
    });
  } catch (error) {
    if (!isFault(error, 'CONTENT_MISSING', 'MANIFEST_UNKNOWN', 'REPOSITORY_UNKNOWN')) throw error;
    return error.where.reference ?? index.digest;
  }
  return missing[0];
}
