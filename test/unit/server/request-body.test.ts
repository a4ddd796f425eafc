import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { isFault } from '../../../src/errors/fault.ts';
import { readWholeBody } from '../../../src/server/request-body.ts';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close().closeAllConnections()));

/** Serves one request with a reader; gives what became of it, and the port. */
async function serve(read: (incoming: IncomingMessage) => Promise<Buffer>) {
  const server = createServer();
  servers.push(server);
  const outcome = new Promise<string>((resolve) => {
    server.once('request', (incoming: IncomingMessage) => {
      incoming.on('error', () => undefined);
      read(incoming).then(
        (body) => resolve(`${body.byteLength} bytes`),
        (error: unknown) => resolve(isFault(error) ? error.code : String(error)),
      );
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return { outcome, port: typeof address === 'object' ? address?.port : undefined };
}

function begin(port: number | undefined, length: number) {
  const outgoing = request({ host: '127.0.0.1', port, method: 'PUT', headers: { 'Content-Length': length } });
  return outgoing.on('error', () => undefined);
}

describe('readWholeBody', () => {
  test('gives what came, in one piece or in many', async () => {
    const { outcome, port } = await serve((incoming) => readWholeBody(incoming, { maxBytes: 6, idleMs: 10_000 }));
    const outgoing = begin(port, 6);
    outgoing.write('abc');
    outgoing.end('def');

    expect(await outcome).toBe('6 bytes');
  });

  test.each([0, 6])('gives %i bytes when there are no more', async (length) => {
    const { outcome, port } = await serve((incoming) => readWholeBody(incoming, { maxBytes: 6, idleMs: 10_000 }));
    begin(port, length).end('x'.repeat(length));

    expect(await outcome).toBe(`${length} bytes`);
  });

  test('ends with SERVER_BODY_TOO_LARGE when more comes than is allowed', async () => {
    const { outcome, port } = await serve((incoming) => readWholeBody(incoming, { maxBytes: 5, idleMs: 10_000 }));
    begin(port, 6).end('abcdef');

    expect(await outcome).toBe('SERVER_BODY_TOO_LARGE');
  });

  test('ends with SERVER_BODY_STALLED when too little comes', async () => {
    const { outcome, port } = await serve((incoming) => readWholeBody(incoming, { maxBytes: 6, idleMs: 20 }));
    begin(port, 6).write('abc');

    expect(await outcome).toBe('SERVER_BODY_STALLED');
  });

  test('ends with SERVER_BODY_CUT_OFF when the client goes away', async () => {
    const { outcome, port } = await serve((incoming) => readWholeBody(incoming, { maxBytes: 6, idleMs: 10_000 }));
    const outgoing = begin(port, 6);
    outgoing.write('abc', () => outgoing.destroy());

    expect(await outcome).toBe('SERVER_BODY_CUT_OFF');
  });

  test('ends with SERVER_BODY_CUT_OFF when somebody else takes over', async () => {
    const takeOver = new AbortController();
    const { outcome, port } = await serve((incoming) => {
      const body = readWholeBody(incoming, { maxBytes: 6, idleMs: 10_000, signal: takeOver.signal });
      takeOver.abort();
      return body;
    });
    begin(port, 6).write('abc');

    expect(await outcome).toBe('SERVER_BODY_CUT_OFF');
  });
});
