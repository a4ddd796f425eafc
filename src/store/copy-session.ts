import { isFault } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { isIndexType, isManifestType, isNonDistributableType } from '../oci/media-types.ts';
import { once } from './collect-content.ts';
import { type ContentGraph, type GraphDocument, gatherGraph } from './content-graph.ts';
import type { ImageStore } from './content-store.ts';
import type { ContentOutcome, CopiedContent, CopiedGraph, CopyOptions } from './copy-options.ts';
import { TransferTask } from './copy-progress.ts';
import { forEachLimited } from './for-each-limited.ts';
import { gatherHeld, type HeldContent } from './held-content.ts';
import { fromSource, sidedFault } from './sided-fault.ts';

const defaultConcurrency = 6;

/** Copies graphs from one store to another, each piece of content once however many graphs it is in. */
export class CopySession {
  readonly source: ImageStore;
  readonly destination: ImageStore;
  readonly #options: CopyOptions;
  readonly #concurrency: number;
  readonly #outcomes = new Map<Digest, Promise<CopiedContent>>();

  constructor(options: CopyOptions) {
    this.source = options.source;
    this.destination = options.destination;
    this.#options = options;
    const { parallelWrites = Infinity } = options.destination;
    this.#concurrency = Math.min(options.concurrency ?? defaultConcurrency, parallelWrites);
  }

  /** Copies all that hangs under a root: blobs at once, then documents, children before parents. */
  async copy(
    root: Descriptor,
    known?: ReadonlyMap<Digest, Uint8Array>,
  ): Promise<CopiedGraph & { readonly graph: ContentGraph }> {
    const graph = await this.#gather(root, known);
    const held = await this.#gatherHeld(graph);
    const contents: CopiedContent[] = [];
    await forEachLimited(graph.blobs, this.#concurrency, async (blob) => {
      contents.push(await this.#blob(blob, held));
    });
    for (const rank of graph.ranks) {
      await forEachLimited(rank, this.#concurrency, async (document) => {
        contents.push(await this.#document(document, held));
      });
    }
    return { root, contents, graph };
  }

  async #gatherHeld(graph: ContentGraph): Promise<HeldContent> {
    try {
      return await gatherHeld(this.destination, graph);
    } catch (error) {
      throw sidedFault(error, 'destination', this.destination);
    }
  }

  async #gather(root: Descriptor, known: ReadonlyMap<Digest, Uint8Array> | undefined): Promise<ContentGraph> {
    const { limits } = this.#options;
    try {
      return await gatherGraph(this.source, root, {
        ...(limits === undefined ? {} : { limits }),
        ...(known === undefined ? {} : { known }),
      });
    } catch (error) {
      throw sidedFault(error, 'source', this.source);
    }
  }

  #blob(blob: Descriptor, { present }: HeldContent): Promise<CopiedContent> {
    return this.#once(blob, async (task) => {
      if (isNonDistributableType(blob.mediaType)) return 'not-distributable';
      if (present.has(blob.digest)) return 'present';
      if (blob.data !== undefined) return this.#put(blob, Buffer.from(blob.data, 'base64'));
      const taken = await this.destination.takeFrom?.(this.source, blob, {
        verified: this.#options.rehash === false,
        onBytes: (byteCount) => task.moved(byteCount),
        ...(this.#options.parentTask === undefined ? {} : { parentTask: this.#options.parentTask }),
      });
      if (taken !== undefined) return taken;
      if (await this.destination.has(blob)) return 'present';
      await this.#stream(blob, task);
      return 'copied';
    });
  }

  #document({ descriptor, bytes }: GraphDocument, { present, absent }: HeldContent): Promise<CopiedContent> {
    return this.#once(descriptor, async () => {
      if (present.has(descriptor.digest)) return 'present';
      if (!absent.has(descriptor.digest)) return this.#put(descriptor, bytes);
      await this.destination.write(once(bytes), descriptor);
      return 'copied';
    });
  }

  async #put(descriptor: Descriptor, bytes: Uint8Array): Promise<ContentOutcome> {
    if (await this.destination.has(descriptor)) return 'present';
    await this.destination.write(once(bytes), descriptor);
    return 'copied';
  }

  /** Content that came damaged is read once more: a proxy or a cut connection may have done it. */
  async #stream(blob: Descriptor, task: TransferTask, attempt = 1): Promise<void> {
    try {
      await this.destination.write(this.#counted(blob, task), blob);
    } catch (error) {
      const isDamaged = isFault(error, 'DIGEST_MISMATCH', 'SIZE_MISMATCH') && error.where.side === 'source';
      if (!isDamaged || attempt > 1) throw error;
      task.restarted();
      await this.#stream(blob, task, attempt + 1);
    }
  }

  async *#counted(blob: Descriptor, task: TransferTask): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of fromSource(this.source.read(blob), this.source)) {
      this.#options.host.signal.throwIfAborted();
      task.moved(chunk.byteLength);
      yield chunk;
    }
  }

  /** Moves one piece of content, the first time it is asked for. */
  #once(descriptor: Descriptor, move: (task: TransferTask) => Promise<ContentOutcome>): Promise<CopiedContent> {
    const known = this.#outcomes.get(descriptor.digest);
    if (known !== undefined) return known;
    const moving = this.#move(descriptor, move);
    this.#outcomes.set(descriptor.digest, moving);
    // What failed is asked for again by the next graph that needs it.
    moving.catch(() => this.#outcomes.delete(descriptor.digest));
    return moving;
  }

  async #move(descriptor: Descriptor, move: (task: TransferTask) => Promise<ContentOutcome>): Promise<CopiedContent> {
    this.#options.host.signal.throwIfAborted();
    const { digest, size, mediaType } = descriptor;
    const isTold = this.destination.tellsTransfers === true && !isIndexType(mediaType) && !isManifestType(mediaType);
    const task = new TransferTask(descriptor, { ...this.#options, isTold });
    try {
      const outcome = await move(task);
      task.ended(outcome);
      return { digest, size, mediaType, outcome };
    } catch (error) {
      task.failed();
      throw sidedFault(
        error,
        isSourceFault(error) ? 'source' : 'destination',
        isSourceFault(error) ? this.source : this.destination,
      );
    }
  }
}

/** A fault of a short cut does not say where it arose: what content is, is the source's fault; the rest the destination's. */
function isSourceFault(error: unknown): boolean {
  return isFault(error, 'CONTENT_MISSING', 'DIGEST_MISMATCH', 'SIZE_MISMATCH');
}
