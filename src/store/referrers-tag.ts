import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from '../oci/digest.ts';
import type { ImageIndex } from '../oci/image-index.ts';
import { mediaTypes } from '../oci/media-types.ts';

/** The tag under which referrers are listed where no API lists them. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema */
export function referrersTag(subject: Digest): string {
  return `${digestAlgorithm(subject)}-${digestHex(subject).slice(0, 64)}`;
}

/** The tags under which cosign keeps signatures, attestations and SBOMs of a digest. */
export function cosignTags(subject: Digest): readonly string[] {
  return ['sig', 'att', 'sbom'].map((kind) => `${referrersTag(subject)}.${kind}`);
}

/** Whether a tag is one of those above. */
export function isReferrersTag(tag: string): boolean {
  return /^sha(?:256|512)-[a-f0-9]{64}(?:\.(?:sig|att|sbom))?$/.test(tag);
}

/** Adds a referrer to the index under its tag; the same value where it is there already. */
export function addReferrer(index: ImageIndex | undefined, referrer: Descriptor): ImageIndex {
  const manifests = index?.manifests ?? [];
  if (index !== undefined && manifests.some(({ digest }) => digest === referrer.digest)) return index;
  return { schemaVersion: 2, mediaType: mediaTypes.index, ...index, manifests: [...manifests, referrer] };
}
