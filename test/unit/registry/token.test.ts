import { afterEach, describe, expect, test } from 'vitest';
import type { Credentials } from '../../../src/registry/credentials.ts';
import { openRegistry } from '../../../src/registry/registry-client.ts';
import { decodeToken } from '../../../src/registry/token.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { place, sampleImage, sourceOf } from '../../support/sample-image.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';
import type { SmallAuthOptions } from '../../support/small-registry-auth.ts';

const image = sampleImage(1000);
const opened: SmallRegistry[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((registry) => registry.stop()));
});

async function openWith(auth: SmallAuthOptions, credentials?: Credentials, options: SmallRegistryOptions = {}) {
  const registry = await SmallRegistry.start({ ...options, auth });
  opened.push(registry);
  place(registry.repository('app'), image, 'latest');
  const host = fakeHost();
  const client = openRegistry({ host, registry: registry.host, ...(credentials === undefined ? {} : { credentials }) });
  return { registry, client, host, repository: client.repository('app'), asked: registry.auth?.tokenRequests ?? [] };
}

const ann: Credentials = { kind: 'password', username: 'ann', password: 'right-secret' };
const identity: Credentials = { kind: 'identity-token', username: '<token>', token: 'identity-secret' };
const passwords = { ann: 'right-secret' };

function pair(text: string): { readonly auth: string } {
  return { auth: Buffer.from(text).toString('base64') };
}

describe('tokens', () => {
  test('one token serves all requests that it covers, and askers at once share one request', async () => {
    const { repository, asked } = await openWith({ kind: 'bearer' });

    await repository.resolve('latest');
    await Promise.all([repository.resolve('latest'), repository.tags(), repository.resolve('latest')]);

    expect(asked).toHaveLength(1);
  });

  test('are renewed before they end', async () => {
    const { repository, asked, host } = await openWith({ kind: 'bearer', expiresIn: 100 });
    await repository.resolve('latest');

    await host.clock.sleep(79_000);
    await repository.resolve('latest');
    const before = asked.length;
    await host.clock.sleep(2_000);
    await repository.resolve('latest');

    expect([before, asked.length]).toEqual([1, 2]);
  });

  test('last 60 seconds where nothing is said, and are kept out of everything shown', async () => {
    const { repository, asked, host, registry } = await openWith({ kind: 'bearer' });
    await repository.resolve('latest');

    await host.clock.sleep(50_000);
    await repository.resolve('latest');

    expect(asked).toHaveLength(2);
    expect(host.redactor.redact(registry.auth?.tokens[0] ?? '')).toBe('***');
  });

  test('a push asks for its own repository first, then for the one it mounts from', async () => {
    const { registry, client, asked } = await openWith({ kind: 'bearer' });

    await client.repository('other').upload(sourceOf(image.layer), { mountFrom: ['app'] });

    expect(asked.map(({ scopes }) => scopes)).toContainEqual(['repository:other:pull,push', 'repository:app:pull']);
    expect(registry.repository('other').blobs.has(image.layer.descriptor.digest)).toBe(true);
  });

  test('a delete asks for what the registry demands, first', async () => {
    const { repository, asked } = await openWith({
      kind: 'bearer',
      deleteAction: 'delete',
      error: 'insufficient_scope',
    });

    await repository.deleteBlob(image.layer.descriptor.digest);

    expect(asked.at(-1)?.scopes[0]).toBe('repository:app:delete,pull,push');
  });
});

describe('the ways to ask for a token', () => {
  test('a password goes by GET', async () => {
    const { repository, asked } = await openWith({ kind: 'bearer', passwords }, ann);

    await repository.resolve('latest');

    expect(asked.map(({ method }) => method)).toEqual(['GET']);
  });

  test('a password goes by POST where GET is not known', async () => {
    const { repository, asked } = await openWith({ kind: 'bearer', passwords, getStatus: 404 }, ann);

    await repository.resolve('latest');

    expect(asked.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(asked[1]?.form.get('grant_type')).toBe('password');
  });

  test('an identity token goes by POST', async () => {
    const { repository, asked } = await openWith({ kind: 'bearer', identityTokens: ['identity-secret'] }, identity);

    await repository.resolve('latest');

    expect(asked.map(({ form }) => form.get('grant_type'))).toEqual(['refresh_token']);
  });

  test.each([400, 401, 404, 405] as const)(
    'an identity token goes by GET where POST is answered with %d',
    async (postStatus) => {
      const options = { kind: 'bearer', passwords: { '<token>': 'identity-secret' }, postStatus } as const;
      const { repository, asked } = await openWith(options, identity);

      await repository.resolve('latest');

      expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET']);
    },
  );

  test('a registry token is shown as it is', async () => {
    const { repository, registry } = await openWith(
      { kind: 'bearer' },
      { kind: 'registry-token', token: 'given-secret' },
    );

    await expect(repository.resolve('latest')).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });

    expect(registry.requests.at(-1)?.headers.authorization).toBe('Bearer given-secret');
  });
});

