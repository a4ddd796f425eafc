import { ChunkBuffer } from './chunk-buffer.ts';

export interface MapBlocksOptions<T> {
  readonly blockBytes: number;
  /** Blocks that may be in work at once; what bounds the memory. */
  readonly concurrency: number;
  readonly transform: (block: Uint8Array) => Promise<T>;
  /** Stops with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Cuts a stream into blocks of one size (the last may be shorter), works on several at once and gives the results in
 * their order. How the stream was chunked makes no difference.
 */
export async function* mapBlocks<T>(
  source: AsyncIterable<Uint8Array>,
  options: MapBlocksOptions<T>,
): AsyncGenerator<T, void, undefined> {
  const pending: Promise<T>[] = [];
  try {
    for await (const block of cutBlocks(source, options.blockBytes)) {
      options.signal?.throwIfAborted();
      pending.push(started(options.transform(block)));
      const first = pending.length < options.concurrency ? undefined : pending.shift();
      if (first !== undefined) yield await first;
    }
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      yield await next;
      options.signal?.throwIfAborted();
    }
  } finally {
    await Promise.allSettled(pending);
  }
}

/** Marks a promise that is awaited later as one whose failure is not forgotten. */
function started<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

async function* cutBlocks(
  source: AsyncIterable<Uint8Array>,
  blockBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new ChunkBuffer(blockBytes);
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += blockBytes) {
      buffer.push(chunk.subarray(at, at + blockBytes));
      if (buffer.hasFull) yield* buffer.takeFull();
    }
  }
  const rest = buffer.takeRest();
  if (rest.length > 0) yield rest;
}
