import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { attestedDigest, isAttestation } from '../oci/image-graph.ts';
import type { ImageIndex } from '../oci/image-index.ts';
import { isIndexType } from '../oci/media-types.ts';
import { type MergedIndex, mergeIndex } from '../oci/merge-index.ts';
import { formatPlatform } from '../oci/platform.ts';
import { annotationsOf } from '../plan/annotation-level.ts';
import { once, readBytes } from '../store/collect-content.ts';
import { JoinedStore } from '../store/joined-store.ts';
import { parseLocation } from '../store/location.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { imageOf, openLocation } from '../store/open-location.ts';
import { type MergeSource, openSource, readSource } from './release/merge-sources.ts';
import { type WrittenTag, writeIndex } from './release/write-index.ts';

export interface MergeRequest {
  /** Images of single platforms, or indexes; as typed, in the order of the index. */
  readonly sources: readonly string[];
  /** At least one: a reference, or `oci:DIR:NAME`. */
  readonly tags: readonly string[];
  /** By key, which may name a level: `index:KEY`, `manifest-descriptor[linux/arm64]:KEY`. Without one it is the index's. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Beside what the first tag points at now; a platform that is there is replaced. */
  readonly append: boolean;
  /** Nothing is written. */
  readonly isDryRun: boolean;
}

/** An index of several parts, and where it went. */
export interface MergedImage {
  readonly index: ImageIndex;
  readonly descriptor: Descriptor;
  /** The bytes as they are stored. */
  readonly bytes: Uint8Array;
  /** Normalised, in the order of the index. */
  readonly platforms: readonly string[];
  /** Empty in a dry run. */
  readonly tags: readonly WrittenTag[];
}

/**
 * Makes one index of parts that somebody else built and writes it under every tag: content and index by digest everywhere
 * first, read back, then the tags, each read back. Attestations stay beside their image.
 *
 * @throws {Fault} INDEX_CONFLICT, TAG_LOST and those of the places
 */
export async function merge(request: MergeRequest, host: Host): Promise<MergedImage> {
  const [target = ''] = request.tags;
  const sources: MergeSource[] = [];
  for (const text of request.sources) sources.push(await openSource(text, { host, target }));
  const standing = request.append ? await openStanding(target, host) : undefined;
  try {
    const merged = await assemble(request, sources, standing);
    const memory = new MemoryStore();
    await memory.write(once(merged.bytes), merged.descriptor);
    const all = standing === undefined ? sources : [standing, ...sources];
    const source = new JoinedStore(
      memory,
      all.map(({ store }) => store),
    );
    const tags = request.isDryRun ? [] : await writeIndex(merged.descriptor, { host, source, tags: request.tags });
    return { ...merged, platforms: platformsOf(merged.index), tags };
  } finally {
    for (const { store } of sources) await store.close?.();
  }
}

/** What a tag points at now, to be added to; undefined where it is new. */
async function openStanding(target: string, host: Host): Promise<MergeSource | undefined> {
  const location = parseLocation(target);
  const store = await openLocation(location, { host, mode: 'write' });
  const root = await store.resolve(imageOf(location));
  return root === undefined ? undefined : { text: target, store, root, ...(await readSource(store, root)) };
}

async function assemble(
  request: MergeRequest,
  sources: readonly MergeSource[],
  standing: MergeSource | undefined,
): Promise<MergedIndex> {
  const [only] = sources;
  const isCopy = sources.length === 1 && standing === undefined && Object.keys(request.annotations).length === 0;
  if (isCopy && only !== undefined && isIndexType(only.root.mediaType)) return asItIs(only);
  const fresh = mergeIndex({ ...joined(sources), parts: sources.map(({ root }) => root) });
  const kept = standing === undefined ? [] : withoutPlatforms(standing, platformsOf(fresh.index));
  const all = standing === undefined ? sources : [standing, ...sources];
  const parts = [...kept, ...fresh.index.manifests].map((entry) => annotated(entry, request.annotations));
  const annotations = annotationsOf(asIndexKeys(request.annotations), 'index');
  return mergeIndex({ ...joined(all), parts, annotations });
}

/** One index that nothing is done to keeps its digest. */
async function asItIs({ store, root, nodes }: MergeSource): Promise<MergedIndex> {
  const node = nodes.get(root.digest);
  if (node?.kind !== 'index')
    throw new Fault('CONTENT_MISSING', `Cannot read the index ${root.digest}: its content is not at hand`);
  return { index: node.index, bytes: await readBytes(store, root), descriptor: root };
}

function joined(sources: readonly MergeSource[]): Pick<MergeSource, 'nodes' | 'configs'> {
  return {
    nodes: new Map(sources.flatMap(({ nodes }) => [...nodes])),
    configs: new Map(sources.flatMap(({ configs }) => [...configs])),
  };
}

/** The entries of a standing index whose platforms are not made anew, with their attestations. */
function withoutPlatforms(standing: MergeSource, platforms: readonly string[]): readonly Descriptor[] {
  const { manifests } = mergeIndex({ ...standing, parts: [standing.root] }).index;
  const replaced = new Set<Digest>(manifests.flatMap((entry) => (isReplaced(entry, platforms) ? [entry.digest] : [])));
  return manifests.filter((entry) => {
    const subject = attestedDigest(entry);
    return !replaced.has(entry.digest) && (subject === undefined || !replaced.has(subject));
  });
}

function isReplaced(entry: Descriptor, platforms: readonly string[]): boolean {
  return !isAttestation(entry) && entry.platform !== undefined && platforms.includes(formatPlatform(entry.platform));
}

function annotated(entry: Descriptor, written: MergeRequest['annotations']): Descriptor {
  // What attests an image is no image: it is found by annotations of its own.
  if (isAttestation(entry)) return entry;
  const platform = entry.platform === undefined ? undefined : formatPlatform(entry.platform);
  const added = annotationsOf(asIndexKeys(written), 'manifest-descriptor', platform);
  return Object.keys(added).length === 0 ? entry : { ...entry, annotations: { ...entry.annotations, ...added } };
}

/** A key without a level is the index's, as `docker buildx imagetools create` has it. */
function asIndexKeys(annotations: MergeRequest['annotations']): MergeRequest['annotations'] {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [
      /^(?:index|manifest|manifest-descriptor)(?:\[[^\]]*\])?[,:]/.test(key) ? key : `index:${key}`,
      value,
    ]),
  );
}

function platformsOf({ manifests }: ImageIndex): readonly string[] {
  return manifests.flatMap((entry) =>
    isAttestation(entry) || entry.platform === undefined ? [] : [formatPlatform(entry.platform)],
  );
}
