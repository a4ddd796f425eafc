import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openRegistry, type RegistryOptions } from '../../../src/registry/registry-client.ts';
import { type FakeHostOptions, fakeHost } from '../../support/fake-host.ts';
import { place, sampleImage, sourceOf } from '../../support/sample-image.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';
import { testCertificate, testKey } from '../../support/test-certificate.ts';

const image = sampleImage(1000);
const tls = { cert: testCertificate, key: testKey };
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startRegistry(options: SmallRegistryOptions = {}): Promise<SmallRegistry> {
  const registry = await SmallRegistry.start(options);
  closers.push(() => registry.stop());
  place(registry.repository('app'), image, 'latest');
  return registry;
}

function open(registry: string, env: FakeHostOptions['env'] = {}, options: Partial<RegistryOptions> = {}) {
  const host = fakeHost({ env });
  const client = openRegistry({ host, registry, ...options });
  closers.push(() => {
    client.close();
    return Promise.resolve();
  });
  return { host, client, repository: client.repository('app') };
}

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'transport-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

describe('TLS', () => {
  test('is refused where nobody vouches for the certificate', async () => {
    const { host } = await startRegistry({ tls });

    const { repository } = open(host, {}, { scheme: 'https' });

    await expect(repository.resolve('latest')).rejects.toMatchObject({ code: 'REGISTRY_TLS' });
  });

  test('is trusted by the authority in SSL_CERT_FILE', async () => {
    const { host } = await startRegistry({ tls });
    const file = join(await temporary(), 'ca.pem');
    await writeFile(file, testCertificate);

    const { repository } = open(host, { SSL_CERT_FILE: file }, { scheme: 'https' });

    expect((await repository.resolve('latest'))?.digest).toBe(image.index.descriptor.digest);
  });

  test("is trusted by docker's certs.d folder of that host, and of no other", async () => {
    const { host } = await startRegistry({ tls });
    const home = await temporary();
    const folder = join(home, '.config/docker/certs.d', host);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'ca.crt'), testCertificate);

    const good = open(host, { HOME: home }, { scheme: 'https' });
    const other = open(host.replace('127.0.0.1', 'localhost'), { HOME: home }, { scheme: 'https' });

    expect(await good.repository.resolve('latest')).toBeDefined();
    await expect(other.repository.resolve('latest')).rejects.toMatchObject({ code: 'REGISTRY_TLS' });
  });

  test('says what to do where SSL_CERT_FILE is not there', async () => {
    const { repository } = open('127.0.0.1:9', { SSL_CERT_FILE: '/nowhere/ca.pem' }, { scheme: 'https' });

    await expect(repository.resolve('latest')).rejects.toMatchObject({
      code: 'REGISTRY_TLS',
      where: { file: '/nowhere/ca.pem' },
    });
  });

  test('says so where the registry speaks plain HTTP', async () => {
    const { host } = await startRegistry();

    const { repository } = open(host, {}, { scheme: 'https' });

    await expect(repository.resolve('latest')).rejects.toMatchObject({
      code: 'REGISTRY_TLS',
      hint: expect.stringContaining('plain HTTP') as string,
    });
  });
});

describe('proxies', () => {
  /** Tunnels every host to this machine, as if it were the internet. */
  async function startProxy(port: number): Promise<{ readonly url: string; readonly asked: string[] }> {
    const asked: string[] = [];
    const server = createServer();
    server.on('connect', (request, socket) => {
      asked.push(`${request.url ?? ''} ${request.headers['proxy-authorization'] ?? ''}`);
      const onward = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [onward, socket]) end.on('error', () => undefined);
      closers.push(() => {
        onward.destroy();
        socket.destroy();
        return Promise.resolve();
      });
    });
    server.on('request', (request, response) => {
      asked.push(`${request.url ?? ''} ${request.headers['proxy-authorization'] ?? ''}`);
      response.writeHead(407).end();
    });
    return { url: `http://ann:proxy-secret@127.0.0.1:${await listen(server)}`, asked };
  }

  test('carry HTTPS through a tunnel, whose password is kept out of everything shown', async () => {
    const registry = await startRegistry({ tls });
    const proxy = await startProxy(Number(registry.host.split(':')[1]));
    const file = join(await temporary(), 'ca.pem');
    await writeFile(file, testCertificate);

    const { repository, host } = open('registry.test', { SSL_CERT_FILE: file, HTTPS_PROXY: proxy.url });
    const found = await repository.resolve('latest');
    await repository.tags();

    expect(found?.digest).toBe(image.index.descriptor.digest);
    const pair = Buffer.from('ann:proxy-secret').toString('base64');
    expect(proxy.asked).toEqual([`registry.test:443 Basic ${pair}`]);
    expect(host.redactor.redact('proxy-secret')).toBe('***');
  });

  test('get the whole URL of plain HTTP, and their refusal is told', async () => {
    const proxy = await startProxy(9);

    const { repository } = open('registry.test', { HTTP_PROXY: proxy.url }, { scheme: 'http' });

    await expect(repository.fetchManifest('latest')).rejects.toMatchObject({ code: 'REGISTRY_REFUSED' });
    expect(proxy.asked[0]).toMatch(/^http:\/\/registry\.test\/v2\/app\/manifests\/latest Basic /);
  });

  test('that refuse a tunnel are named', async () => {
    const server = createServer();
    server.on('connect', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    const url = `http://127.0.0.1:${await listen(server)}`;

    const { repository } = open('registry.test', { HTTPS_PROXY: url });

    await expect(repository.resolve('latest')).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('403') as string,
    });
  });

  test('with a wrong variable are told before anything is sent', async () => {
    const { repository } = open('registry.test', { HTTPS_PROXY: 'socks5://proxy' });

    await expect(repository.resolve('latest')).rejects.toMatchObject({ code: 'PROXY_MALFORMED' });
  });
});

