import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { cutOff, damaged } from './damaged.ts';

/**
 * Decompresses gzip, all members of it. As `tar -z` and Docker do, it takes zeros after the last one and refuses all else.
 * @throws {Fault} ARCHIVE_MALFORMED, ARCHIVE_TRUNCATED
 */
export async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = createGunzip({ chunkSize: 256 * 1024 });
  // One chunk is read ahead, not Node's sixteen: limits compare what came in with what came out. A failure of the
  // source ends the decoder with it, and so reaches the loop below.
  pipeline(Readable.from(source, { objectMode: true, highWaterMark: 1 }), decoder, () => undefined);
  try {
    for await (const chunk of decoder as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    throw zlibFault(error);
  }
}

function zlibFault(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') return cutOff('gzip', error);
  if (typeof code === 'string' && code.startsWith('Z_')) return damaged('gzip', `zlib says "${String(error)}"`, error);
  return error;
}
