import { Fault } from '../errors/fault.ts';
import type { ContentKey, ContentStore } from './content-store.ts';

const defaultMaxBytes = 8 * 1024 * 1024;

/**
 * Reads small content whole: a manifest, an index, a config. Default limit: 8 MiB.
 * @throws {Fault} CONTENT_MISSING, DIGEST_MISMATCH, SIZE_MISMATCH, GRAPH_TOO_LARGE
 */
export async function readBytes(
  store: ContentStore,
  key: ContentKey,
  maxBytes: number = defaultMaxBytes,
): Promise<Uint8Array> {
  if (key.size > maxBytes) {
    throw new Fault(
      'GRAPH_TOO_LARGE',
      `Cannot read ${key.digest}: it has ${key.size} bytes, expected at most ${maxBytes}`,
    );
  }
  return joinChunks(store.read(key));
}

/** Joins a stream that is to be small. @throws {Fault} GRAPH_TOO_LARGE */
export async function joinChunks(content: AsyncIterable<Uint8Array>, maxBytes = Infinity): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Fault('GRAPH_TOO_LARGE', `Cannot read content: it has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

/** A stream of bytes that are held in memory. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  await Promise.resolve();
  yield bytes;
}

/** Reads a stream to its end for the sake of the checks it makes. */
export async function drain(content: AsyncIterable<Uint8Array>): Promise<void> {
  const chunks = content[Symbol.asyncIterator]();
  while ((await chunks.next()).done !== true);
}
