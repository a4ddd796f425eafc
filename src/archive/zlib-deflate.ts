import { promisify } from 'node:util';
import { constants, deflateRaw, deflateRawSync } from 'node:zlib';
import { looksRandom, sampleOf } from './random-bytes.ts';
import { storeDeflate } from './stored-deflate.ts';

const deflate = promisify(deflateRaw);

/**
 * Compresses a block with node:zlib on a thread of libuv's pool, as deflate blocks none of which is the last and which
 * end at a whole byte, so that independent blocks can be joined (as pigz does). What cannot be compressed is stored:
 * zlib would spend ten times as long on it as on the rest.
 */
export async function zlibDeflate(block: Uint8Array, level: number): Promise<Uint8Array> {
  if (looksIncompressible(block)) return storeDeflate(block);
  const chunkSize = Math.max(64, Math.min(block.length + 1024, 512 * 1024));
  const compressed = await deflate(block, { level, chunkSize, finishFlush: constants.Z_SYNC_FLUSH });
  return compressed.buffer.byteLength > 2 * compressed.length
    ? Uint8Array.prototype.slice.call(compressed)
    : compressed;
}

/** Whether a fast try on samples gains less than 2 percent; asked only where the bytes look random. */
function looksIncompressible(block: Uint8Array): boolean {
  if (block.length < 64 * 1024 || !looksRandom(block)) return false;
  const sample = sampleOf(block, 8, 8 * 1024);
  return deflateRawSync(sample, { level: 1 }).length > 0.98 * sample.length;
}
