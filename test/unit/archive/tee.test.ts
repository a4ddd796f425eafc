import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tee } from '../../../src/archive/tee.ts';

async function* chunksOf(texts: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const text of texts) {
    await Promise.resolve();
    yield Buffer.from(text);
  }
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return Buffer.concat(read).toString();
}

describe('tee', () => {
  test('shows both readers the same bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string()), async (texts) => {
        const { stream, result } = tee(chunksOf(texts), joined);

        expect(await joined(stream)).toBe(texts.join(''));
        expect(await result).toBe(texts.join(''));
      }),
      { numRuns: 100 },
    );
  });

  test('passes the whole stream when the second reader stops early, or fails', async () => {
    const texts = ['a', 'b', 'c'];
    const early = tee(chunksOf(texts), async (copy) => {
      for await (const chunk of copy) return Buffer.from(chunk).toString();
      return '';
    });
    const failing = tee(chunksOf(texts), async (copy) => {
      for await (const _chunk of copy) throw new Error('enough');
    });

    expect(await joined(early.stream)).toBe('abc');
    expect(await early.result).toBe('a');
    expect(await joined(failing.stream)).toBe('abc');
    await expect(failing.result).rejects.toThrow('enough');
  });

  test('ends the second reader when the stream is left', async () => {
    const { stream, result } = tee(chunksOf(['a', 'b', 'c']), joined);

    for await (const chunk of stream) if (Buffer.from(chunk).toString() === 'b') break;

    expect(await result).toBe('ab');
  });
});
