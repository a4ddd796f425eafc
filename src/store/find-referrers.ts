import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageStore } from './content-store.ts';
import { forEachLimited } from './for-each-limited.ts';
import { cosignTags } from './referrers-tag.ts';

/** Something that refers to a manifest or an index from outside. */
export interface FoundReferrer {
  readonly subject: Digest;
  readonly descriptor: Descriptor;
  /** Cosign's tag that it was found under, where it was. */
  readonly tag?: string;
}

const parallelLookups = 6;

/** What refers to any of the digests, in their order: by the referrers API or tag, then by cosign's tags. */
export async function findReferrers(store: ImageStore, subjects: readonly Digest[]): Promise<readonly FoundReferrer[]> {
  const found: FoundReferrer[][] = [];
  await forEachLimited(subjects.entries(), parallelLookups, async ([place, subject]) => {
    found[place] = await lookUp(store, subject);
  });
  return found.flat();
}

async function lookUp(store: ImageStore, subject: Digest): Promise<FoundReferrer[]> {
  const listed = (await store.referrers?.(subject)) ?? [];
  const found: FoundReferrer[] = listed.map((descriptor) => ({ subject, descriptor }));
  for (const tag of cosignTags(subject)) {
    const descriptor = await store.resolve(tag);
    if (descriptor !== undefined) found.push({ subject, descriptor, tag });
  }
  return found;
}
