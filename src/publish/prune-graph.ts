import { Fault, isFault } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { decodeNode, subjectOf } from '../oci/image-graph.ts';
import { isIndexType, isManifestType, isSchema1Type } from '../oci/media-types.ts';
import { decodeCellRecord } from '../plan/decode-cell-record.ts';
import { partRecordType } from '../plan/part-tag.ts';
import { readBytes } from '../store/collect-content.ts';
import type { ImageStore } from '../store/content-store.ts';
import { forEachLimited } from '../store/for-each-limited.ts';

/** A manifest or an index of a repository, and all that it points at. */
export interface PruneNode {
  readonly descriptor: Descriptor;
  readonly kind: 'index' | 'manifest';
  /** Entries of an index. */
  readonly entries: readonly Digest[];
  /** Config and layers of a manifest. */
  readonly blobs: readonly Digest[];
  readonly config?: Descriptor;
  /** What it is attached to. */
  readonly subject?: Digest;
  /** What the referrers API lists for it. */
  readonly referrers: readonly Digest[];
  /** Parts that our own record names; they are found by it alone. */
  readonly parts: readonly Digest[];
  readonly annotations: Readonly<Record<string, string>>;
  /** When our own record was written; ISO 8601. */
  readonly recordedAt?: string;
}

/** All of a repository that can be found: what tags reach, and what was asked for besides. */
export interface RepositoryGraph {
  readonly tags: ReadonlyMap<string, Digest>;
  readonly nodes: ReadonlyMap<Digest, PruneNode>;
}

const parallelReads = 8;
const parallelTags = 8;
/** More is walked by no tool in a sensible time. */
const maxDocuments = 100_000;
const maxRecordBytes = 1024 * 1024;

/**
 * Reads every manifest and index that a tag reaches: through indexes in indexes, subjects, referrers and our own records;
 * and that the candidates reach. What is not there is left out.
 *
 * @throws {Fault} DOCUMENT_MALFORMED, GRAPH_TOO_LARGE, and those of the store: what cannot be read might hold anything
 */
export async function gatherRepository(
  store: ImageStore,
  { candidates, roots = [] }: { readonly candidates: readonly Digest[]; readonly roots?: readonly Descriptor[] },
): Promise<RepositoryGraph> {
  const tags = await resolveTags(store);
  const nodes = new Map<Digest, PruneNode>();
  const seen = new Set<Digest>();
  let level: readonly (Descriptor | Digest)[] = [...tags.values(), ...roots, ...candidates];
  while (level.length > 0) {
    const fresh = level.filter((one) => isNew(seen, typeof one === 'string' ? one : one.digest));
    const found: PruneNode[] = [];
    await forEachLimited(fresh.values(), parallelReads, async (one) => {
      const node = await readNode(store, one);
      if (node !== undefined) found.push(node);
    });
    for (const node of found) nodes.set(node.descriptor.digest, node);
    if (nodes.size > maxDocuments) throw tooLarge(nodes.size);
    level = found.flatMap(linksOf);
  }
  const digests = new Map([...tags].map(([tag, { digest }]) => [tag, digest] as const));
  return { tags: digests, nodes };
}

/** What every tag points at now; one that vanishes meanwhile is left out. */
export async function resolveTags(store: ImageStore): Promise<ReadonlyMap<string, Descriptor>> {
  const names = await store.tags();
  const found = new Map<string, Descriptor | undefined>(names.map((tag) => [tag, undefined]));
  await forEachLimited(names.values(), parallelTags, async (tag) => {
    found.set(tag, await store.resolve(tag));
  });
  return new Map([...found].flatMap(([tag, descriptor]) => (descriptor === undefined ? [] : [[tag, descriptor]])));
}

/** Documents that a node leads to. */
export function linksOf({ entries, subject, referrers, parts }: PruneNode): readonly Digest[] {
  return [...entries, ...(subject === undefined ? [] : [subject]), ...referrers, ...parts];
}

async function readNode(store: ImageStore, one: Descriptor | Digest): Promise<PruneNode | undefined> {
  const descriptor = typeof one === 'string' ? await store.resolve(one) : one;
  if (descriptor === undefined) return undefined;
  const base = { descriptor, entries: [], blobs: [], referrers: [], parts: [], annotations: {} };
  // Docker's first format names its layers only; they are no documents.
  if (isSchema1Type(descriptor.mediaType)) return { ...base, kind: 'manifest' };
  if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType)) return undefined;
  const bytes = await readOrMiss(store, descriptor);
  const node = bytes === undefined ? undefined : decodeNode(bytes, descriptor.mediaType);
  if (node === undefined) return undefined;
  const subject = subjectOf(node)?.digest;
  const referrers = ((await store.referrers?.(descriptor.digest)) ?? []).map(({ digest }) => digest);
  const linked = { ...base, referrers, ...(subject === undefined ? {} : { subject }) };
  if (node.kind === 'index') {
    const { manifests, annotations = {} } = node.index;
    return { ...linked, kind: 'index', entries: manifests.map(({ digest }) => digest), annotations };
  }
  const { config, layers, annotations = {}, artifactType } = node.manifest;
  const blobs = [config, ...layers];
  const record = artifactType === partRecordType ? await readRecordOf(store, layers[0]) : {};
  return { ...linked, kind: 'manifest', blobs: blobs.map(({ digest }) => digest), config, annotations, ...record };
}

async function readOrMiss(store: ImageStore, descriptor: Descriptor): Promise<Uint8Array | undefined> {
  try {
    return await readBytes(store, descriptor);
  } catch (error) {
    if (isFault(error, 'CONTENT_MISSING', 'MANIFEST_UNKNOWN')) return undefined;
    throw error;
  }
}

/** The parts that a record names; one that cannot be read keeps nothing, and is never old. */
async function readRecordOf(
  store: ImageStore,
  layer: Descriptor | undefined,
): Promise<Pick<PruneNode, 'parts'> & { readonly recordedAt?: string }> {
  if (layer?.mediaType !== partRecordType) return { parts: [] };
  try {
    const { outcome, finishedAt } = decodeCellRecord(await readBytes(store, layer, maxRecordBytes));
    if (!('part' in outcome)) return { parts: [] };
    const { manifest, attestations = [] } = outcome.part;
    return { parts: [manifest, ...attestations].map(({ digest }) => digest), recordedAt: finishedAt };
  } catch (error) {
    if (isFault(error, 'DOCUMENT_MALFORMED', 'CONTENT_MISSING', 'GRAPH_TOO_LARGE')) return { parts: [] };
    throw error;
  }
}

function isNew(seen: Set<Digest>, digest: Digest): boolean {
  const isKnown = seen.has(digest);
  seen.add(digest);
  return !isKnown;
}

function tooLarge(count: number): Fault {
  return new Fault(
    'GRAPH_TOO_LARGE',
    `Cannot prune the repository: it has ${count} manifests, expected at most ${maxDocuments}`,
  );
}
