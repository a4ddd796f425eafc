import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTar } from '../../../src/archive/tar-reader.ts';
import { packTar, TarWriter } from '../../../src/archive/tar-writer.ts';
import { anyInput, fileEntry, pack, readAll } from './entries.ts';
import { chunked, gather, noise, streamOf } from './streams.ts';

describe('readTar after packTar', () => {
  test('gives the same entries and contents for any that a tar can hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyInput, { maxLength: 6 }),
        fc.integer({ min: 100, max: 3000 }),
        async (inputs, size) => {
          const archive = await pack(...inputs);

          const read = await readAll(chunked(archive, size));

          expect(read.map(({ entry }) => entry)).toEqual(inputs.map(({ entry }) => entry));
          expect(read.map(({ content }) => content.toString('hex'))).toEqual(
            inputs.map(({ content }) => Buffer.from(content).toString('hex')),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  test('keeps an archive byte for byte when it is copied entry by entry', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyInput, { maxLength: 4 }), async (inputs) => {
        const archive = await pack(...inputs);

        const copy = await gather(packTar(readTar(streamOf(archive))));

        expect(copy.equals(archive)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('keeps names that are not UTF-8 byte for byte', async () => {
    const name = '\udce9t\udcc3/\u00e9\ud83d\ude00';
    const archive = await pack({ entry: fileEntry({ path: name }) });

    const [read] = await readAll(streamOf(archive));

    expect(read?.entry.path).toBe(name);
    expect(archive.includes(Buffer.from('e974c32fc3a9f09f9880', 'hex'))).toBe(true);
  });

  test('keeps sizes above 8 GiB and ids above 2^21 in the headers', async () => {
    const entry = fileEntry({ sizeBytes: 9 * 1024 ** 3, uid: 4_294_967_294, gid: 2_097_152 });
    const header: Uint8Array[] = [];
    const endless = {
      async *[Symbol.asyncIterator]() {
        for (;;) yield await Promise.resolve(new Uint8Array(1024 * 1024));
      },
    };
    for await (const chunk of packTar([{ entry, content: endless }])) {
      header.push(chunk);
      break;
    }

    const first = await readTar(streamOf(...header)).next();

    expect(first.value?.entry).toEqual(entry);
  });
});

describe('TarWriter', () => {
  test('writes the bytes of packTar, whatever path a content takes', async () => {
    const large = noise(2_500_000);
    const inputs = [
      { entry: fileEntry({ path: 'a', sizeBytes: 3 }), content: Buffer.from('abc') },
      { entry: fileEntry({ path: 'b', sizeBytes: large.length }), content: large },
      { entry: fileEntry({ path: 'c' }) },
    ];
    const chunks: Uint8Array[] = [];
    const writer = new TarWriter((chunk) => void chunks.push(chunk));

    await writer.appendBytes(fileEntry({ path: 'a', sizeBytes: 3 }), Buffer.from('abc'));
    await writer.append(fileEntry({ path: 'b', sizeBytes: large.length }), chunked(large, 70_001));
    const busy = writer.appendBytes(fileEntry({ path: 'c' }));
    await writer.finish();

    expect(busy).toBeUndefined();
    expect(Buffer.concat(chunks).equals(await pack(...inputs))).toBe(true);
    expect(chunks.slice(0, -1).every((chunk) => chunk.length === 1024 * 1024)).toBe(true);
  });

  test('waits for the sink before it takes more of a content', async () => {
    let taken = 0;
    let written = 0;
    let ahead = 0;
    const content = {
      async *[Symbol.asyncIterator]() {
        for (; taken < 8 * 1024 * 1024; taken += 65_536) yield await Promise.resolve(new Uint8Array(65_536));
      },
    };
    const writer = new TarWriter(async (chunk) => {
      await new Promise(setImmediate);
      written += chunk.length;
      ahead = Math.max(ahead, taken - written);
    });

    await writer.append(fileEntry({ sizeBytes: 8 * 1024 * 1024 }), content);
    await writer.finish();

    expect(written).toBe(8 * 1024 * 1024 + 512 + 1024);
    expect(ahead).toBeLessThanOrEqual(2 * 1024 * 1024);
  });

  test('writes a small entry as one ustar block and its content, without pax records', async () => {
    const archive = await pack({
      entry: fileEntry({ path: `${'d'.repeat(90)}/${'f'.repeat(90)}`, sizeBytes: 1 }),
      content: Buffer.from('x'),
    });

    expect(archive.length).toBe(512 + 512 + 1024);
  });
});
