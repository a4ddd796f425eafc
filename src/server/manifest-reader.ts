import { isFault } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { decodeNode, type ImageNode } from '../oci/image-graph.ts';
import { documentLimitBytes } from '../oci/parse-json.ts';
import type { RepositoryStorage } from './registry-storage.ts';

const cacheBytes = 16 * 1024 * 1024;

/** Reads manifests of repositories, and remembers those read last: the bytes under a digest never change. */
export class ManifestReader {
  readonly #cache = new Map<Digest, { readonly node: ImageNode; readonly size: number }>();
  #cachedBytes = 0;

  /** The manifest or index that a descriptor names; undefined where it is missing, or neither. */
  async read(repository: RepositoryStorage, descriptor: Descriptor): Promise<ImageNode | undefined> {
    const { digest, mediaType } = descriptor;
    const cached = this.#cache.get(digest);
    if (cached !== undefined) {
      this.#cache.delete(digest);
      this.#cache.set(digest, cached);
      return cached.node;
    }
    const bytes = await readSmallBlob(repository, digest);
    const node = bytes === undefined ? undefined : decodeOrNothing(bytes, mediaType);
    if (bytes !== undefined && node !== undefined) this.#remember(digest, node, bytes.byteLength);
    return node;
  }

  #remember(digest: Digest, node: ImageNode, size: number): void {
    this.#cache.set(digest, { node, size });
    this.#cachedBytes += size;
    for (const [oldest, entry] of this.#cache) {
      if (this.#cachedBytes <= cacheBytes) return;
      this.#cache.delete(oldest);
      this.#cachedBytes -= entry.size;
    }
  }
}

/** A blob that is small enough to be a document, whole; undefined where it is missing or larger. */
export async function readSmallBlob(repository: RepositoryStorage, digest: Digest): Promise<Uint8Array | undefined> {
  const blob = await repository.open(digest);
  try {
    if (blob === undefined || blob.size > documentLimitBytes) return undefined;
    const copies: Uint8Array[] = [];
    for await (const chunk of blob.read()) copies.push(Uint8Array.from(chunk));
    return Buffer.concat(copies);
  } finally {
    await blob?.close();
  }
}

/** A layout that another tool made may hold documents that are none; they have nothing below them. */
function decodeOrNothing(bytes: Uint8Array, mediaType: string): ImageNode | undefined {
  try {
    return decodeNode(bytes, mediaType);
  } catch (error) {
    if (isFault(error, 'DOCUMENT_MALFORMED', 'DOCUMENT_UNSUPPORTED')) return undefined;
    throw error;
  }
}
