import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { layerOf, onlyPart, Workshop } from './build-image.ts';

describe('ADD of a URL', () => {
  let shop: Workshop;
  let server: Server;
  let origin = '';
  const seen: string[] = [];
  let failures = 0;

  beforeEach(async () => {
    shop = new Workshop({ a: 'A' });
    seen.length = 0;
    failures = 0;
    server = createServer((request, response) => {
      seen.push(`${request.url} ${response.statusCode}${request.headers['if-none-match'] ?? ''}`);
      if (request.url === '/flaky' && failures++ < 2) return void response.writeHead(503).end();
      if (request.url === '/missing') return void response.writeHead(404).end();
      if (request.url === '/moved') return void response.writeHead(302, { location: '/dir/tool.txt' }).end();
      if (request.url === '/elsewhere') return void response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      if (request.url === '/short') {
        return void response.writeHead(200, { 'content-length': '10' }).write('abc', () => response.destroy());
      }
      const headers = { etag: '"1"', 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' };
      if (request.headers['if-none-match'] === '"1"') return void response.writeHead(304, headers).end();
      response.writeHead(200, headers).end(request.url === '/t.tgz' ? gzipSync('no tar') : 'tool\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    shop.remove();
  });

  test('writes the file with mode 0600 under the name in the URL', async () => {
    const outcome = await shop.build(`FROM scratch\nADD ${origin}/dir/tool.txt?x=1 /bin/`);

    expect(await layerOf(outcome, onlyPart(outcome), 0)).toEqual({
      bin: 'dir 755 0:0',
      'bin/tool.txt': 'file 600 0:0 tool',
    });
  });

  test('follows redirects, keeps the first name, and takes --chmod and --chown', async () => {
    const outcome = await shop.build(`FROM scratch\nADD --chmod=755 --chown=3 ${origin}/moved /bin/`);

    expect(await layerOf(outcome, onlyPart(outcome), 0)).toMatchObject({ 'bin/moved': 'file 755 3:3 tool' });
  });

  test('asks whether there is something newer, and with --checksum asks nothing at all', async () => {
    await shop.build(`FROM scratch\nADD ${origin}/dir/tool.txt /t`);
    const again = await shop.rebuild();
    expect(onlyPart(again).steps).toEqual({ total: 1, cached: 1 });
    expect(seen).toEqual(['/dir/tool.txt 200', '/dir/tool.txt 200"1"']);

    await shop.build(`FROM scratch\nADD --checksum=${digestOf('tool\n')} ${origin}/dir/tool.txt /t`);
    expect(seen).toHaveLength(2);
  });

  test('--checksum refuses what hashes to something else', async () => {
    const good = await shop.build(
      `FROM scratch\nADD --checksum=${digestOf('tool\n', 'sha512')} ${origin}/dir/tool.txt /t`,
    );
    const bad = await shop.build(`FROM scratch\nADD --checksum=${digestOf('other')} ${origin}/dir/tool.txt /t`);

    expect(good.faults).toEqual([]);
    expect(bad.faults).toMatchObject([{ code: 'CHECKSUM_MISMATCH', where: { line: 2 } }]);
  });

  test('outlives a server that is out of order for a moment', async () => {
    expect((await shop.build(`FROM scratch\nADD ${origin}/flaky /t`)).faults).toEqual([]);
    expect(seen).toHaveLength(3);
  });

  test.each([
    ['/missing', /404/],
    ['/short', /ended|aborted/],
    ['/elsewhere', /file:/],
  ])('fails on %s and says why', async (path, reason) => {
    const { faults } = await shop.build(`FROM scratch\nADD ${origin}${path} /t`);

    expect(faults.map(({ code }) => code)).toEqual(['DOWNLOAD_FAILED']);
    expect(faults[0]?.message).toMatch(reason);
  });

  test('refuses git repositories, URLs for COPY, and checksums of files', async () => {
    const codes = [];
    for (const line of [
      'ADD https://example.org/a.git /x',
      'COPY https://example.org/a /x',
      'ADD --checksum=sha256:00 a /x',
    ]) {
      codes.push((await shop.build(`FROM scratch\n${line}`)).faults[0]?.code);
    }

    expect(codes).toEqual(['ADD_SOURCE_UNSUPPORTED', 'INSTRUCTION_UNUSABLE', 'INSTRUCTION_UNUSABLE']);
  });
});
