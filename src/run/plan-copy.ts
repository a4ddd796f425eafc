import { isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { parsePlatform } from '../oci/platform.ts';
import { gatherGraph } from '../store/content-graph.ts';
import type { ImageStore } from '../store/content-store.ts';
import type { ImageCopy } from '../store/copy-options.ts';
import { forEachLimited } from '../store/for-each-limited.ts';
import { type Location, parseLocation } from '../store/location.ts';
import { openLocation } from '../store/open-location.ts';
import { resolveImage } from '../store/resolve-image.ts';
import { selectPlatforms } from '../store/select-platforms.ts';
import { type CopyRequest, chooseImages } from './copy.ts';
import { type OpenedImage, withImage } from './open/open-read.ts';

/** What a copy would do. Plain JSON; the same twice where nothing has changed at either place. */
export interface CopyPlan {
  readonly version: 1;
  readonly source: string;
  readonly destination: string;
  readonly images: readonly PlannedCopy[];
  /** Whether signatures, attestations and SBOMs go along; which there are is asked when they are copied. */
  readonly referrers: boolean;
}

export interface PlannedCopy {
  readonly reference: string;
  /** What stands at the destination afterwards. */
  readonly root: Descriptor;
  readonly tags: readonly PlannedTag[];
  /** Content that is not at the destination, by digest. */
  readonly missing: readonly Descriptor[];
  /** Bytes of it. */
  readonly missingBytes: number;
  /** Pieces of content that are there already. */
  readonly presentCount: number;
}

/** A tag and what it points at before and after; without `from` it is new. */
export interface PlannedTag {
  readonly tag: string;
  readonly from?: Digest;
  readonly to: Digest;
}

const parallelLookups = 16;

/**
 * Finds out what a copy would send and which tags it would move. Nothing is written; the manifests are read, the layers
 * are not.
 *
 * @throws {Fault} those of the two places
 */
export async function planCopy(request: CopyRequest, host: Host): Promise<CopyPlan> {
  return withImage(request.source, host, (from) => planFrom(from, request, host));
}

async function planFrom(from: OpenedImage, request: CopyRequest, host: Host): Promise<CopyPlan> {
  const target = parseLocation(request.destination);
  const destination = await openTarget(target, host);
  const platforms = request.platforms.map((text) => parsePlatform(text));
  const images: PlannedCopy[] = [];
  for (const image of await chooseImages(request, from, target)) {
    const found = await resolveImage(from.store, image.reference);
    const selected = await selectPlatforms(from.store, found, { platforms });
    images.push(await planImage(image, { source: from.store, destination, selected }));
  }
  const { source, referrers } = request;
  return { version: 1, source, destination: request.destination, images, referrers };
}

/** An archive is written anew, and a layout may not be there yet: then nothing is there. */
async function openTarget(target: Location, host: Host): Promise<ImageStore | undefined> {
  if (target.kind === 'oci-archive' || target.kind === 'docker-archive') return undefined;
  try {
    return await openLocation(target, { host, mode: 'read' });
  } catch (problem) {
    if (isFault(problem, 'LAYOUT_MISSING')) return undefined;
    throw problem;
  }
}

interface Places {
  readonly source: ImageStore;
  readonly destination: ImageStore | undefined;
  readonly selected: { readonly root: Descriptor; readonly bytes?: Uint8Array };
}

async function planImage(image: ImageCopy, { source, destination, selected }: Places): Promise<PlannedCopy> {
  const { root, bytes } = selected;
  const graph = await gatherGraph(source, root, {
    known: new Map(bytes === undefined ? [] : [[root.digest, bytes]]),
    allowMissing: false,
  });
  const contents = [...graph.blobs, ...graph.ranks.flat().map(({ descriptor }) => descriptor)];
  const missing: Descriptor[] = [];
  await forEachLimited(contents, parallelLookups, async ({ digest, size, mediaType }) => {
    if ((await destination?.has({ digest, size, mediaType })) !== true) missing.push({ mediaType, digest, size });
  });
  return {
    reference: image.reference,
    root,
    tags: await Promise.all(image.tags.map((tag) => planTag(tag, root, destination))),
    missing: missing.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
    missingBytes: missing.reduce((sum, { size }) => sum + size, 0),
    presentCount: contents.length - missing.length,
  };
}

async function planTag(tag: string, root: Descriptor, destination: ImageStore | undefined): Promise<PlannedTag> {
  const before = await destination?.resolve(tag);
  return { tag, ...(before === undefined ? {} : { from: before.digest }), to: root.digest };
}
