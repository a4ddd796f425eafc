import { describe, expect, test } from 'vitest';
import type { DigestAlgorithm } from '../../../src/oci/digest.ts';
import { type Answer, pushBlob, send, type TestRegistry, testRegistry, withQuery } from './probe.ts';
import { type Blob, blobOf, randomBlob } from './sample-content.ts';

/** Every request about blobs that the conformance suite of the distribution specification sends. */
const repository = 'conformance/repo1';
const other = 'conformance/repo2';
const uploads = `/v2/${repository}/blobs/uploads/`;

interface Chunk {
  readonly start: number;
  readonly end: number;
}

type Push = (registry: TestRegistry, blob: Blob, sent: Buffer) => Promise<Answer>;

async function begin(registry: TestRegistry, query = ''): Promise<string> {
  const begun = await send(registry, 'POST', `${uploads}${query}`, { headers: { 'Content-Length': '0' } });
  expect(begun.status).toBe(202);
  expect(begun.header('location')).not.toBe('');
  return begun.header('location');
}

function thirds(length: number): readonly Chunk[] {
  const size = Math.max(1024, Math.floor(length / 3) + 1);
  const chunks: Chunk[] = [];
  for (let start = 0; start < length; start += size) chunks.push({ start, end: Math.min(start + size, length) - 1 });
  return chunks;
}

async function sendChunk(
  registry: TestRegistry,
  target: string,
  sent: Buffer,
  chunk: Chunk,
  method = 'PATCH',
): Promise<Answer> {
  return send(registry, method, target, {
    headers: { 'Content-Range': `${chunk.start}-${chunk.end}`, 'Content-Type': 'application/octet-stream' },
    body: sent.subarray(chunk.start, chunk.end + 1),
  });
}

function chunked(options: { readonly putsLast?: boolean; readonly disorders?: boolean } = {}): Push {
  return async (registry, blob, sent) => {
    const chunks = thirds(sent.byteLength);
    let target = await begin(registry);
    let answer: Answer | undefined;
    for (const [number, chunk] of chunks.entries()) {
      const isPut = options.putsLast === true && number === chunks.length - 1;
      if (options.disorders === true && chunks.length > 1)
        target = await disorder(registry, target, { blob, sent, chunks, number, putsLast: options.putsLast });
      answer = await sendChunk(
        registry,
        isPut ? withQuery(target, { digest: blob.digest }) : target,
        sent,
        chunk,
        isPut ? 'PUT' : 'PATCH',
      );
      if (isPut) return answer;
      expect(answer.status).toBe(202);
      expect(answer.header('range')).toBe(`0-${chunk.end}`);
      target = answer.header('location');
    }
    return send(registry, 'PUT', withQuery(target, { digest: blob.digest }), { headers: { 'Content-Length': '0' } });
  };
}

/** Sends a chunk that is not the next one, and asks where to go on. */
async function disorder(
  registry: TestRegistry,
  target: string,
  {
    blob,
    sent,
    chunks,
    number,
    putsLast,
  }: { blob: Blob; sent: Buffer; chunks: readonly Chunk[]; number: number; putsLast: boolean | undefined },
): Promise<string> {
  const wrong = chunks[number + 1] ?? chunks[0];
  if (wrong === undefined) throw new Error('there is no chunk');
  const isPut = putsLast === true && wrong.end === sent.byteLength - 1;
  const place = isPut ? withQuery(target, { digest: blob.digest }) : target;
  const refused = await sendChunk(registry, place, sent, wrong, isPut ? 'PUT' : 'PATCH');
  expect(refused.status).toBe(416);
  const state = await send(registry, 'GET', place);
  expect(state.status).toBe(204);
  const before = chunks[number - 1];
  expect(state.header('range')).toBe(before === undefined ? '0-0' : `0-${before.end}`);
  return state.header('location');
}

const pushes: Readonly<Record<string, Push>> = {
  'post only': (registry, { digest }, body) => send(registry, 'POST', withQuery(uploads, { digest }), { body }),
  'post+put': async (registry, { digest }, body) =>
    send(registry, 'PUT', withQuery(await begin(registry), { digest }), { body }),
  'digest algorithm announced': async (registry, { digest }, body) =>
    send(registry, 'PUT', withQuery(await begin(registry, `?digest-algorithm=${digest.slice(0, 6)}`), { digest }), {
      body,
    }),
  chunked: chunked(),
  'chunked and put chunk': chunked({ putsLast: true }),
  'chunked out of order': chunked({ disorders: true }),
  'chunked out of order and put chunk': chunked({ disorders: true, putsLast: true }),
  stream: async (registry, { digest }, body) => {
    const streamed = await send(registry, 'PATCH', await begin(registry), { body, isChunked: true });
    expect(streamed.status).toBe(202);
    return send(registry, 'PUT', withQuery(streamed.header('location'), { digest }), {
      headers: { 'Content-Length': '0' },
    });
  },
};

async function expectPushed(registry: TestRegistry, { digest, bytes }: Blob, pushed: Answer): Promise<void> {
  expect(pushed.status).toBe(201);
  expect(pushed.header('docker-content-digest')).toBe(digest);
  const located = await send(registry, 'GET', pushed.header('location'));
  expect(located.status).toBe(200);
  expect(located.body.equals(bytes)).toBe(true);
  const head = await send(registry, 'HEAD', `/v2/${repository}/blobs/${digest}`);
  expect([head.status, head.header('content-length'), head.body.byteLength]).toEqual([
    200,
    String(bytes.byteLength),
    0,
  ]);
  expect(head.header('docker-content-digest')).toBe(digest);
}

