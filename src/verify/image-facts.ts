import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { type ImageConfig, platformOf } from '../oci/image-config.ts';
import { isAttestation } from '../oci/image-graph.ts';
import type { ImageIndex } from '../oci/image-index.ts';
import type { ImageManifest } from '../oci/image-manifest.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { LayerFacts } from './layer-facts.ts';

/** What a content store really holds under a descriptor. */
export interface MeasuredContent {
  /** As the parent document writes it. */
  readonly descriptor: Descriptor;
  /** Counted and hashed over the bytes, in the descriptor's algorithm; absent where the store does not hold the content. */
  readonly measured?: { readonly digest: Digest; readonly size: number };
}

export interface LayerContent extends MeasuredContent {
  /** The digest of the uncompressed layer, computed; absent where the layer was not read. */
  readonly diffId?: Digest;
  /** What lies in the layer; absent where it was not read. */
  readonly facts?: LayerFacts;
}

/** One entry of the index with everything below it. */
export interface EntryFacts extends MeasuredContent {
  /** Absent where the entry is no image manifest, or is not there. */
  readonly manifest?: ImageManifest;
  readonly config?: MeasuredContent;
  /** The config read; absent for artifacts, whose configs are not parsed. */
  readonly imageConfig?: ImageConfig;
  /** In the manifest's order. */
  readonly layers: readonly LayerContent[];
}

/**
 * Everything that the rules look at, gathered by whoever can read the image. The rules read nothing themselves.
 * An image without an index has one entry.
 */
export interface ImageFacts {
  /** What the tag or digest points at. */
  readonly root: MeasuredContent;
  /** Absent where the root is a single manifest. */
  readonly index?: ImageIndex;
  /** In the index's order, attestations and other artifacts among them. */
  readonly entries: readonly EntryFacts[];
}

/** The entries that are images somebody may run: neither attestations nor other artifacts. */
export function imageEntries(facts: ImageFacts): readonly EntryFacts[] {
  return facts.entries.filter(isImageEntry);
}

/** The platform under which readers find an entry, in normal form: its descriptor's, else its config's. */
export function entryPlatform(entry: EntryFacts): string {
  const { platform } = entry.descriptor;
  if (platform !== undefined) return formatPlatform(platform);
  return entry.imageConfig === undefined ? 'unknown' : formatPlatform(platformOf(entry.imageConfig));
}

/** Whether an entry's platform says that it is none. */
export function isPlatformless(descriptor: Descriptor): boolean {
  return descriptor.platform?.os === 'unknown';
}

function isImageEntry(entry: EntryFacts): boolean {
  const { descriptor } = entry;
  if (isAttestation(descriptor) || isPlatformless(descriptor)) return false;
  return descriptor.artifactType === undefined && entry.manifest?.artifactType === undefined;
}
