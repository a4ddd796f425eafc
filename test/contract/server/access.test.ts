import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isFault } from '../../../src/errors/fault.ts';
import { hashPassword, parseUsers } from '../../../src/server/registry-users.ts';
import { startRegistry } from '../../../src/server/start-registry.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { pushBlob, send, temporaryFolder, testRegistry } from './probe.ts';
import { randomBlob } from './sample-content.ts';

function basic(user: string, password: string): Readonly<Record<string, string>> {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  return isFault(error) ? error.code : String(error);
}

const hidden = hashPassword('hidden', fakeHost());

describe('a registry with users', () => {
  test.each([
    ['nobody', {}, 401],
    ['a user with the right password', basic('ann', 'pass:word'), 200],
    ['a user whose password is hashed', basic('bob', 'hidden'), 200],
    ['a wrong password', basic('ann', 'password'), 401],
    ['a wrong password for a hash', basic('bob', 'pass:word'), 401],
    ['a user that does not exist', basic('eve', 'pass:word'), 401],
    ['no base64', { Authorization: 'Basic ???' }, 401],
    ['another scheme', { Authorization: 'Bearer abc' }, 401],
  ])('answers %s', async (_who, headers, status) => {
    const users = parseUsers(`# people\nann:pass:word\n\nbob:${await hidden}\n`);
    const registry = await testRegistry({ users });

    const answers = [await send(registry, 'GET', '/v2/', { headers }), await send(registry, 'GET', '/', { headers })];

    expect(answers.map((answer) => answer.status)).toEqual([status, status]);
    expect(answers[0]?.header('www-authenticate').startsWith('Basic ')).toBe(status === 401);
  });

  test('lets everybody read, and users write, where anonymous pulls are allowed', async () => {
    const registry = await testRegistry({ users: parseUsers('ann:secret'), isAnonymousPullAllowed: true });

    const answers = await Promise.all([
      send(registry, 'GET', '/v2/'),
      send(registry, 'HEAD', '/v2/team/app/manifests/v1'),
      send(registry, 'POST', '/v2/team/app/blobs/uploads/'),
      send(registry, 'DELETE', '/v2/team/app/manifests/v1'),
      send(registry, 'POST', '/v2/team/app/blobs/uploads/', { headers: basic('ann', 'secret') }),
      send(registry, 'GET', '/v2/', { headers: basic('ann', 'wrong') }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([200, 404, 401, 401, 202, 401]);
  });

  test('tells its access log who did what, and no password', async () => {
    const registry = await testRegistry({ users: parseUsers('ann:secret'), isAccessLogged: true });

    await send(registry, 'GET', '/v2/team/app/tags/list?note=secret', { headers: basic('ann', 'secret') });

    const lines = registry.host.events.flatMap((event) => (event.kind === 'log' ? [event.text] : []));
    expect(lines).toEqual([
      expect.stringMatching(/^127\.0\.0\.1 ann "GET \/v2\/team\/app\/tags\/list\?note=\*\*\*" 404 \d+ \d+ms$/),
    ]);
  });
});

describe('a registry that is read-only', () => {
  test('refuses every change and serves the rest', async () => {
    const folder = temporaryFolder();
    const blob = randomBlob();
    await pushBlob(await testRegistry({ storage: folder }), 'team/app', blob);
    const registry = await testRegistry({ storage: folder, isReadOnly: true });

    const refused = await Promise.all([
      send(registry, 'POST', '/v2/team/app/blobs/uploads/'),
      send(registry, 'PUT', '/v2/team/app/manifests/v1', { body: '{}' }),
      send(registry, 'DELETE', `/v2/team/app/blobs/${blob.digest}`),
    ]);

    expect(refused.map(({ status, code }) => [status, code])).toEqual(refused.map(() => [405, 'DENIED']));
    expect((await send(registry, 'HEAD', `/v2/team/app/blobs/${blob.digest}`)).status).toBe(200);
  });
});

describe('a folder that is only read', () => {
  test('is served as it is, and not made where it is missing', async () => {
    const folder = temporaryFolder();
    const blob = randomBlob();
    await pushBlob(await testRegistry({ storage: folder }), 'team/app', blob);
    rmSync(join(folder, '.registry'), { recursive: true });
    const registry = await testRegistry({ storage: folder, isReadOnly: true });

    expect((await send(registry, 'HEAD', `/v2/team/app/blobs/${blob.digest}`)).status).toBe(200);
    expect(readdirSync(folder)).toEqual(['team']);
    const missing = testRegistry({ storage: join(folder, 'missing'), isReadOnly: true });
    expect(await codeOf(missing)).toBe('SERVER_DIRECTORY_UNUSABLE');
  });
});

describe('a web page in a browser', () => {
  test.each([
    ['POST', '/v2/team/app/blobs/uploads/', { Origin: 'http://example.org' }, 403],
    ['PUT', '/v2/team/app/manifests/v1', { Origin: 'null' }, 403],
    ['POST', '/v2/team/app/blobs/uploads/', {}, 202],
    ['GET', '/v2/', { Origin: 'http://example.org' }, 200],
  ])('gets %s %s with %o answered %i where nobody logs in', async (method, target, headers, status) => {
    const registry = await testRegistry();

    expect((await send(registry, method, target, { headers })).status).toBe(status);
  });

  test('may do what its user may', async () => {
    const registry = await testRegistry({ users: parseUsers('ann:secret') });
    const headers = { Origin: 'http://example.org', ...basic('ann', 'secret') };

    expect((await send(registry, 'POST', '/v2/team/app/blobs/uploads/', { headers })).status).toBe(202);
  });
});

describe('a registry over HTTPS', () => {
  function certificate(): { readonly certificate: string; readonly key: string } {
    const folder = temporaryFolder();
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = [
      '-subj',
      '/CN=localhost',
      '-nodes',
      '-days',
      '1',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
    ];
    execFileSync('openssl', ['req', '-x509', ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { certificate: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  }

  test('serves, and caps its connections', async () => {
    const registry = await testRegistry({ tls: certificate(), limits: { connections: 0 } });
    const open = await testRegistry({ tls: certificate() });

    expect(open.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect((await pushBlob(open, 'team/app', randomBlob())).status).toBe(201);
    expect((await send(registry, 'GET', '/v2/')).status).toBe(429);
  });

  test('is not started with a certificate that is none', async () => {
    const tls = { ...certificate(), certificate: 'nonsense' };

    expect(await codeOf(testRegistry({ tls }))).toBe('SERVER_CERTIFICATE_UNUSABLE');
  });
});

describe('startRegistry', () => {
  test('refuses an address that is taken, and takes it when it is free', async () => {
    const first = await testRegistry();
    function start() {
      return startRegistry({ host: fakeHost(), memory: true, address: first.registry });
    }

    expect(await codeOf(start())).toBe('SERVER_ADDRESS_UNAVAILABLE');

    await first.close();
    await (await start()).close();
  });

  test('refuses a folder that is a layout itself, or a file', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'layout'));
    writeFileSync(join(folder, 'layout/index.json'), '{}');
    writeFileSync(join(folder, 'file'), '');

    expect(await codeOf(testRegistry({ storage: join(folder, 'layout') }))).toBe('SERVER_DIRECTORY_UNUSABLE');
    expect(await codeOf(testRegistry({ storage: join(folder, 'file') }))).toBe('SERVER_DIRECTORY_UNUSABLE');
    expect((await testRegistry({ storage: folder })).url).toMatch(/^http:/);
  });

  test('warns when everybody may write, and only then', async () => {
    const hosts = [fakeHost(), fakeHost(), fakeHost()] as const;
    const registries = await Promise.all([
      startRegistry({ host: hosts[0], memory: true, address: ':0' }),
      startRegistry({ host: hosts[1], memory: true, address: ':0', options: { users: parseUsers('a:secret') } }),
      startRegistry({ host: hosts[2], memory: true }),
    ]);
    await Promise.all(registries.map((registry) => registry.close()));

    expect(hosts.map(({ events }) => events.length)).toEqual([1, 0, 0]);
  });

  test('ends when the run is interrupted', async () => {
    const host = fakeHost({ clock: 'real' });
    const registry = await testRegistry({ host });
    expect((await send(registry, 'GET', '/v2/')).status).toBe(200);

    host.abort();
    await registry.close();

    await expect(send(registry, 'GET', '/v2/')).rejects.toThrow('ECONNREFUSED');
  });
});
