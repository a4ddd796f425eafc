import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { openRegistry, type RegistryOptions } from '../../../src/registry/registry-client.ts';
import { judgeSetback, parseReceived } from '../../../src/registry/upload-setback.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { type Sample, sampleImage, sampleOf, sourceOf } from '../../support/sample-image.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';

const { layer } = sampleImage(1_150_000);
const small = sampleOf('application/octet-stream', Buffer.from('small'));
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function open(options: SmallRegistryOptions = {}, more: Partial<RegistryOptions> = {}) {
  const registry = await SmallRegistry.start(options);
  closers.push(() => registry.stop());
  const host = fakeHost();
  const client = openRegistry({ host, registry: registry.host, ...more });
  return { registry, host, client, app: registry.repository('app'), repository: client.repository('app') };
}

/** A server with a single habit. */
async function openServer(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return openRegistry({ host: fakeHost(), registry }).repository('app');
}

/** A source whose first readings are wrong in some way. */
function failingSource(sample: Sample, wrong: readonly Buffer[]) {
  const left = [...wrong];
  return {
    ...sourceOf(sample),
    open: (offset: number) => sourceOf({ ...sample, bytes: left.shift() ?? sample.bytes }).open(offset),
  };
}

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

describe('upload', () => {
  test('makes three requests: HEAD, POST and one PUT', async () => {
    const { repository, registry } = await open();

    expect(await repository.upload(sourceOf(layer))).toBe('uploaded');

    expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD', 'POST', 'PUT']);
  });

  test('sends nothing that is there, and mounts what lies beside', async () => {
    const { repository, client, registry } = await open();
    await repository.upload(sourceOf(layer));

    expect(await repository.upload(sourceOf(layer))).toBe('existed');
    expect(await client.repository('b').upload(sourceOf(layer), { mountFrom: ['none', 'app'] })).toBe('uploaded');
    expect(await client.repository('c').upload(sourceOf(layer), { mountFrom: ['app'] })).toBe('mounted');
    expect(registry.repository('c').blobs.has(layer.descriptor.digest)).toBe(true);
  });

  test('mount alone tells whether it worked, and leaves no upload behind', async () => {
    const { repository, client, registry } = await open();
    await repository.upload(sourceOf(layer));

    expect(await client.repository('b').mount(layer.descriptor, 'app')).toBe(true);
    expect(await client.repository('b').mount(small.descriptor, 'app')).toBe(false);
    expect(registry.repository('b').uploads.size).toBe(0);
  });

  test('takes empty blobs, and digests by sha512', async () => {
    const { repository, app, registry } = await open();
    const empty = sampleOf('application/octet-stream', Buffer.alloc(0));
    const named = { ...layer, descriptor: { ...layer.descriptor, digest: digestOf(layer.bytes, 'sha512') } };

    await repository.upload(sourceOf(empty));
    await repository.upload(sourceOf(named));

    expect([...app.blobs.keys()]).toEqual([empty.descriptor.digest, named.descriptor.digest]);
    expect(registry.requests.some(({ path }) => path.includes('digest-algorithm=sha512'))).toBe(true);
  });

  test('reads a source again whose bytes were damaged once', async () => {
    const { repository, app } = await open();
    const flipped = Buffer.from(layer.bytes);
    flipped[5] = (flipped[5] ?? 0) ^ 1;

    expect(await repository.upload(failingSource(layer, [flipped]))).toBe('uploaded');
    expect(app.blobs.get(layer.descriptor.digest)?.equals(layer.bytes)).toBe(true);
  });

  test.each([
    ['other bytes', 'DIGEST_MISMATCH', Buffer.alloc(layer.bytes.byteLength)],
    ['fewer bytes', 'SIZE_MISMATCH', layer.bytes.subarray(1)],
    ['more bytes', 'SIZE_MISMATCH', Buffer.concat([layer.bytes, Buffer.alloc(9)])],
  ])('refuses a source that gives %s, names it as the source, and commits nothing', async (_, code, wrong) => {
    const { repository, app } = await open();

    const uploaded = repository.upload(
      failingSource(
        layer,
        Array.from({ length: 9 }, () => wrong),
      ),
    );

    await expect(uploaded).rejects.toMatchObject({ code, where: { side: 'source' } });
    expect([app.blobs.size, app.uploads.size]).toEqual([0, 0]);
  });

  test('reads no more of a source than its name says', async () => {
    const { repository } = await open();
    const reading = { bytes: 0 };
    const source = { ...sourceOf(layer), open: () => endless(reading) };

    await expect(repository.upload(source)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
    expect(reading.bytes).toBeLessThan(4 * layer.bytes.byteLength);
  });

  test('hands on what a source throws, as it is, and tries no more', async () => {
    const { repository, registry } = await open();
    const reason = new Error('the disk is gone');
    const source = { ...sourceOf(layer), open: () => throwing(reason) };

    await expect(repository.upload(source)).rejects.toBe(reason);
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('tells its progress in bytes, from start to end', async () => {
    const { repository, host } = await open();

    await repository.upload(sourceOf(layer), { parentTask: 'copy' });
    await repository.upload(sourceOf(layer), { parentTask: 'copy' });

    const { size: totalBytes } = layer.descriptor;
    expect(host.events[0]).toMatchObject({ kind: 'task-started', parent: 'copy', totalBytes });
    const done = host.events.flatMap((event) => (event.kind === 'task-progressed' ? [event.doneBytes] : []));
    expect(done.at(-1)).toBe(totalBytes);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(host.events.flatMap((event) => (event.kind === 'task-ended' ? [event.outcome] : []))).toEqual([
      'done',
      'cached',
    ]);
  });

  test('sends at most so many blobs at once', async () => {
    const { client } = await open({}, { uploadsAtMost: 2 });
    const reading = { now: 0, most: 0 };
    const sources = Array.from({ length: 6 }, (_, number) => {
      const sample = sampleOf('application/octet-stream', Buffer.from(`blob ${number}`));
      return { ...sourceOf(sample), open: () => slowly(sample.bytes, reading) };
    });

    await Promise.all(sources.map((source) => client.repository('app').upload(source)));

    expect(reading.most).toBe(2);
  });

  test('tells a warning of the registry once', async () => {
    const { repository, host } = await open({ warning: 'this registry will be closed' });

    await repository.upload(sourceOf(layer));

    const notes = host.events.filter((event) => event.kind === 'note');
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatchObject({ level: 'warning', text: expect.stringContaining('will be closed') as string });
  });
});

async function* endless(reading: { bytes: number }): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(64 * 1024);
  while (reading.bytes < 64 * 1024 * 1024) {
    await Promise.resolve();
    reading.bytes += piece.byteLength;
    yield piece;
  }
}

async function* throwing(reason: Error): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield Buffer.from('x');
  throw reason;
}

async function* slowly(bytes: Uint8Array, reading: { now: number; most: number }): AsyncGenerator<Uint8Array> {
  reading.now += 1;
  reading.most = Math.max(reading.most, reading.now);
  for (let turns = 0; turns < 20; turns += 1) await new Promise(setImmediate);
  reading.now -= 1;
  yield bytes;
}

describe('read', () => {
  test('gives the bytes, from anywhere', async () => {
    const { repository, app } = await open();
    app.blobs.set(layer.descriptor.digest, layer.bytes);

    expect((await readAll(repository.read(layer.descriptor))).equals(layer.bytes)).toBe(true);
    const tail = await readAll(repository.read(layer.descriptor, { offset: 1_000_000 }));
    expect(tail.equals(layer.bytes.subarray(1_000_000))).toBe(true);
    expect(await readAll(repository.read(layer.descriptor, { offset: layer.bytes.byteLength }))).toHaveLength(0);
  });

  test('finds a manifest whose type is not known', async () => {
    const { repository, app } = await open();
    app.manifests.set(small.descriptor.digest, { bytes: small.bytes, mediaType: 'application/json' });

    const { digest, size } = small.descriptor;
    expect(await readAll(repository.read({ digest, size }))).toEqual(small.bytes);
  });

  test('hands on no byte of small content that is damaged, and most of large content before it throws', async () => {
    const { repository, app } = await open();
    const wrong = Buffer.alloc(layer.bytes.byteLength);
    app.blobs.set(small.descriptor.digest, Buffer.from('smell'));
    app.blobs.set(layer.descriptor.digest, wrong);
    const seen = { small: 0, large: 0 };

    const failing = [
      consume(repository.read(small.descriptor), (bytes) => (seen.small += bytes)),
      consume(repository.read(layer.descriptor), (bytes) => (seen.large += bytes)),
    ];

    for (const result of failing) await expect(result).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(seen.small).toBe(0);
    expect(seen.large).toBeGreaterThan(0);
    expect(seen.large).toBeLessThan(layer.bytes.byteLength);
  });

  test('fetches small content once more when it came damaged, and hands on the good bytes alone', async () => {
    const answers = [Buffer.from('smell'), small.bytes];
    const repository = await openServer((_, response) => response.end(answers.shift() ?? 'never'));

    expect(await readAll(repository.read(small.descriptor))).toEqual(small.bytes);
    expect(answers).toEqual([]);
  });

  test('refuses content of another size than its name says', async () => {
    const { repository, app } = await open();
    app.blobs.set(small.descriptor.digest, small.bytes);

    const longer = readAll(repository.read({ ...small.descriptor, size: 4 }));
    const shorter = readAll(repository.read({ ...small.descriptor, size: 6 }));

    await expect(longer).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
    await expect(shorter).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  });

  test('asks only for what is missing, and passes over what is sent again by a server that does not know ranges', async () => {
    const ranges: (string | undefined)[] = [];
    const repository = await openServer((request, response) => {
      ranges.push(request.headers.range);
      response.writeHead(200, { 'content-length': String(layer.bytes.byteLength) });
      if (ranges.length > 1) response.end(layer.bytes);
      else response.write(layer.bytes.subarray(0, 600_000), () => response.destroy());
    });

    expect((await readAll(repository.read(layer.descriptor))).equals(layer.bytes)).toBe(true);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  });

  test('tells its progress where it is asked to', async () => {
    const { repository, app, host } = await open();
    app.blobs.set(layer.descriptor.digest, layer.bytes);

    await readAll(repository.read(layer.descriptor));
    const silent = host.events.length;
    await readAll(repository.read(layer.descriptor, { parentTask: 'copy' }));

    expect(silent).toBe(0);
    expect(host.events.at(-1)).toMatchObject({ kind: 'task-ended', outcome: 'done' });
  });
});

async function consume(pieces: AsyncIterable<Uint8Array>, count: (bytes: number) => void): Promise<void> {
  for await (const piece of pieces) count(piece.byteLength);
}

describe('judgeSetback', () => {
  const mebibyte = 1024 * 1024;
  const usual = { codes: [], pieceBytes: 20 * mebibyte, smallestPieceBytes: 1 };
  const says = 'the request body is too large and exceeds the maximum permissible limit of 4.00MiB';

  test.each([
    [{ status: 416, text: says }, {}, { kind: 'too-large', pieceBytes: 4 * mebibyte }],
    [
      { status: 413, text: 'limit: 100MB' },
      { pieceBytes: 200 * mebibyte },
      { kind: 'too-large', pieceBytes: 100_000_000 },
    ],
    [{ status: 413, text: '' }, {}, { kind: 'too-large', pieceBytes: 4 * mebibyte }],
    [{ status: 413, text: '' }, { pieceBytes: 4 * mebibyte }, { kind: 'too-large', pieceBytes: mebibyte }],
    [{ status: 413, text: '' }, { pieceBytes: mebibyte }, { kind: 'final' }],
    [{ status: 413, text: '' }, { smallestPieceBytes: 5 * mebibyte }, { kind: 'final' }],
    [{ status: 416, text: '' }, {}, { kind: 'session-lost' }],
    [{ status: 404, text: '' }, { codes: ['BLOB_UPLOAD_UNKNOWN'] }, { kind: 'session-lost' }],
    [{ status: 404, text: '' }, { codes: ['NAME_UNKNOWN'] }, { kind: 'final' }],
    [{ status: 202, text: '' }, {}, { kind: 'session-lost' }],
    [{ status: 503, text: '' }, {}, { kind: 'wait' }],
    [{ status: 403, text: '' }, {}, { kind: 'final' }],
  ])('takes %j with %j as %j', (failure, change, expected) => {
    expect(judgeSetback({ ...usual, ...change, failure: { kind: 'status', ...failure } })).toEqual(expected);
  });
});

describe('parseReceived', () => {
  test.each([
    ['0-99', 100],
    ['bytes=0-99', 100],
    ['0-0', 0],
    ['5-9', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j as %s', (range, expected) => {
    expect(parseReceived(range)).toBe(expected);
  });
});
