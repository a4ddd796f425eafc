import { isFault } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { decodeNode } from '../oci/image-graph.ts';
import { decodeOrder } from '../plan/order-annotations.ts';
import type { OrderEvidence } from '../plan/order-evidence.ts';
import { readBytes } from '../store/collect-content.ts';
import type { ImageStore } from '../store/content-store.ts';

/** What a tag points at now, and what that tells of its age. */
export interface FoundHolder {
  readonly digest: Digest;
  readonly descriptor: Descriptor;
  readonly order: OrderEvidence;
}

/** Reads what tags of one repository point at; what one digest tells never changes, and is read once. */
export class TagReader {
  readonly #store: ImageStore;
  readonly #orders = new Map<Digest, OrderEvidence>();

  constructor(store: ImageStore) {
    this.#store = store;
  }

  async read(tag: string): Promise<FoundHolder | undefined> {
    const descriptor = await this.#store.resolve(tag);
    if (descriptor === undefined) return undefined;
    const { digest } = descriptor;
    const order = this.#orders.get(digest) ?? (await this.#readOrder(descriptor));
    this.#orders.set(digest, order);
    return { digest, descriptor, order };
  }

  /** Tells the order of what was made here, so that it need not be read. */
  know(digest: Digest, order: OrderEvidence): void {
    this.#orders.set(digest, order);
  }

  /** Whatever stands under a tag may be of any kind, and damaged: it then tells nothing. */
  async #readOrder(descriptor: Descriptor): Promise<OrderEvidence> {
    try {
      const node = decodeNode(await readBytes(this.#store, descriptor), descriptor.mediaType);
      return decodeOrder(node?.kind === 'index' ? node.index.annotations : node?.manifest.annotations);
    } catch (error) {
      if (isFault(error, 'DOCUMENT_MALFORMED', 'DOCUMENT_UNSUPPORTED', 'CONTENT_MISSING', 'GRAPH_TOO_LARGE')) return {};
      throw error;
    }
  }
}
