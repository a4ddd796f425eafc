import { availableParallelism } from 'node:os';
import { invariant } from '../errors/invariant.ts';
import { sharedPool } from './compression-pool.ts';
import { gzipStream } from './gzip-stream.ts';
import { type MapBlocksOptions, mapBlocks } from './map-blocks.ts';
import { zlibDeflate } from './zlib-deflate.ts';

export interface CompressionOptions {
  /** Default: `gzip`. */
  readonly compression?: 'none' | 'gzip' | 'zstd';
  /** gzip 1 to 9, default 4; zstd 1 to 19, default 3. */
  readonly level?: number;
  /**
   * Whether the bytes must be the same on every CPU and with every version of Node. zstd's and uncompressed ones always
   * are; gzip's come from polyarch's own deflate then, which takes two to three times the processor time. Default: false.
   */
  readonly reproducible?: boolean;
  /** Stops with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** 4 is 1.8 times as fast as 6 and gives 3 percent more bytes (bench/archive.mjs). */
const defaultLevels = { gzip: 4, zstd: 3 } as const;
/** What the config allows; above 19 zstd needs more memory than it gains. */
export const highestLevels = { gzip: 9, zstd: 19 } as const;
/** Larger frames gain nothing in size, and cannot be worked on at once. */
const zstdFrameBytes = 4 * 1024 * 1024;

/**
 * Compresses a stream with all cores and flat memory: gzip as one member, zstd as frames of 4 MiB. The same input,
 * options and Node version always give the same bytes.
 */
export function compress(
  source: AsyncIterable<Uint8Array>,
  options: CompressionOptions = {},
): AsyncIterable<Uint8Array> {
  const { compression = 'gzip', reproducible = false, signal } = options;
  if (compression === 'none') return source;
  const level = options.level ?? defaultLevels[compression];
  const isLevel = Number.isInteger(level) && level >= 1 && level <= highestLevels[compression];
  invariant(isLevel, `${compression} has the levels 1 to ${highestLevels[compression]}, not ${level}`);
  // Two more than work at once, so that no core waits for the stream.
  const concurrency = availableParallelism() + 2;
  if (compression === 'zstd') {
    return zstdStream(source, {
      blockBytes: zstdFrameBytes,
      concurrency,
      signal,
      transform: (block) => sharedPool.run({ kind: 'zstd', level, block }),
    });
  }
  const deflate = reproducible
    ? (block: Uint8Array) => sharedPool.run({ kind: 'deflate', level, block })
    : (block: Uint8Array) => zlibDeflate(block, level);
  return gzipStream(source, { deflate, concurrency, signal });
}

/** Frame after frame; nothing at all is one empty frame. */
async function* zstdStream(
  source: AsyncIterable<Uint8Array>,
  options: MapBlocksOptions<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let frameCount = 0;
  for await (const frame of mapBlocks(source, options)) {
    frameCount++;
    yield frame;
  }
  if (frameCount === 0) yield await options.transform(new Uint8Array(0));
}
