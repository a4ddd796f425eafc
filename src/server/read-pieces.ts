import type { FileHandle } from 'node:fs/promises';
import type { ByteRange } from './byte-range.ts';

const pieceBytes = 256 * 1024;

/**
 * Streams a part of an open file through two buffers that are used again and again: one is filled while the other is
 * sent, so that the memory a client takes does not depend on what it pulls. A piece is valid until the next one is asked
 * for. Ends early where the file does.
 */
export async function* readPieces(
  handle: FileHandle,
  { start, end }: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  const length = end - start + 1;
  if (length <= 0) return;
  let [filling, spare] = [newBuffer(length), length > pieceBytes ? newBuffer(length) : undefined];
  let place = start;
  let next = fill(handle, filling, { start: place, end });
  try {
    while (place <= end) {
      const piece = await next;
      if (piece.byteLength === 0) return;
      place += piece.byteLength;
      if (place <= end) {
        [filling, spare] = [spare ?? newBuffer(length), filling];
        next = fill(handle, filling, { start: place, end });
      }
      yield piece;
    }
  } finally {
    // The handle may only be closed when nothing reads from it any more.
    await next.catch(() => undefined);
  }
}

async function fill(handle: FileHandle, buffer: Buffer, { start, end }: ByteRange): Promise<Uint8Array> {
  const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.byteLength, end - start + 1), start);
  return buffer.subarray(0, bytesRead);
}

function newBuffer(length: number): Buffer {
  return Buffer.allocUnsafeSlow(Math.min(length, pieceBytes));
}
