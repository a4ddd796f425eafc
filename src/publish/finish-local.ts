import { Fault, isFault } from '../errors/fault.ts';
import type { ImageStore } from '../store/content-store.ts';
import type { Staged } from './stage-destination.ts';

/** What became of a layout, an archive or the local Docker. */
export type FinishedLocal =
  | { readonly state: 'written' | 'unchanged' }
  | { readonly state: 'failed'; readonly problem: Fault };

/** Sets the names in a place of this machine, reads each back, and makes the place whole. @throws {Fault} INTERRUPTED */
export async function finishLocal(staged: Staged, store: ImageStore): Promise<FinishedLocal> {
  try {
    const moved = await setTags(staged, store);
    await store.close?.();
    return { state: staged.unchanged && !moved ? 'unchanged' : 'written' };
  } catch (problem) {
    await store.discard?.();
    if (!isFault(problem) || isFault(problem, 'INTERRUPTED')) throw problem;
    return { state: 'failed', problem };
  }
}

async function setTags({ destination, release: { index } }: Staged, store: ImageStore): Promise<boolean> {
  let moved = false;
  for (const tag of destination.tags) {
    if ((await store.resolve(tag))?.digest === index.digest) continue;
    const name = destination.kind === 'oci-archive' ? destination.names[tag] : undefined;
    await store.tag(tag, index, name === undefined ? {} : { name });
    moved = true;
    const found = await store.resolve(tag);
    if (found?.digest !== index.digest)
      throw new Fault(
        'TAG_LOST',
        `Cannot confirm the tag "${tag}": it points at ${found?.digest ?? 'nothing'}, expected ${index.digest}`,
        { where: { ...store.where, reference: tag }, retryable: true },
      );
  }
  return moved;
}
