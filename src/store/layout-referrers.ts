import { type Descriptor, descriptorOf } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { encodeDocument } from '../oci/encode.ts';
import { artifactTypeOf, decodeNode, type ImageNode, subjectOf } from '../oci/image-graph.ts';
import { decodeIndex, type ImageIndex } from '../oci/image-index.ts';
import { once, readBytes } from './collect-content.ts';
import type { ContentStore } from './content-store.ts';
import { findImage, nameImage } from './layout-index.ts';
import { addReferrer, referrersTag } from './referrers-tag.ts';

/** Entries of one index that are opened to see what they refer to; more is no layout that a person made. */
const maxOpenedEntries = 1000;

/**
 * What refers to a manifest: the entries of the index under the referrers tag, and entries of the layout's own index that
 * name it as their subject (as oras writes them). The content of a layout has no other way to be found.
 */
export async function layoutReferrers(
  store: ContentStore,
  index: ImageIndex,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  const listed = await readReferrersIndex(store, index, subject);
  const found = new Map((listed?.manifests ?? []).map((entry) => [entry.digest, entry]));
  const loose = index.manifests.filter(({ digest, artifactType }) => artifactType !== undefined && !found.has(digest));
  for (const entry of loose.slice(0, maxOpenedEntries)) {
    const node = decodeNode(await readBytes(store, entry), entry.mediaType);
    if (node !== undefined && subjectOf(node)?.digest === subject)
      found.set(entry.digest, describeReferrer(entry, node));
  }
  return [...found.values()];
}

/** Puts a referrer into the index under the referrers tag of its subject. */
export async function referInLayout(
  store: ContentStore,
  index: ImageIndex,
  link: { readonly subject: Digest; readonly referrer: Descriptor },
): Promise<ImageIndex> {
  const node = decodeNode(await readBytes(store, link.referrer), link.referrer.mediaType);
  const referrer = node === undefined ? link.referrer : describeReferrer(link.referrer, node);
  const before = await readReferrersIndex(store, index, link.subject);
  const after = addReferrer(before, referrer);
  if (after === before) return index;
  const bytes = encodeDocument(after);
  const descriptor = descriptorOf(after.mediaType ?? '', bytes);
  await store.write(once(bytes), descriptor);
  return nameImage(index, referrersTag(link.subject), descriptor);
}

/** A descriptor as a list of referrers has it: with the artifact type and the annotations of the manifest. */
export function describeReferrer(descriptor: Descriptor, node: ImageNode): Descriptor {
  const { mediaType, digest, size } = descriptor;
  const artifactType =
    node.kind === 'manifest'
      ? (artifactTypeOf(node.manifest) ?? node.manifest.config.mediaType)
      : node.index.artifactType;
  const annotations = node.kind === 'manifest' ? node.manifest.annotations : node.index.annotations;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

async function readReferrersIndex(
  store: ContentStore,
  index: ImageIndex,
  subject: Digest,
): Promise<ImageIndex | undefined> {
  const entry = findImage(index, referrersTag(subject));
  return entry === undefined ? undefined : decodeIndex(await readBytes(store, entry));
}
