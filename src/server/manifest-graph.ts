import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { childrenOf, type ImageNode, subjectOf } from '../oci/image-graph.ts';
import { isIndexType, isManifestType, isNonDistributableType } from '../oci/media-types.ts';
import { forEachLimited } from '../store/for-each-limited.ts';
import type { ManifestReader } from './manifest-reader.ts';
import type { RepositoryStorage } from './registry-storage.ts';
import type { RepositoryIndex } from './repository-index.ts';

const parallelReads = 16;

export interface FoundManifest {
  readonly descriptor: Descriptor;
  readonly node: ImageNode | undefined;
}

/** Why a manifest cannot be whole in a repository. */
export interface MissingContent {
  readonly digest: Digest;
  /** Bytes it has there, where only the size is wrong. */
  readonly foundSize?: number;
}

/** The manifests of a repository as they hang together: those in its index, and those that an index among them lists. */
export class ManifestGraph {
  readonly #repository: RepositoryStorage;
  readonly #index: RepositoryIndex;
  readonly #reader: ManifestReader;
  #manifests: Promise<ReadonlyMap<Digest, FoundManifest>> | undefined;

  constructor(repository: RepositoryStorage, index: RepositoryIndex, reader: ManifestReader) {
    this.#repository = repository;
    this.#index = index;
    this.#reader = reader;
  }

  /** What serves as the manifest of a digest here. A blob that only happens to be a manifest does not. */
  async find(digest: Digest): Promise<Descriptor | undefined> {
    const entry = this.#index.manifest(digest);
    if (entry !== undefined) return entry;
    // Only a repository that another tool has written lists children in their parents alone.
    if ((await this.#repository.stat(digest)) === undefined) return undefined;
    return (await this.all()).get(digest)?.descriptor;
  }

  /** Every manifest, oldest first, parents before children. */
  all(): Promise<ReadonlyMap<Digest, FoundManifest>> {
    this.#manifests ??= this.#walk(this.#index.manifests);
    return this.#manifests;
  }

  /** A manifest that needs the content of a digest to be whole. */
  async userOf(digest: Digest): Promise<Digest | undefined> {
    for (const [user, { node }] of await this.all()) {
      if (node !== undefined && childrenOf(node).some((child) => child.digest === digest)) return user;
    }
    return undefined;
  }

  /** The manifests whose subject is a digest, which need not be there itself. */
  async referrersOf(digest: Digest): Promise<readonly FoundManifest[]> {
    return [...(await this.all()).values()].filter(
      ({ node }) => node !== undefined && subjectOf(node)?.digest === digest,
    );
  }

  /** What a manifest would lack here. What registries need not hold, and the subject, are not asked for. */
  async missingFrom(node: ImageNode): Promise<readonly MissingContent[]> {
    const children = new Map(childrenOf(node).map((child) => [child.digest, child] as const));
    const missing: MissingContent[] = [];
    for (const child of children.values()) {
      if (isNonDistributableType(child.mediaType)) continue;
      const mustBeManifest = node.kind === 'index' && isDocument(child);
      const isThere = !mustBeManifest || (await this.find(child.digest)) !== undefined;
      const found = isThere ? await this.#repository.stat(child.digest) : undefined;
      if (found === undefined) missing.push({ digest: child.digest });
      else if (found.size !== child.size) missing.push({ digest: child.digest, foundSize: found.size });
    }
    return missing;
  }

  /** Every manifest that hangs under some descriptors, these included. */
  async #walk(roots: readonly Descriptor[]): Promise<ReadonlyMap<Digest, FoundManifest>> {
    const found = new Map<Digest, FoundManifest>();
    let level = roots;
    while (level.length > 0) {
      const fresh = level.filter(({ digest }) => !found.has(digest));
      const nodes = new Map<Digest, ImageNode | undefined>();
      await forEachLimited(fresh, parallelReads, async (descriptor) => {
        nodes.set(descriptor.digest, await this.#reader.read(this.#repository, descriptor));
      });
      for (const descriptor of fresh) found.set(descriptor.digest, { descriptor, node: nodes.get(descriptor.digest) });
      level = [...nodes.values()].flatMap((node) =>
        node?.kind === 'index' ? node.index.manifests.filter(isDocument) : [],
      );
    }
    return found;
  }
}

function isDocument({ mediaType }: Descriptor): boolean {
  return isIndexType(mediaType) || isManifestType(mediaType);
}
