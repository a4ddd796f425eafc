import { Fault, isFault } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { attestedDigest, childrenOf, decodeNode, type ImageNode, subjectOf } from '../oci/image-graph.ts';
import { isIndexType, isManifestType, isSchema1Type } from '../oci/media-types.ts';
import { documentLimitBytes } from '../oci/parse-json.ts';
import { readBytes } from './collect-content.ts';
import type { ContentStore } from './content-store.ts';
import type { GraphLimits } from './copy-options.ts';
import { forEachLimited } from './for-each-limited.ts';

/** A manifest or an index with its bytes. */
export interface GraphDocument {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly node: ImageNode;
}

/** All that hangs under a manifest or an index. */
export interface ContentGraph {
  readonly root: Descriptor;
  /**
   * Manifests and indexes, each once, in the order they can be written: a document stands behind all it needs, in a
   * later rank. An attestation needs its subject, where that is in the graph as well.
   */
  readonly ranks: readonly (readonly GraphDocument[])[];
  /** Configs, layers and everything else, each once, in the order they are met. */
  readonly blobs: readonly Descriptor[];
  /** Entries of indexes that the store does not hold. */
  readonly missing: readonly Descriptor[];
}

export interface GatherOptions {
  readonly limits?: Partial<GraphLimits>;
  /** Documents that the store does not hold, by digest. */
  readonly known?: ReadonlyMap<Digest, Uint8Array>;
  /** Go on where the store does not hold an entry of an index, as in what `docker save` makes of an image pulled for one platform. Default: false. */
  readonly allowMissing?: boolean;
}

export const defaultGraphLimits: GraphLimits = {
  maxDepth: 8,
  maxManifests: 4096,
  maxBlobs: 65_536,
  maxManifestBytes: documentLimitBytes,
  maxGraphBytes: 64 * 1024 * 1024,
};

const parallelReads = 8;

const missingEntry = {
  hint: 'The index names images that are not there; name the platforms that are, for example --platform linux/amd64',
};

/**
 * Reads every manifest and index under a root, verified, within limits. Entries of an index of an unknown type are taken as blobs.
 * @throws {Fault} CONTENT_MISSING, DIGEST_MISMATCH, SIZE_MISMATCH, DOCUMENT_MALFORMED, DOCUMENT_UNSUPPORTED, GRAPH_TOO_LARGE
 */
export async function gatherGraph(
  store: ContentStore,
  root: Descriptor,
  options: GatherOptions = {},
): Promise<ContentGraph> {
  const walk = new GraphWalk(store, options);
  let level: readonly Descriptor[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) level = await walk.visit(level, depth);
  return { root, ranks: rankDocuments(walk.documents), blobs: [...walk.blobs.values()], missing: walk.missing };
}

class GraphWalk {
  readonly documents = new Map<Digest, GraphDocument>();
  readonly blobs = new Map<Digest, Descriptor>();
  readonly missing: Descriptor[] = [];
  readonly #store: ContentStore;
  readonly #known: ReadonlyMap<Digest, Uint8Array>;
  readonly #limits: GraphLimits;
  readonly #allowMissing: boolean;
  #bytes = 0;
  #count = 0;

  constructor(store: ContentStore, { limits, known, allowMissing = false }: GatherOptions) {
    this.#allowMissing = allowMissing;
    this.#store = store;
    this.#known = known ?? new Map();
    this.#limits = { ...defaultGraphLimits, ...limits };
  }