async function expectDeleted(registry: TestRegistry, name: string, { digest }: Blob): Promise<void> {
  const target = `/v2/${name}/blobs/${digest}`;
  expect((await send(registry, 'DELETE', target)).status).toBe(202);
  expect((await send(registry, 'HEAD', target)).status).toBe(404);
  expect((await send(registry, 'DELETE', target)).status).toBe(404);
}

const sizes: Readonly<Record<string, number>> = { small: 512, 'of three chunks': 3 * 1024 - 5, empty: 0 };

describe.each(['memory', 'disk'])('blobs kept in %s', (storage) => {
  describe.each<DigestAlgorithm>(['sha256', 'sha512'])('by %s', (algorithm) => {
    test.each(Object.keys(pushes).flatMap((push) => Object.keys(sizes).map((size) => [push, size] as const)))(
      'are pushed by %s when %s',
      async (push, size) => {
        const registry = await testRegistry({ storage });
        const blob = randomBlob(sizes[size], algorithm);
        expect((await send(registry, 'GET', `/v2/${repository}/blobs/${blob.digest}`)).status).toBe(404);

        const pushed = await pushes[push]?.(registry, blob, blob.bytes);

        if (pushed === undefined) throw new Error('no such push');
        await expectPushed(registry, blob, pushed);
        await expectDeleted(registry, repository, blob);
      },
    );

    test.each(Object.keys(pushes))('are refused by %s when they do not hash to their digest', async (push) => {
      const registry = await testRegistry({ storage });
      const blob = randomBlob(3 * 1024 - 5, algorithm);

      const pushed = await pushes[push]?.(registry, blob, Buffer.concat([blob.bytes, Buffer.from('oh no')]));

      expect([pushed?.status, pushed?.code]).toEqual([400, 'DIGEST_INVALID']);
      expect((await send(registry, 'GET', `/v2/${repository}/blobs/${blob.digest}`)).status).toBe(404);
    });

    test('are mounted from the repository that has them', async () => {
      const registry = await testRegistry({ storage });
      const blob = randomBlob(512, algorithm);
      await pushBlob(registry, other, blob);

      const mounted = await send(registry, 'POST', withQuery(uploads, { mount: blob.digest, from: other }));

      await expectPushed(registry, blob, mounted);
      await expectDeleted(registry, repository, blob);
      await expectDeleted(registry, other, blob);
    });

    test('are mounted from any repository when none is named', async () => {
      const registry = await testRegistry({ storage });
      const blob = randomBlob(512, algorithm);
      await pushBlob(registry, other, blob);

      const mounted = await send(registry, 'POST', withQuery(uploads, { mount: blob.digest }));

      await expectPushed(registry, blob, mounted);
    });

    test.each([{ from: other }, { from: 'Not/A/Name' }, {}])(
      'are uploaded when no repository has them to mount from %o',
      async (query) => {
        const registry = await testRegistry({ storage });
        const blob = randomBlob(512, algorithm);

        const begun = await send(registry, 'POST', withQuery(uploads, { mount: blob.digest, ...query }));

        expect(begun.status).toBe(202);
        const pushed = await send(registry, 'PUT', withQuery(begun.header('location'), { digest: blob.digest }), {
          body: blob.bytes,
        });
        await expectPushed(registry, blob, pushed);
      },
    );

    test.each([
      ['bytes=500-1499', 500, 1499],
      ['bytes=500-', 500, 2047],
      ['bytes=-500', 1548, 2047],
      ['bytes=2000-5000', 2000, 2047],
    ])('are read in part by %s', async (range, start, end) => {
      const registry = await testRegistry({ storage });
      const blob = randomBlob(2048, algorithm);
      await pushBlob(registry, repository, blob);

      const part = await send(registry, 'GET', `/v2/${repository}/blobs/${blob.digest}`, { headers: { Range: range } });

      expect(part.status).toBe(206);
      expect(part.header('content-length')).toBe(String(end - start + 1));
      expect(part.header('content-range')).toBe(`bytes ${start}-${end}/2048`);
      expect(part.body.equals(blob.bytes.subarray(start, end + 1))).toBe(true);
    });

    test.each(['bytes=500-0', 'bytes=5000-10000'])('are refused in part by %s', async (range) => {
      const registry = await testRegistry({ storage });
      const blob = randomBlob(2048, algorithm);
      await pushBlob(registry, repository, blob);

      const part = await send(registry, 'GET', `/v2/${repository}/blobs/${blob.digest}`, { headers: { Range: range } });

      expect([part.status, part.header('content-range')]).toEqual([416, 'bytes */2048']);
    });

    test('are pushed again when they are {}', async () => {
      const registry = await testRegistry({ storage });
      const blob = blobOf('{}', algorithm);
      await expectPushed(registry, blob, await pushBlob(registry, repository, blob));

      await expectPushed(registry, blob, await pushBlob(registry, repository, blob));
    });
  });

  test('uploads are given up by DELETE', async () => {
    const registry = await testRegistry({ storage });
    const target = await begin(registry);

    expect((await send(registry, 'DELETE', target)).status).toBe(204);

    const gone = await send(registry, 'GET', target);
    expect([gone.status, gone.code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
    expect((await send(registry, 'DELETE', target)).status).toBe(404);
  });
});
