import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { isTag, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { ImageStore } from './content-store.ts';
import type { CopiedGraph, CopiedImage, CopyImagesOptions, CopyOptions, ImageCopy } from './copy-options.ts';
import { copyReferrers } from './copy-referrers.ts';
import { CopySession } from './copy-session.ts';
import { isReferrersTag } from './referrers-tag.ts';
import { resolveImage } from './resolve-image.ts';
import { selectPlatforms } from './select-platforms.ts';
import { sidedFault } from './sided-fault.ts';

/**
 * Copies all that hangs under a manifest or an index, children before parents and attestations after their image, so that
 * the destination never holds a document without what it needs. Nothing is tagged. What is there already stays; a copy
 * that was broken off goes on where it stopped.
 *
 * @throws {Fault} CONTENT_MISSING, DIGEST_MISMATCH, SIZE_MISMATCH, DOCUMENT_MALFORMED, GRAPH_TOO_LARGE, STORE_FULL and the
 *   faults of both stores, with `where.side`
 */
export async function copyGraph(root: Descriptor, options: CopyOptions): Promise<CopiedGraph> {
  const { contents } = await new CopySession(options).copy(root);
  return { root, contents };
}

/**
 * Copies images by name, with what refers to them where that is wanted, and tags each once all of it is there.
 *
 * @example
 * await copyImages({ host, source, destination, images: [{ reference: 'v1', tags: ['v1', 'latest'] }] });
 * @throws {Fault} IMAGE_MISSING, IMAGE_AMBIGUOUS, PLATFORM_NOT_OFFERED and those of `copyGraph`
 */
export async function copyImages(options: CopyImagesOptions): Promise<readonly CopiedImage[]> {
  const session = new CopySession(options);
  const copied: CopiedImage[] = [];
  for (const image of options.images) copied.push(await copyImage(session, image, options));
  return copied;
}

/**
 * One copy for every tag of a source: `--all-tags`. A name that is a whole reference gives its tag. The tags that only carry
 * referrers (`sha256-<hex>` and cosign's) are left out: they go along where `referrers` is asked for.
 */
export async function everyTag(source: ImageStore): Promise<readonly ImageCopy[]> {
  const names = (await source.tags()).filter((name) => !isReferrersTag(name));
  return names.map((name) => ({ reference: name, tags: [tagOf(name)] }));
}

async function copyImage(session: CopySession, image: ImageCopy, options: CopyImagesOptions): Promise<CopiedImage> {
  const { source, destination } = session;
  const found = await resolveSource(source, image.reference);
  const { root, bytes } = await selectPlatforms(source, found, options);
  const known = new Map<Digest, Uint8Array>(bytes === undefined ? [] : [[root.digest, bytes]]);
  const { graph, contents } = await session.copy(root, known);
  const referrers = options.referrers === true ? await copyReferrers(session, graph) : { contents: [], copied: [] };
  for (const tag of image.tags) await tagOnce(destination, tag, root);
  return {
    reference: image.reference,
    source: found,
    root,
    contents: [...contents, ...referrers.contents],
    tags: image.tags,
    referrers: referrers.copied,
  };
}

function tagOf(name: string): string {
  return isTag(name) ? name : (withDefaultTag(parseReference(name)).tag ?? name);
}

async function resolveSource(source: ImageStore, reference: string): Promise<Descriptor> {
  try {
    return await resolveImage(source, reference);
  } catch (error) {
    throw sidedFault(error, 'source', source);
  }
}

/** A tag that points there already is left alone: registries may not allow to set it again. */
async function tagOnce(destination: ImageStore, tag: string, root: Descriptor): Promise<void> {
  try {
    const before = await destination.resolve(tag);
    if (before?.digest !== root.digest) await destination.tag(tag, root);
  } catch (error) {
    throw sidedFault(error, 'destination', destination);
  }
}
