import { createHash } from 'node:crypto';
import { invariant } from '../errors/invariant.ts';
import { type CompressionOptions, compress } from './compress.ts';

/** The sha256 of bytes, as OCI writes it. */
export type Sha256 = `sha256:${string}`;

/** All that a manifest and a config say about a layer. */
export interface LayerFacts {
  /** Digest of the uncompressed tar. */
  readonly diffId: Sha256;
  /** Size of the uncompressed tar. */
  readonly tarBytes: number;
  /** Digest of the layer as it is stored. */
  readonly digest: Sha256;
  /** Size of the layer as it is stored. */
  readonly sizeBytes: number;
}

export interface WriteLayerOptions extends CompressionOptions {
  /** Takes the layer as it is stored, to its end; for example `(content) => store.write(content)`. */
  readonly consume: (content: AsyncIterable<Uint8Array>) => Promise<unknown>;
}

/**
 * Compresses a tar and hands it on, in one pass and with flat memory, and says what it was. An empty tar gives the end
 * of an empty zstd or gzip stream.
 *
 * @example
 * const facts = await writeLayer(packTar(inputs), { consume: (content) => store.write(content) });
 */
export async function writeLayer(tar: AsyncIterable<Uint8Array>, options: WriteLayerOptions): Promise<LayerFacts> {
  const plain = new HashedStream(tar, options.signal);
  const stored = options.compression === 'none' ? plain : new HashedStream(compress(plain, options), options.signal);
  await options.consume(stored);
  return {
    diffId: plain.digest(),
    tarBytes: plain.sizeBytes,
    digest: stored === plain ? plain.digest() : stored.digest(),
    sizeBytes: stored.sizeBytes,
  };
}

/** A stream that is hashed and counted as it passes. */
export class HashedStream implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  readonly #hash = createHash('sha256');
  #digest: Sha256 | undefined;
  #ended = false;
  #sizeBytes = 0;

  constructor(source: AsyncIterable<Uint8Array>, signal?: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#source) {
      this.#signal?.throwIfAborted();
      this.#hash.update(chunk);
      this.#sizeBytes += chunk.length;
      yield chunk;
    }
    this.#ended = true;
  }

  /** The digest of all that passed; asked for after the end. */
  digest(): Sha256 {
    invariant(this.#ended, 'The digest of a stream was asked for before its end');
    this.#digest ??= `sha256:${this.#hash.digest('hex')}`;
    return this.#digest;
  }
}