describe('one connection', () => {
  test('serves many requests, and is replaced when the registry closed it', async () => {
    const sockets = new Set<unknown>();
    const server = createServer((request, response) => {
      sockets.add(request.socket);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"tags":[]}');
    });
    const { repository } = open(`127.0.0.1:${await listen(server)}`);

    await repository.tags();
    await repository.tags();
    const before = sockets.size;
    server.closeAllConnections();
    await repository.tags();

    expect([before, sockets.size]).toEqual([1, 2]);
  });

  test('that does not speak HTTP is told as such', async () => {
    const server = createSocketServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('SSH-2.0-OpenSSH\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => server.close(resolve)));

    const { repository } = open(`127.0.0.1:${(server.address() as AddressInfo).port}`);

    await expect(repository.tags()).rejects.toMatchObject({ code: 'REGISTRY_ANSWER_MALFORMED' });
  });

  test('is not made at all where no such host is known', async () => {
    const { repository, host } = open('no-such-host.invalid');

    await expect(repository.tags()).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    expect(host.clock.monotonicMs()).toBeLessThanOrEqual(60_000);
  });
});

describe('an interruption', () => {
  test('ends a transfer at once, with its own reason, and leaves no upload behind', async () => {
    const registry = await startRegistry();
    const { host, repository } = open(registry.host);
    const { layer } = sampleImage(1_500_000);
    const reason = new Error('stopped by the user');
    const source = {
      ...sourceOf(layer),
      async *open(offset: number) {
        yield* sourceOf({ ...layer, bytes: layer.bytes.subarray(0, 700_000) }).open(offset);
        host.abort(reason);
        await new Promise(setImmediate);
        yield layer.bytes.subarray(700_000);
      },
    };

    await expect(repository.upload(source)).rejects.toBe(reason);

    expect(registry.repository('app').uploads.size).toBe(0);
    await expect(repository.tags()).rejects.toBe(reason);
  });
});

describe('memory', () => {
  const pieceBytes = 64 * 1024;
  const piece = Buffer.alloc(pieceBytes);

  test('stays flat when a registry takes nothing: the source is not read ahead', async () => {
    const server = createServer((request, response) => {
      if (request.method === 'POST') response.writeHead(202, { location: '/v2/app/blobs/uploads/1' }).end();
      else if (request.method === 'HEAD') response.writeHead(404).end();
      else request.pause();
    });
    const limits = { sendMs: 100, answerMs: 100 };
    const { repository } = open(`127.0.0.1:${await listen(server)}`, {}, { limits, retry: { failedAtMost: 1 } });
    const counted = { read: 0 };
    const source = {
      ...image.layer.descriptor,
      size: 1024 * 1024 * 1024,
      async *open() {
        for (let at = 0; at < 16 * 1024; at += 1) {
          await Promise.resolve();
          counted.read += pieceBytes;
          yield piece;
        }
      },
    };

    await expect(repository.upload(source)).rejects.toMatchObject({ code: 'REGISTRY_TIMED_OUT' });
    expect(counted.read).toBeLessThan(32 * 1024 * 1024);
  });

  test('stays flat when a consumer takes nothing: the registry is not read ahead', async () => {
    const counted = { sent: 0 };
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-length': String(1024 * 1024 * 1024) });
      function fill(): void {
        while (!response.destroyed && response.write(piece)) counted.sent += pieceBytes;
      }
      response.on('drain', fill);
      fill();
    });
    const { repository } = open(`127.0.0.1:${await listen(server)}`);
    const content = { ...image.layer.descriptor, size: 1024 * 1024 * 1024 };

    for await (const first of repository.read(content)) {
      expect(first.byteLength).toBeGreaterThan(0);
      for (let turns = 0; turns < 200; turns += 1) await new Promise(setImmediate);
      break;
    }

    expect(counted.sent).toBeLessThan(32 * 1024 * 1024);
  });
});
