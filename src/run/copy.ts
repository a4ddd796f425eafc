import type { Host } from '../host/host.ts';
import { parsePlatform } from '../oci/platform.ts';
import { copyImages, everyTag } from '../store/copy.ts';
import type { CopiedImage, ImageCopy } from '../store/copy-options.ts';
import { type Location, parseLocation } from '../store/location.ts';
import { imageOf, openLocation } from '../store/open-location.ts';
import { type OpenedImage, withImage } from './open/open-read.ts';

export interface CopyRequest {
  readonly source: string;
  readonly destination: string;
  /** Empty: all. */
  readonly platforms: readonly string[];
  readonly allTags: boolean;
  readonly referrers: boolean;
}

/**
 * Copies one image, or every tag, from one place to another. What was copied before a fault stays there, so that the
 * same command goes on where it stopped.
 *
 * @throws {Fault} those of the two places, with `where.side`
 */
export async function copy(request: CopyRequest, host: Host): Promise<readonly CopiedImage[]> {
  return withImage(request.source, host, (from) => copyFrom(from, request, host));
}

async function copyFrom(from: OpenedImage, request: CopyRequest, host: Host): Promise<readonly CopiedImage[]> {
  const platforms = request.platforms.map((text) => parsePlatform(text));
  const target = parseLocation(request.destination);
  const images = await chooseImages(request, from, target);
  const destination = await openLocation(target, { host, mode: 'write' });
  try {
    const copied = await copyImages({
      host,
      source: from.store,
      destination,
      images,
      referrers: request.referrers,
      ...(platforms.length === 0 ? {} : { platforms }),
    });
    await destination.close?.();
    return copied;
  } catch (problem) {
    await destination.discard?.();
    throw problem;
  }
}

/** Which images of the source are copied, and what they are tagged with at the destination. */
export async function chooseImages(
  { allTags }: CopyRequest,
  from: OpenedImage,
  target: Location,
): Promise<readonly ImageCopy[]> {
  return allTags ? everyTag(from.store) : [{ reference: from.reference, tags: tagsFor(target, from) }];
}

/** The tag at the destination: the one that is written, else the source's, else `latest`. By digest nothing is tagged. */
function tagsFor(
  target: Location,
  from: { readonly location: Location; readonly reference: string },
): readonly string[] {
  const written = target.kind === 'registry' ? target.reference.tag : target.image;
  if (written !== undefined && written !== '') return [written];
  if (target.kind === 'registry' && target.reference.digest !== undefined) return [];
  const kept = from.location.kind === 'registry' ? from.location.reference.tag : imageOf(from.location);
  return [kept === undefined || kept === '' || kept.includes(':') ? 'latest' : kept];
}