describe('a realm', () => {
  test.each(['ftp://auth.example.com/token', 'http://'])('that is "%s" is not asked', async (realm) => {
    const { repository } = await openWith({ kind: 'bearer', realm }, ann);

    await expect(repository.resolve('latest')).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' });
  });

  test('that gives no token is told as such', async () => {
    const { repository, registry } = await openWith({ kind: 'bearer', realm: 'http://$HOST/v2/_catalog' });
    Object.assign(registry.auth?.options ?? {}, { realm: `http://${registry.host}/token?`, tokenField: 'nothing' });

    await expect(repository.resolve('latest')).rejects.toMatchObject({ code: 'REGISTRY_ANSWER_MALFORMED' });
  });
});

describe('decodeToken', () => {
  test.each([
    ['{"token":"a"}', { token: 'a', lifetimeMs: 60_000 }],
    ['{"access_token":"a","expires_in":300}', { token: 'a', lifetimeMs: 300_000 }],
    ['{"token":"a","expires_in":"30"}', { token: 'a', lifetimeMs: 30_000 }],
    ['{"token":"a","expires_in":0}', { token: 'a', lifetimeMs: 60_000 }],
    ['{"token":"a\\r\\nx: y"}', undefined],
    ['{"token":""}', undefined],
    ['{}', undefined],
    ['[]', undefined],
  ])('reads %s', (text, expected) => {
    expect(decodeToken(Buffer.from(text))).toEqual(expected);
  });
});

describe('credentials', () => {
  test('of a path are shown for that path alone', async () => {
    const registry = await SmallRegistry.start({
      auth: { kind: 'basic', passwords: { ann: 'secret-1', bob: 'secret-2' } },
    });
    opened.push(registry);
    const auths = { [`${registry.host}/a`]: pair('ann:secret-1'), [`${registry.host}/b`]: pair('bob:secret-2') };
    const client = openRegistry({
      host: fakeHost({ env: { DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) } }),
      registry: registry.host,
    });

    await client.repository('a/x').tags();
    await client.repository('b/x').tags();

    expect(registry.requests.map(({ headers }) => headers.authorization).filter(Boolean)).toEqual([
      `Basic ${pair('ann:secret-1').auth}`,
      `Basic ${pair('bob:secret-2').auth}`,
    ]);
  });

  test('never go to a server that the registry redirects to', async () => {
    const { registry, repository } = await openWith({ kind: 'basic', passwords }, ann);
    const other = await SmallRegistry.start();
    opened.push(other);
    place(other.repository('app'), image, 'latest');
    registry.redirectBlobsTo = `http://${other.host}`;

    const pieces = await repository.download(image.layer.descriptor, async (bytes) => {
      const all: Uint8Array[] = [];
      for await (const piece of bytes) all.push(piece);
      return all;
    });

    expect(Buffer.concat(pieces).equals(image.layer.bytes)).toBe(true);
    expect(registry.requests.at(-1)?.headers.authorization).toBeDefined();
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test('never go to a server that an upload location names', async () => {
    const { registry, client } = await openWith({ kind: 'basic', passwords }, ann);
    const storage = await SmallRegistry.start();
    opened.push(storage);
    storage.repositories.set('fresh', registry.repository('fresh'));
    registry.uploadsAt = storage.host;

    expect(await client.repository('fresh').upload(sourceOf(image.layer))).toBe('uploaded');

    expect(storage.requests.map(({ method, headers }) => [method, headers.authorization])).toEqual([
      ['PUT', undefined],
    ]);
    expect(registry.requests.at(-1)?.headers.authorization).toBeDefined();
  });
});