  /** Reads the documents of one level and returns what they point at. */
  async visit(level: readonly Descriptor[], depth: number): Promise<readonly Descriptor[]> {
    const fresh = new Map(level.map((descriptor) => [descriptor.digest, descriptor]));
    const documents: GraphDocument[] = [];
    await forEachLimited(fresh.values(), parallelReads, async (descriptor) => {
      if (this.documents.has(descriptor.digest)) return;
      const document = await this.#readOrMiss(descriptor, depth);
      if (document === 'blob') this.#addBlob(descriptor);
      else if (document !== 'missing') documents.push(document);
    });
    const order = [...fresh.keys()];
    documents.sort((a, b) => order.indexOf(a.descriptor.digest) - order.indexOf(b.descriptor.digest));
    for (const document of documents) this.documents.set(document.descriptor.digest, document);
    return documents.flatMap(({ node }) => this.#below(node));
  }

  /** The entries of an index are looked into; what a manifest points at is content, whatever its type says. */
  #below(node: ImageNode): readonly Descriptor[] {
    if (node.kind === 'index') return node.index.manifests;
    for (const blob of childrenOf(node)) this.#addBlob(blob);
    return [];
  }

  #addBlob(blob: Descriptor): void {
    if (!this.blobs.has(blob.digest)) this.blobs.set(blob.digest, blob);
    this.#limit(this.blobs.size, this.#limits.maxBlobs, 'blobs');
  }

  async #readOrMiss(descriptor: Descriptor, depth: number): Promise<GraphDocument | 'blob' | 'missing'> {
    try {
      return (await this.#read(descriptor, depth)) ?? 'blob';
    } catch (error) {
      if (!isFault(error, 'CONTENT_MISSING') || depth === 0) throw error;
      if (!this.#allowMissing) throw new Fault(error.code, error.message, { ...missingEntry, cause: error });
      this.missing.push(descriptor);
      return 'missing';
    }
  }

  async #read(descriptor: Descriptor, depth: number): Promise<GraphDocument | undefined> {
    const { mediaType, digest, size } = descriptor;
    if (isSchema1Type(mediaType)) {
      throw new Fault('DOCUMENT_UNSUPPORTED', `Cannot read ${digest}: it is a Docker schema 1 manifest`);
    }
    if (!isIndexType(mediaType) && !isManifestType(mediaType)) return undefined;
    this.#bytes += size;
    this.#count += 1;
    this.#limit(depth, this.#limits.maxDepth, 'levels');
    this.#limit(this.#count, this.#limits.maxManifests, 'manifests');
    this.#limit(size, this.#limits.maxManifestBytes, 'bytes in one manifest');
    this.#limit(this.#bytes, this.#limits.maxGraphBytes, 'bytes of manifests');
    const bytes = this.#known.get(digest) ?? (await readBytes(this.#store, descriptor, this.#limits.maxManifestBytes));
    const node = decodeNode(bytes, mediaType);
    return node === undefined ? undefined : { descriptor, bytes, node };
  }

  #limit(found: number, limit: number, what: string): void {
    if (found > limit) {
      throw new Fault('GRAPH_TOO_LARGE', `Cannot read the image: it has ${found} ${what}, expected at most ${limit}`);
    }
  }
}

/** Sorts documents so that each stands behind what it needs; equal ranks keep the order they were met in. */
function rankDocuments(documents: ReadonlyMap<Digest, GraphDocument>): readonly (readonly GraphDocument[])[] {
  const ranks = new Map<Digest, number>();
  function rankOf(document: GraphDocument): number {
    const known = ranks.get(document.descriptor.digest);
    if (known !== undefined) return known;
    // A circle cannot be: each digest would have to be known before the other. Should one be, it ends here.
    ranks.set(document.descriptor.digest, 0);
    const rank = needsOf(document).reduce((highest, need) => Math.max(highest, rankOf(need) + 1), 0);
    ranks.set(document.descriptor.digest, rank);
    return rank;
  }
  function needsOf({ descriptor, node }: GraphDocument): readonly GraphDocument[] {
    const entries = node.kind === 'index' ? node.index.manifests.map(({ digest }) => digest) : [];
    return [...entries, subjectOf(node)?.digest, attestedDigest(descriptor)]
      .map((digest) => (digest === undefined ? undefined : documents.get(digest)))
      .filter((need) => need !== undefined);
  }
  const sorted: GraphDocument[][] = [];
  for (const document of documents.values()) (sorted[rankOf(document)] ??= []).push(document);
  return sorted;
}
