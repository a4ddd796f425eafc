import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isIndexType, isManifestType, isNonDistributableType } from '../oci/media-types.ts';
import { readBytes } from '../store/collect-content.ts';
import { gatherGraph } from '../store/content-graph.ts';
import type { ImageStore } from '../store/content-store.ts';
import { forEachLimited } from '../store/for-each-limited.ts';

const parallelLookups = 24;
/** Registries of several machines show what they hold a little later. */
const waitsMs = [250, 500, 1000, 2000, 4000];

export interface ConfirmOptions {
  readonly host: Host;
  /** All that the release consists of, where that is known: it is then read side by side. Default: it is read from the index on. */
  readonly contents?: readonly ContentName[];
}

type ContentName = Pick<Descriptor, 'digest' | 'size' | 'mediaType'>;

/**
 * Reads a release back from where it was put: every manifest whole, byte by byte, unless that was just done; every blob by
 * its size. What is not there yet is waited for, eight seconds at most.
 *
 * @throws {Fault} STAGED_INCOMPLETE, DIGEST_MISMATCH and those of the store
 */
export async function confirmStaged(index: Descriptor, store: ImageStore, options: ConfirmOptions): Promise<void> {
  const { host, contents } = options;
  for (let tries = 0; ; tries += 1) {
    const missing = contents === undefined ? await findBelow(index, store) : await findAmong(contents, store);
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

/** The first piece of content that is missing below an index. */
async function findBelow(index: Descriptor, store: ImageStore): Promise<string | undefined> {
  try {
    const { blobs } = await gatherGraph(store, index);
    return await findAmong(blobs, store);
  } catch (error) {
    return missingOf(error, index);
  }
}

async function findAmong(contents: readonly ContentName[], store: ImageStore): Promise<string | undefined> {
  const missing: string[] = [];
  const kept = contents.filter(({ mediaType }) => !isNonDistributableType(mediaType));
  await forEachLimited(kept, parallelLookups, async (content) => {
    if (!(await isThere(content, store))) missing.push(content.digest);
  });
  return missing[0];
}

/** A document by its bytes, which the store holds against their digest; a blob by its size. */
async function isThere(content: ContentName, store: ImageStore): Promise<boolean> {
  // What was read out of this repository for the merge was read back by that.
  if (store.wasReadLately?.(content.digest) === true) return true;
  if (!isIndexType(content.mediaType) && !isManifestType(content.mediaType)) return store.has(content);
  try {
    await readBytes(store, content);
    return true;
  } catch (error) {
    missingOf(error, content);
    return false;
  }
}

/** What a fault says is missing. @throws every other fault */
function missingOf(error: unknown, { digest }: Pick<Descriptor, 'digest'>): string {
  if (!isFault(error, 'CONTENT_MISSING', 'MANIFEST_UNKNOWN', 'REPOSITORY_UNKNOWN')) throw error;
  return error.where.reference ?? digest;
}
