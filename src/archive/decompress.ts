import { type ArchiveLimits, checkRatio, checkTotalBytes, resolveLimits } from './archive-limits.ts';
import { ByteReader } from './byte-reader.ts';
import { type Compression, detectCompression, detectionBytes } from './detect-compression.ts';

export interface DecompressOptions {
  /** What the stream is compressed with. Default: what its first bytes say. */
  readonly compression?: Compression;
  readonly limits?: Partial<ArchiveLimits>;
  /** The stream's name in messages. */
  readonly file?: string;
  /** Stops with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Decompresses a stream of gzip, zstd, bzip2 or xz with flat memory, several members, frames or streams one after the
 * other included. A stream that is not compressed passes as it is. What follows the end is treated as tar and the
 * format's own tool do: gzip and xz take zeros, bzip2 ignores everything, zstd takes nothing.
 * @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_TRUNCATED, ARCHIVE_UNSUPPORTED, ARCHIVE_TOO_LARGE, ARCHIVE_RATIO
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  options: DecompressOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const limits = resolveLimits(options.limits);
  const input = new CountedStream(source);
  const peeked = new PeekedStream(input);
  const compression = options.compression ?? detectCompression(await peeked.peek(detectionBytes));
  let outBytes = 0;
  for await (const chunk of await decoderOf(compression, peeked)) {
    options.signal?.throwIfAborted();
    outBytes += chunk.length;
    checkTotalBytes(outBytes, limits, options.file);
    checkRatio({ in: input.sizeBytes, out: outBytes }, limits, options.file);
    yield chunk;
  }
}

/** The decoders are loaded when they are first needed. */
async function decoderOf(
  compression: Compression,
  source: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  switch (compression) {
    case 'none':
      return source;
    case 'gzip':
      return (await import('./gunzip.ts')).gunzip(source);
    case 'zstd':
      return (await import('./unzstd.ts')).unzstd(source);
    case 'bzip2':
      return (await import('./bunzip2.ts')).bunzip2(source);
    case 'xz':
      return (await import('./unxz.ts')).unxz(source);
  }
}

class CountedStream implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  #sizeBytes = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#source) {
      this.#sizeBytes += chunk.length;
      yield chunk;
    }
  }
}

/** A stream whose first bytes can be looked at before it is read. */
class PeekedStream implements AsyncIterable<Uint8Array> {
  readonly #reader: ByteReader;
  #first: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#reader = new ByteReader(source);
  }

  async peek(byteCount: number): Promise<Uint8Array> {
    this.#first = await this.#reader.take(byteCount);
    return this.#first;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (this.#first.length > 0) yield this.#first;
      for (let chunk = await this.#next(); chunk.length > 0; chunk = await this.#next()) yield chunk;
    } finally {
      await this.#reader.close();
    }
  }

  #next(): Promise<Buffer> {
    return this.#reader.takeSome(Number.MAX_SAFE_INTEGER);
  }
}
