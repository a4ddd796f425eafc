import { createHash } from 'node:crypto';

/** A stream of chunks. */
export async function* streamOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  await Promise.resolve();
  yield* chunks;
}

/** Bytes as a stream of chunks of one size. */
export async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** All bytes of a stream. */
export async function gather(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Bytes that cannot be compressed, the same ones for the same seed. */
export function noise(byteCount: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(byteCount);
  let state = seed;
  for (let at = 0; at < byteCount; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** Text that can be compressed, without being the same all over. */
export function prose(byteCount: number): Buffer {
  const words = ['layer', 'image', 'digest', 'platform', 'of', 'the', '\n', 'index', 'manifest', 'and', 'part'];
  const picks = noise(byteCount, 7);
  let text = '';
  for (let at = 0; text.length < byteCount; at++) text += `${words[(picks[at] ?? 0) % words.length] ?? ''} `;
  return Buffer.from(text.slice(0, byteCount));
}

export function sha256(bytes: Uint8Array): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** What a promise or an iteration failed with; undefined where it did not. */
export async function failureOf(work: Promise<unknown> | AsyncIterable<unknown>): Promise<unknown> {
  const seen: unknown[] = [];
  try {
    if (Symbol.asyncIterator in work) for await (const item of work) seen.push(item);
    else await work;
  } catch (error) {
    return error;
  }
  return undefined;
}
