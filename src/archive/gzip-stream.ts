import { crc32 } from 'node:zlib';
import { chunkBytes } from './chunk-buffer.ts';
import { mapBlocks } from './map-blocks.ts';

export interface GzipOptions {
  /** Compresses one block to deflate blocks that end at a whole byte, none of them the last. */
  readonly deflate: (block: Uint8Array) => Promise<Uint8Array>;
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/** No name, no time, unknown system: nothing of the machine. https://www.rfc-editor.org/rfc/rfc1952#section-2.3 */
const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
/** An empty deflate block that is the last one. */
const lastBlock = Uint8Array.of(3, 0);

/** Compresses a stream to one gzip member, in blocks of 1 MiB that are worked on at once. */
export async function* gzipStream(
  source: AsyncIterable<Uint8Array>,
  { deflate, concurrency, signal }: GzipOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let checksum = 0;
  let sizeBytes = 0;
  yield header;
  yield* mapBlocks(source, {
    blockBytes: chunkBytes,
    concurrency,
    signal,
    transform: (block) => {
      checksum = crc32(block, checksum);
      sizeBytes += block.length;
      return deflate(block);
    },
  });
  const trailer = Buffer.alloc(10);
  trailer.set(lastBlock);
  trailer.writeUInt32LE(checksum, 2);
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 6);
  yield trailer;
}
