import { compress as zstd } from '@cloudpss/zstd/wasm';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decompress } from '../../../src/archive/decompress.ts';
import { readTar } from '../../../src/archive/tar-reader.ts';
import { isFault } from '../../../src/errors/fault.ts';
import { samples } from './compressed-samples.ts';
import { anyInput, pack } from './entries.ts';
import { rawHeader, sealHeader } from './raw-header.ts';
import { failureOf, gather, noise, prose, streamOf } from './streams.ts';

/** From 0 to almost 1, evenly. */
const share = fc.nat(9999).map((part) => part / 10_000);

/** What is done to bytes: some are changed, and some of the end is missing. */
const damage = fc.record({
  changes: fc.array(fc.record({ at: share, byte: fc.nat(255) }), { minLength: 1, maxLength: 4 }),
  kept: fc.oneof(fc.constant(1), share),
});

interface Damage {
  readonly changes: readonly { readonly at: number; readonly byte: number }[];
  readonly kept: number;
}

function damagedBytes(bytes: Buffer, { changes, kept }: Damage): Buffer {
  const copy = Buffer.from(bytes.subarray(0, Math.ceil(bytes.length * kept)));
  for (const { at, byte } of changes) copy[Math.floor(at * copy.length)] = byte;
  return copy;
}

/** Whether reading ended well, or with a fault of this folder: nothing else may come out, whatever goes in. */
function isAccounted(failure: unknown): boolean {
  const codes = [
    'ARCHIVE_MALFORMED',
    'ARCHIVE_TRUNCATED',
    'ARCHIVE_UNSUPPORTED',
    'ARCHIVE_TOO_LARGE',
    'ARCHIVE_RATIO',
    'ARCHIVE_PATH_UNSAFE',
  ] as const;
  return failure === undefined || isFault(failure, ...codes);
}

describe('decompress', () => {
  test.each(Object.entries(samples))(
    'ends every damaged %s stream with a fault, or with the content',
    async (_, { plain, compressed }) => {
      await fc.assert(
        fc.asyncProperty(damage, async (done) => {
          const bytes = damagedBytes(compressed, done);
          let content: Buffer | undefined;
          const failure = await failureOf(
            gather(decompress(streamOf(bytes), { limits: { maxTotalBytes: 1_000_000 } })).then(
              (all) => (content = all),
            ),
          );

          expect(isAccounted(failure), String(failure)).toBe(true);
          // Whoever changes the magic number makes it something that is not compressed.
          const whole = bytes.subarray(0, 6).equals(compressed.subarray(0, 6)) && content !== undefined;
          expect(whole ? content?.equals(plain) : true).toBe(true);
        }),
        { numRuns: 300 },
      );
    },
  );

  test('reads zstd of every level, with every kind of content', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 500 }),
      fc.nat(60_000).map(noise),
      fc.nat(60_000).map(prose),
      fc.tuple(fc.nat(255), fc.nat(70_000)).map(([byte, count]) => Buffer.alloc(count, byte)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 4 }), fc.integer({ min: -5, max: 19 }), async (pieces, level) => {
        const content = Buffer.concat(pieces);
        const compressed = content.length === 0 ? Buffer.from('28b52ffd2000010000', 'hex') : zstd(content, level);

        expect((await gather(decompress(streamOf(compressed)))).equals(content)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('readTar', () => {
  test('ends every damaged archive with a fault, or reads on', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyInput, { minLength: 1, maxLength: 3 }), damage, async (inputs, done) => {
        const bytes = damagedBytes(await pack(...inputs), done);

        const failure = await failureOf(readTar(streamOf(bytes)));

        expect(isAccounted(failure), String(failure)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('ends every header with the right checksum and anything else in it with a fault, or reads on', async () => {
    const size = fc.integer({ min: 0, max: 4000 }).map((value) => value.toString(8).padStart(11, '0'));
    const typeFlag = fc.constantFrom('0', '1', '2', '5', '7', 'D', 'K', 'L', 'M', 'S', 'V', 'X', 'g', 'x', '\0', 'Z');
    const part = fc.uint8Array({ maxLength: 120 });
    const place = fc.constantFrom(0, 100, 108, 124, 136, 157, 257, 329, 345, 386, 482);
    const header = fc.tuple(size, typeFlag, fc.array(fc.tuple(place, part), { maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(header, { minLength: 1, maxLength: 4 }),
        fc.uint8Array({ maxLength: 3000 }),
        async (headers, rest) => {
          const blocks = headers.map(([sizeText, flag, parts]) => {
            const block = rawHeader({ size: sizeText });
            for (const [at, bytes] of parts) block.set(bytes, at);
            block.write(flag, 156, 1, 'latin1');
            return sealHeader(block);
          });

          const failure = await failureOf(readTar(streamOf(...blocks, rest)));

          expect(isAccounted(failure), String(failure)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });
});
