import { createHash } from 'node:crypto';
import { Fault, type FaultWhere } from '../errors/fault.ts';
import { digestAlgorithm } from '../oci/digest.ts';
import type { ContentName } from './blob-source.ts';

/**
 * Passes content on and checks it against its name. The last piece is held back until the whole is known to be right, so
 * that whoever gets all of it gets no other content. Without bytes beyond the named size.
 * @throws {Fault} DIGEST_MISMATCH, SIZE_MISMATCH
 */
export async function* verified(
  pieces: AsyncIterable<Uint8Array>,
  content: ContentName,
  where: FaultWhere,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { digest, size } = content;
  const algorithm = digestAlgorithm(digest);
  const hash = createHash(algorithm);
  let seen = 0;
  let held: Uint8Array | undefined;
  for await (const piece of pieces) {
    if (piece.byteLength === 0) continue;
    seen += piece.byteLength;
    if (seen > size) throw sizeMismatch(content, `more than ${size}`, where);
    hash.update(piece);
    if (held !== undefined) yield held;
    held = piece;
  }
  if (seen !== size) throw sizeMismatch(content, String(seen), where);
  const actual = `${algorithm}:${hash.digest('hex')}`;
  if (actual !== digest) {
    throw new Fault('DIGEST_MISMATCH', `Cannot take the content of ${digest}: its bytes hash to ${actual}`, { where });
  }
  if (held !== undefined) yield held;
}

/** The part of content that begins at `offset` and has `length` bytes. @throws {Fault} SIZE_MISMATCH where there is less */
export async function* portion(
  pieces: AsyncIterable<Uint8Array>,
  content: ContentName,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = length;
  for await (const piece of pieces) {
    const part = piece.byteLength > left ? piece.subarray(0, left) : piece;
    left -= part.byteLength;
    if (part.byteLength > 0) yield part;
    if (left === 0) return;
  }
  if (left > 0) throw sizeMismatch(content, `${left} fewer`, {});
}

function sizeMismatch({ digest, size }: ContentName, actual: string, where: FaultWhere): Fault {
  return new Fault('SIZE_MISMATCH', `Cannot take the content of ${digest}: it has ${actual} bytes, expected ${size}`, {
    where,
  });
}
