import { Fault } from '../errors/fault.ts';
import { type Descriptor, descriptorOf } from '../oci/descriptor.ts';
import { encodeDocument } from '../oci/encode.ts';
import { attestedDigest, isAttestation } from '../oci/image-graph.ts';
import type { ImageIndex } from '../oci/image-index.ts';
import { formatPlatform, type Platform, platformsEqual } from '../oci/platform.ts';

/** What is left of an index: itself, one of its images, or an index written anew. */
export interface KeptImages {
  readonly root: Descriptor;
  /** The document of a root that was written anew. */
  readonly bytes?: Uint8Array;
}

/**
 * The part of an index that is for the wanted platforms. Where that is all of it, the index stays as it is. Where it is one
 * image without attestations, it is that image. Otherwise it is a new index of the same type, with the same annotations,
 * that has the wanted images and their attestations in the old order; `subject` is left out, since it spoke of the old one.
 * @throws {Fault} PLATFORM_NOT_OFFERED
 */
export function keepPlatforms(root: Descriptor, index: ImageIndex, wanted: readonly Platform[]): KeptImages {
  const images = index.manifests.filter((entry) => !isAttestation(entry) && isWanted(entry, wanted));
  for (const platform of wanted) checkOffered(index, platform);
  const digests = new Set(images.map(({ digest }) => digest));
  const kept = index.manifests.filter((entry) => {
    const subject = attestedDigest(entry);
    return images.includes(entry) || (subject !== undefined && digests.has(subject));
  });
  if (kept.length === index.manifests.length) return { root };
  const [only] = kept;
  if (only !== undefined && kept.length === 1) return { root: only };
  const { subject: _subject, ...rest } = index;
  const bytes = encodeDocument({ ...rest, manifests: kept });
  return { root: descriptorOf(index.mediaType ?? root.mediaType, bytes), bytes };
}

function isWanted({ platform }: Descriptor, wanted: readonly Platform[]): boolean {
  return platform !== undefined && wanted.some((one) => isPlatformWanted(platform, one));
}

function checkOffered(index: ImageIndex, wanted: Platform): void {
  const offered = index.manifests.filter((entry) => !isAttestation(entry));
  if (offered.some((entry) => isWanted(entry, [wanted]))) return;
  throw notOffered(
    wanted,
    offered.map(({ platform }) => platform),
  );
}

/** Whether an image of a platform is one that is wanted. Its `os.version` and `os.features` count only where they are asked for. */
export function isPlatformWanted(platform: Platform, wanted: Platform): boolean {
  const { 'os.version': version, 'os.features': features, ...bare } = platform;
  return platformsEqual(wanted, {
    ...bare,
    ...(wanted['os.version'] === undefined || version === undefined ? {} : { 'os.version': version }),
    ...(wanted['os.features'] === undefined || features === undefined ? {} : { 'os.features': features }),
  });
}

/** An image is not there for a platform. */
export function notOffered(wanted: Platform, offered: readonly (Platform | undefined)[]): Fault {
  const names = [...new Set(offered.filter((platform) => platform !== undefined).map(formatPlatform))];
  const shown = names.length === 0 ? 'it names no platform' : `it offers ${names.join(', ')}`;
  return new Fault('PLATFORM_NOT_OFFERED', `Cannot take ${formatPlatform(wanted)} of the image: ${shown}`, {
    where: { platform: formatPlatform(wanted) },
  });
}
