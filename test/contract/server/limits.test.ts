import { once } from 'node:events';
import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pushBlob, send, type TestRegistry, temporaryFolder, testRegistry, withQuery } from './probe.ts';
import { blobOf, randomBlob } from './sample-content.ts';

async function dial(registry: TestRegistry, text = ''): Promise<Socket> {
  const { hostname, port } = new URL(registry.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

/** All that comes until the other side ends the connection. */
async function untilEnd(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  await once(socket, 'close');
  return text;
}

describe('a client that is too slow', () => {
  test('is told so, and cut off, while it sends a header', async () => {
    const registry = await testRegistry({ limits: { headerMs: 100 } });

    const answer = await untilEnd(await dial(registry, 'GET /v2/ HTTP/1.1\r\nHost:'));

    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  test.each([
    ['a blob', 'PATCH', (upload: string) => upload],
    ['a manifest', 'PUT', () => '/v2/team/app/manifests/v1'],
  ])('is told so while it sends %s, of which what came is kept', async (_what, method, targetOf) => {
    const registry = await testRegistry({ limits: { idleMs: 100 } });
    const upload = (await send(registry, 'POST', '/v2/team/app/blobs/uploads/')).header('location');

    const socket = await dial(
      registry,
      `${method} ${targetOf(upload)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 99\r\n\r\n12345`,
    );
    const answer = await untilEnd(socket);

    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    const range = (await send(registry, 'GET', upload)).header('range');
    expect(range).toBe(method === 'PATCH' ? '0-4' : '0-0');
  });

  test('is cut off while it takes an answer, and others are served', async () => {
    const folder = temporaryFolder();
    const blob = blobOf(Buffer.alloc(32 * 1024 * 1024, 'x'));
    await pushBlob(await testRegistry({ storage: folder }), 'team/app', blob);
    const registry = await testRegistry({ storage: folder, limits: { idleMs: 100 }, isAccessLogged: true });

    const target = `/v2/team/app/blobs/${blob.digest}`;
    const socket = await dial(registry, `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
    socket.pause();
    function isOver(): boolean {
      return registry.host.events.some((event) => event.kind === 'log' && event.text.includes(`GET ${target}`));
    }
    while (!isOver()) await new Promise(setImmediate);
    socket.resume();

    expect((await untilEnd(socket)).length).toBeLessThan(blob.bytes.byteLength);
    expect((await send(registry, 'HEAD', target)).header('content-length')).toBe(String(blob.bytes.byteLength));
  });
});

describe('the limits of a registry', () => {
  test('refuse a connection too many, until another is closed', async () => {
    const registry = await testRegistry({ limits: { connections: 2 } });
    const sockets = await Promise.all([dial(registry), dial(registry)]);

    const refused = await send(registry, 'GET', '/v2/');
    sockets.forEach((socket) => socket.destroy());
    await Promise.all(sockets.map((socket) => once(socket, 'close')));
    let answer = await send(registry, 'GET', '/v2/');
    while (answer.status === 429) answer = await send(registry, 'GET', '/v2/');

    expect([refused.status, refused.code, refused.header('retry-after')]).toEqual([429, 'TOOMANYREQUESTS', '1']);
    expect(answer.status).toBe(200);
  });

  test.each(['memory', 'disk'])('refuse an upload too many in %s, until another ends', async (storage) => {
    const registry = await testRegistry({ storage, limits: { uploads: 2 } });
    function begin() {
      return send(registry, 'POST', '/v2/team/app/blobs/uploads/');
    }
    const [first] = [await begin(), await begin()];

    const refused = await begin();
    await send(registry, 'DELETE', first.header('location'));

    expect([refused.status, refused.code, refused.header('retry-after')]).toEqual([429, 'TOOMANYREQUESTS', '5']);
    expect((await begin()).status).toBe(202);
  });

  test.each([
    ['with a length', false],
    ['in pieces', true],
  ])('refuse a manifest of more than 4 MiB sent %s', async (_how, isChunked) => {
    const registry = await testRegistry();

    const answers = await Promise.all(
      [4 * 1024 * 1024 + 1, 4 * 1024 * 1024].map((size) =>
        send(registry, 'PUT', '/v2/team/app/manifests/v1', { body: Buffer.alloc(size, ' '), isChunked }),
      ),
    );

    expect(answers.map(({ status, code }) => [status, code])).toEqual([
      [413, 'SIZE_INVALID'],
      [400, 'MANIFEST_INVALID'],
    ]);
  });

  test.each([false, true])('refuse a blob of more than they allow, sent in pieces: %s', async (isChunked) => {
    const registry = await testRegistry({ limits: { blobBytes: 1000 } });
    async function begin(): Promise<string> {
      return (await send(registry, 'POST', '/v2/team/app/blobs/uploads/')).header('location');
    }

    const refused = await send(registry, 'PATCH', await begin(), { body: Buffer.alloc(1001), isChunked });
    const taken = await send(registry, 'PATCH', await begin(), { body: Buffer.alloc(1000), isChunked });

    expect([refused.status, refused.code, taken.status]).toEqual([413, 'SIZE_INVALID', 202]);
    expect(await registry.storage.uploadCount()).toBe(1);
  });
});

describe('a registry whose room is used up', () => {
  test.each([false, true])(
    'refuses an upload to its memory, sent in pieces: %s, drops it and goes on',
    async (isChunked) => {
      const registry = await testRegistry({ limits: { memoryBytes: 100_000 } });
      const kept = randomBlob(40_000);
      await pushBlob(registry, 'team/app', kept);
      const upload = (await send(registry, 'POST', '/v2/team/app/blobs/uploads/')).header('location');

      const refused = await send(registry, 'PATCH', upload, { body: Buffer.alloc(80_000), isChunked });

      expect([refused.status, refused.code]).toEqual([507, 'UNAVAILABLE']);
      expect((await send(registry, 'GET', upload)).status).toBe(404);
      expect((await send(registry, 'GET', `/v2/team/app/blobs/${kept.digest}`)).status).toBe(200);
      expect((await pushBlob(registry, 'team/app', randomBlob(40_000))).status).toBe(201);
    },
  );

  test.skipIf(process.platform !== 'linux')('refuses an upload to its disk, drops it, and names no path', async () => {
    const registry = await testRegistry({ storage: 'disk' });
    const kept = randomBlob(1000);
    await pushBlob(registry, 'team/app', kept);
    const upload = (await send(registry, 'POST', '/v2/team/app/blobs/uploads/')).header('location');
    const folder = join(registry.folder, '.registry/uploads');
    const [file = ''] = readdirSync(folder);
    rmSync(join(folder, file));
    symlinkSync('/dev/full', join(folder, file));

    const refused = await send(registry, 'PUT', withQuery(upload, { digest: kept.digest }), { body: kept.bytes });

    expect([refused.status, refused.code]).toEqual([507, 'UNAVAILABLE']);
    expect(refused.body.toString()).not.toContain('/');
    expect(readdirSync(folder)).toEqual([]);
    expect((await send(registry, 'GET', `/v2/team/app/blobs/${kept.digest}`)).status).toBe(200);
    expect((await pushBlob(registry, 'team/app', randomBlob())).status).toBe(201);
  });

  test('tells a fault of its disk to its log, and to clients without a path', async () => {
    const registry = await testRegistry({ storage: 'disk' });
    await pushBlob(registry, 'team/app', randomBlob());
    writeFileSync(join(registry.folder, 'team/app/index.json'), '{"schemaVersion":2,"manifests":');

    const answer = await send(registry, 'GET', '/v2/team/app/tags/list');

    expect([answer.status, answer.code]).toEqual([500, 'UNKNOWN']);
    expect(answer.body.toString()).not.toContain(registry.folder);
    expect(registry.host.events).toContainEqual(expect.objectContaining({ kind: 'note', level: 'warning' }));
  });
});

describe('paths that are no endpoint', () => {
  test.each([
    ['GET', '/v2/../../etc/passwd/manifests/v1', 400],
    ['GET', '/v2/team/%2e%2e/%2e%2e/blobs/uploads/x', 400],
    ['GET', `/v2/team/app/blobs/sha256:..%2f..%2fetc%2fpasswd`, 404],
    ['GET', '/v2/team/app/blobs/uploads/..%2f..%2fx', 404],
    ['GET', '/v2/team/app/blobs/uploads/anything', 404],
    ['GET', '/v2/Team/app/tags/list', 400],
    ['GET', '/v2/team/app/manifests/%20', 400],
    ['GET', '/v2/team/app/manifests/%ff', 400],
    ['GET', `/v2/${'a'.repeat(256)}/tags/list`, 400],
    ['GET', '/v1/search', 404],
    ['GET', '/favicon.ico', 404],
    ['POST', '/v2/', 405],
    ['PATCH', '/v2/team/app/manifests/v1', 405],
    ['TRACE', '/v2/', 405],
    ['GET', '/v2', 200],
    ['HEAD', '/v2/', 200],
    ['GET', '/v2/_catalog', 200],
  ])('%s %s is answered %i', async (method, target, status) => {
    const registry = await testRegistry({ storage: 'disk' });

    const answer = await send(registry, method, target);

    expect([answer.status, method === 'HEAD' || answer.body.byteLength > 0]).toEqual([status, true]);
    expect(answer.header('allow') !== '').toBe(status === 405);
  });
});
