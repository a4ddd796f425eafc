import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from '../oci/digest.ts';
import { encodeDocument } from '../oci/encode.ts';
import { decodeIndex, type ImageIndex } from '../oci/image-index.ts';
import { decodeManifest } from '../oci/image-manifest.ts';
import { isIndexType, isManifestType, mediaTypes } from '../oci/media-types.ts';

/** A manifest that refers to another: what it refers to, and how it stands in the list of referrers. */
export interface Referrer {
  readonly subject: Descriptor;
  readonly entry: Descriptor;
}

/**
 * How a manifest is listed among the referrers of its subject: with its artifact type, else the type of its config, and
 * its annotations. Undefined where it has no subject.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 * @throws {Fault} DOCUMENT_MALFORMED
 */
export function referrerOf(descriptor: Descriptor, bytes: Uint8Array): Referrer | undefined {
  const { mediaType } = descriptor;
  if (isIndexType(mediaType)) {
    const { subject, artifactType, annotations } = decodeIndex(bytes);
    return subject && { subject, entry: entryOf(descriptor, artifactType, annotations) };
  }
  if (!isManifestType(mediaType)) return undefined;
  const { subject, artifactType, config, annotations } = decodeManifest(bytes);
  return subject && { subject, entry: entryOf(descriptor, artifactType ?? config.mediaType, annotations) };
}

function entryOf(
  { mediaType, digest, size }: Descriptor,
  artifactType: string | undefined,
  annotations: Descriptor['annotations'],
): Descriptor {
  const hasAnnotations = annotations !== undefined && Object.keys(annotations).length > 0;
  return {
    mediaType,
    digest,
    size,
    ...(hasAnnotations ? { annotations } : {}),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

/** The tag that lists referrers where a registry does not. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema */
export function referrersTag(subject: Digest): string {
  const text = `${digestAlgorithm(subject).slice(0, 32)}-${digestHex(subject).slice(0, 64)}`;
  return text.replace(/[^A-Za-z0-9._-]/g, '-');
}

/** A change to a list of referrers. */
export interface ReferrersChange {
  readonly add?: Descriptor;
  readonly remove?: Digest;
  /** Entries that were in the list a moment ago and must not be lost. */
  readonly keep?: readonly Descriptor[];
}

/** The list with a change made to it; undefined where it is so already. What else the list holds stays as it is. */
export function changeReferrers(current: ImageIndex | undefined, change: ReferrersChange): ImageIndex | undefined {
  const before = current?.manifests ?? [];
  const wanted = [...(change.keep ?? []), ...(change.add === undefined ? [] : [change.add])];
  const added = wanted.filter(
    ({ digest }, at) =>
      digest !== change.remove &&
      before.every((entry) => entry.digest !== digest) &&
      wanted.findIndex((other) => other.digest === digest) === at,
  );
  const kept = before.filter(({ digest }) => digest !== change.remove);
  if (added.length === 0 && kept.length === before.length) return undefined;
  return { ...(current ?? emptyList), manifests: [...kept, ...added] };
}

const emptyList: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };

export function encodeReferrers(list: ImageIndex): Uint8Array {
  return encodeDocument(list);
}
