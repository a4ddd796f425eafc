import { createHash } from 'node:crypto';
import { Fault } from '../errors/fault.ts';
import { type Digest, digestAlgorithm, digestOf } from '../oci/digest.ts';
import type { ContentKey } from './content-store.ts';

/**
 * Hands content on while hashing it; ends with a fault where it is not what the key names, and stops as soon as there is more of it.
 * @throws {Fault} DIGEST_MISMATCH, SIZE_MISMATCH
 */
export async function* verifyContent(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  key: ContentKey,
): AsyncGenerator<Uint8Array, void, undefined> {
  const algorithm = digestAlgorithm(key.digest);
  const hash = createHash(algorithm);
  let size = 0;
  for await (const chunk of content) {
    size += chunk.byteLength;
    if (size > key.size) throw sizeMismatch(key.digest, { expected: key.size, found: `more than ${key.size} bytes` });
    hash.update(chunk);
    yield chunk;
  }
  if (size !== key.size) throw sizeMismatch(key.digest, { expected: key.size, found: `${size} bytes` });
  const digest: Digest = `${algorithm}:${hash.digest('hex')}`;
  if (digest !== key.digest) throw digestMismatch(key.digest, digest);
}

/** Checks bytes held in memory. @throws {Fault} DIGEST_MISMATCH, SIZE_MISMATCH */
export function verifyBytes(bytes: Uint8Array, key: ContentKey): void {
  if (bytes.byteLength !== key.size)
    throw sizeMismatch(key.digest, { expected: key.size, found: `${bytes.byteLength} bytes` });
  const digest = digestOf(bytes, digestAlgorithm(key.digest));
  if (digest !== key.digest) throw digestMismatch(key.digest, digest);
}

/** Something has another length than its descriptor says. */
export function sizeMismatch(name: string, size: { readonly expected: number; readonly found: string }): Fault {
  const message = `Cannot take ${name}: it has ${size.found}, expected ${size.expected}`;
  return new Fault('SIZE_MISMATCH', message, { retryable: true });
}

/** Bytes do not hash to the digest that names them. */
export function digestMismatch(expected: Digest, found: Digest): Fault {
  return new Fault('DIGEST_MISMATCH', `Cannot take ${expected}: its bytes hash to ${found}`, { retryable: true });
}

/** A place, as in `the layout "out"`, lacks content. */
export function contentMissing(key: ContentKey, place: string): Fault {
  return new Fault('CONTENT_MISSING', `Cannot read ${key.digest} (${key.size} bytes): ${place} does not hold it`);
}
