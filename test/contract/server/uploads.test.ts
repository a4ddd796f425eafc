import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { pushBlob, send, type TestRegistry, testRegistry, withQuery } from './probe.ts';
import { randomBlob } from './sample-content.ts';

const uploads = '/v2/team/app/blobs/uploads/';

async function begin(registry: TestRegistry): Promise<string> {
  return (await send(registry, 'POST', uploads)).header('location');
}

/** Sends the head of a request and a part of its body on a connection of its own, and stays. */
async function sendPart(registry: TestRegistry, line: string, part: Buffer, length: number): Promise<Socket> {
  const { hostname, port } = new URL(registry.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`${line} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${length}\r\n\r\n`);
  socket.write(part);
  return socket;
}

/** Waits until the registry has so many bytes of an upload. */
async function untilReceived(registry: TestRegistry, target: string, size: number): Promise<void> {
  for (;;) {
    const state = await send(registry, 'GET', target);
    if (state.header('range') === `0-${size - 1}`) return;
    expect(state.status).toBe(204);
  }
}

describe.each(['memory', 'disk'])('uploads kept in %s', (storage) => {
  test('are gone on with where the connection broke', async () => {
    const registry = await testRegistry({ storage });
    const { digest, bytes } = randomBlob(200_000);
    const target = await begin(registry);
    const socket = await sendPart(registry, `PATCH ${target}`, bytes.subarray(0, 120_000), bytes.byteLength);
    socket.destroy(new Error('cut'));
    await untilReceived(registry, target, 120_000);

    const rest = bytes.subarray(120_000);
    const resumed = await send(registry, 'PATCH', target, {
      headers: { 'Content-Range': `120000-${bytes.byteLength - 1}` },
      body: rest,
    });
    const pushed = await send(registry, 'PUT', withQuery(target, { digest }));

    expect([resumed.status, pushed.status]).toEqual([202, 201]);
  });

  test('are sent again whole by PUT without a range, whatever was left of a broken one', async () => {
    const registry = await testRegistry({ storage });
    const { digest, bytes } = randomBlob(200_000);
    const target = await begin(registry);
    const put = withQuery(target, { digest });
    const socket = await sendPart(registry, `PUT ${put}`, bytes.subarray(0, 120_000), bytes.byteLength);
    socket.destroy();

    const pushed = await send(registry, 'PUT', put, { body: bytes });

    expect(pushed.status).toBe(201);
  });

  test('belong to the newest request, when an older one hangs', async () => {
    const registry = await testRegistry({ storage });
    const { digest, bytes } = randomBlob(200_000);
    const target = await begin(registry);
    const hanging = await sendPart(registry, `PATCH ${target}`, bytes.subarray(0, 120_000), bytes.byteLength);

    const pushed = await send(registry, 'PUT', withQuery(target, { digest }), { body: bytes });

    expect(pushed.status).toBe(201);
    hanging.destroy();
  });

  test('are answered 201 again when the first answer was lost', async () => {
    const registry = await testRegistry({ storage });
    const blob = randomBlob();
    const put = withQuery(await begin(registry), { digest: blob.digest });
    await send(registry, 'PUT', put, { body: blob.bytes });

    const again = await send(registry, 'PUT', put, { body: blob.bytes });
    const other = await send(
      registry,
      'PUT',
      withQuery(put.slice(0, put.indexOf('?')), { digest: randomBlob().digest }),
    );

    expect([again.status, again.header('docker-content-digest')]).toEqual([201, blob.digest]);
    expect([other.status, other.code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
  });

  test.each([
    ['no range at all', 'x', 416],
    ['a range that ends before it starts', '9-3', 416],
    ['a range that does not begin at the end', '5-14', 416],
    ['a range of another length than the body', '0-20', 400],
    ['the right range', '0-9', 202],
    ['the right range as HTTP writes it', 'bytes 0-9/10', 202],
  ])('take a chunk with %s', async (_what, range, status) => {
    const registry = await testRegistry({ storage });
    const target = await begin(registry);

    const answer = await send(registry, 'PATCH', target, { headers: { 'Content-Range': range }, body: '0123456789' });

    expect(answer.status).toBe(status);
    expect((await send(registry, 'GET', target)).header('range')).toBe(status === 202 ? '0-9' : '0-0');
  });

  test('take the algorithm from the digest they are finished with', async () => {
    const registry = await testRegistry({ storage });
    const { digest, bytes } = randomBlob(100, 'sha512');
    const target = await begin(registry);
    await send(registry, 'PATCH', target, { body: bytes });

    expect((await send(registry, 'PUT', withQuery(target, { digest }))).status).toBe(201);
  });

  test.each([
    ['PUT without a digest', 'PUT', ''],
    ['PUT with a malformed digest', 'PUT', '?digest=sha256:abc'],
  ])('refuse %s and stay open', async (_what, method, query) => {
    const registry = await testRegistry({ storage });
    const blob = randomBlob();
    const target = await begin(registry);

    const refused = await send(registry, method, `${target}${query}`, { body: blob.bytes });

    expect([refused.status, refused.code]).toEqual([400, 'DIGEST_INVALID']);
    const pushed = await send(registry, 'PUT', withQuery(target, { digest: blob.digest }), { body: blob.bytes });
    expect(pushed.status).toBe(201);
  });

  test('belong to one repository', async () => {
    const registry = await testRegistry({ storage });
    const target = await begin(registry);

    const elsewhere = await send(registry, 'GET', target.replace('/team/app/', '/team/other/'));

    expect([elsewhere.status, (await send(registry, 'GET', target)).status]).toEqual([404, 204]);
  });

  test('end as one blob when many clients send the same at once', async () => {
    const registry = await testRegistry({ storage });
    const blob = randomBlob(50_000);

    const pushed = await Promise.all(Array.from({ length: 12 }, () => pushBlob(registry, 'team/app', blob)));

    expect(pushed.map(({ status }) => status)).toEqual(pushed.map(() => 201));
    expect((await send(registry, 'GET', `/v2/team/app/blobs/${blob.digest}`)).body.equals(blob.bytes)).toBe(true);
    expect(await registry.storage.uploadCount()).toBe(0);
  });

  test('refuse an algorithm that nobody knows', async () => {
    const registry = await testRegistry({ storage });

    const refused = await send(registry, 'POST', `${uploads}?digest-algorithm=md5`);
    const begun = await send(registry, 'POST', `${uploads}?digest-algorithm=sha512`);

    expect([refused.status, begun.status]).toEqual([400, 202]);
  });

  test('are only announced by POST with a digest and no body', async () => {
    const registry = await testRegistry({ storage });

    const announced = await send(registry, 'POST', `${uploads}?digest=${randomBlob().digest}`);
    const empty = await send(registry, 'POST', `${uploads}?digest=${randomBlob(0).digest}`);

    expect([announced.status, empty.status]).toEqual([202, 201]);
  });
});

describe('uploads over Expect: 100-continue', () => {
  test('are asked for only when they are wanted', async () => {
    const registry = await testRegistry();
    const { digest, bytes } = randomBlob(100);
    const target = withQuery(await begin(registry), { digest });
    const expectation = { Expect: '100-continue' };

    const refused = await send(registry, 'PUT', '/v2/UPPER/blobs/uploads/x', { headers: expectation, body: bytes });
    const pushed = await send(registry, 'PUT', target, { headers: expectation, body: bytes });

    expect([refused.status, pushed.status]).toEqual([400, 201]);
  });
});
