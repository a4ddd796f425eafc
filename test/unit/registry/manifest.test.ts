import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/oci/digest.ts';
import { openRegistry } from '../../../src/registry/registry-client.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { place, sampleImage, sourceOf } from '../../support/sample-image.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';

const image = sampleImage(1000);
const other = sampleImage(1000, 'other');
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function open(options: SmallRegistryOptions = {}) {
  const registry = await SmallRegistry.start(options);
  closers.push(() => registry.stop());
  const app = registry.repository('app');
  place(app, image, 'latest');
  const client = openRegistry({ host: fakeHost(), registry: registry.host });
  return { registry, app, client, repository: client.repository('app') };
}

/** A server that is no registry, or one with a single habit. */
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

const { mediaType, digest } = image.index.descriptor;

describe('resolve', () => {
  test('tells what a tag points at, by HEAD alone', async () => {
    const { repository, registry } = await open();

    expect(await repository.resolve('latest')).toEqual(image.index.descriptor);
    expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  test('asks by GET where HEAD is forbidden, or tells too little', async () => {
    const forbidden = await open({ forbidsHead: true });
    const silent = await open({ hasDigestHeader: false });

    expect(await forbidden.repository.resolve('latest')).toEqual(image.index.descriptor);
    expect(await silent.repository.resolve('latest')).toEqual(image.index.descriptor);
  });

  test('tells of nothing where there is nothing', async () => {
    const { repository, client } = await open();

    expect(await repository.resolve('none')).toBeUndefined();
    expect(await client.repository('none').resolve('latest')).toBeUndefined();
  });

  test.each(['../../x', 'a b', '', 'sha256:ab'])('refuses to ask for "%s"', async (reference) => {
    const { repository } = await open();

    await expect(repository.resolve(reference)).rejects.toMatchObject({ code: 'REFERENCE_MALFORMED' });
  });

  test.each(['../app', 'App', 'a//b', ''])('refuses the repository "%s"', async (name) => {
    const { client } = await open();

    expect(() => client.repository(name)).toThrow(expect.objectContaining({ code: 'REFERENCE_MALFORMED' }));
  });

  test.each(['a/b', 'user@host', 'a b', ''])('refuses the registry "%s"', (registry) => {
    expect(() => openRegistry({ host: fakeHost(), registry })).toThrow(
      expect.objectContaining({ code: 'REFERENCE_MALFORMED' }),
    );
  });
});

describe('fetchManifest', () => {
  test('gives the bytes as they are stored', async () => {
    const { repository } = await open();

    const fetched = await repository.fetchManifest('latest');

    expect(fetched.descriptor).toEqual(image.index.descriptor);
    expect(Buffer.from(fetched.bytes).equals(image.index.bytes)).toBe(true);
  });

  test.each([
    ['served as another type than it says', 'application/vnd.oci.image.manifest.v1+json', 'REGISTRY_ANSWER_MALFORMED'],
    ['of no type', 'application/json', 'REGISTRY_ANSWER_MALFORMED'],
  ])('refuses what is %s', async (_, served, code) => {
    const written = served === 'application/json' ? {} : { mediaType };
    const repository = await openServer((_request, response) => {
      response.writeHead(200, { 'content-type': served }).end(JSON.stringify({ schemaVersion: 2, ...written }));
    });

    await expect(repository.fetchManifest('latest')).rejects.toMatchObject({ code });
  });

  test('takes the type from the document where the registry gives none, and ignores parameters', async () => {
    const repository = await openServer((request, response) => {
      const type = request.url?.endsWith('a') === true ? 'application/json' : `${mediaType}; charset=utf-8`;
      response.writeHead(200, { 'content-type': type }).end(image.index.bytes);
    });

    expect((await repository.fetchManifest('a')).descriptor).toEqual(image.index.descriptor);
    expect((await repository.fetchManifest('b')).descriptor).toEqual(image.index.descriptor);
  });

  test('stops reading what is too large for a manifest', async () => {
    const repository = await openServer((_request, response) => {
      response.writeHead(200, { 'content-type': mediaType });
      const timer = setInterval(() => response.write(Buffer.alloc(1024 * 1024, 32)), 1);
      response.on('close', () => clearInterval(timer));
    });

    await expect(repository.fetchManifest('latest')).rejects.toMatchObject({ code: 'REGISTRY_ANSWER_TOO_LARGE' });
  });

  test('refuses a redirect to an address inside, and to more places than a few', async () => {
    const loop = await openServer((request, response) => response.writeHead(302, { location: request.url }).end());

    await expect(loop.fetchManifest('latest')).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' });
  });
});

describe('putManifest', () => {
  test('moves several tags by one request where the registry can, and by one each where it cannot', async () => {
    const able = await open({ takesTagParameters: true });
    const plain = await open();
    const tags = ['1', '1.2', '1.2.3'];
    for (const { repository } of [able, plain]) {
      await repository.putManifest(image.index.bytes, { mediaType, tags });
      await repository.putManifest(image.index.bytes, { mediaType, tags });
    }

    const puts = [able, plain].map(({ registry }) => registry.requests.filter(({ method }) => method === 'PUT').length);
    expect(puts).toEqual([2, 1 + 3 + 3]);
    for (const { app } of [able, plain]) expect(tags.map((tag) => app.tags.get(tag))).toEqual([digest, digest, digest]);
  });

  test('moves a tag only from where it is expected to be', async () => {
    const { repository, app } = await open();
    place(app, other, 'new');
    function put(tag: string, expected: typeof digest | 'absent') {
      return repository.putManifest(other.index.bytes, { mediaType, tags: [tag], expected });
    }

    await expect(put('latest', 'absent')).rejects.toMatchObject({ code: 'TAG_MOVED' });
    await expect(put('latest', other.manifest.descriptor.digest)).rejects.toMatchObject({ code: 'TAG_MOVED' });
    await expect(put('fresh', digest)).rejects.toMatchObject({ code: 'TAG_MOVED' });
    expect(app.tags.get('latest')).toBe(digest);

    await put('latest', digest);
    await put('fresh', 'absent');
    await put('fresh', digest);
    expect([app.tags.get('latest'), app.tags.get('fresh')]).toEqual([
      other.index.descriptor.digest,
      other.index.descriptor.digest,
    ]);
  });

  test('lets the registry itself compare, where it does', async () => {
    const { repository, app, registry } = await open({ honoursConditions: true });
    place(app, other, 'new');
    registry.beforePut = () => app.tags.set('latest', other.manifest.descriptor.digest);

    const moved = repository.putManifest(other.index.bytes, { mediaType, tags: ['latest'], expected: digest });

    await expect(moved).rejects.toMatchObject({ code: 'TAG_MOVED' });
  });

  test('tells an immutable tag as such', async () => {
    const { repository, app } = await open({ hasImmutableTags: true });
    place(app, other, 'new');

    const moved = repository.putManifest(other.index.bytes, { mediaType, tags: ['latest'] });

    await expect(moved).rejects.toMatchObject({ code: 'TAG_IMMUTABLE', where: { reference: 'latest' } });
  });

  test('stores under another digest where told to', async () => {
    const { repository, app } = await open();
    const named = digestOf(image.index.bytes, 'sha512');

    await repository.putManifest(image.index.bytes, { mediaType, digest: named });

    expect(app.manifests.has(named)).toBe(true);
    expect((await repository.fetchManifest(named)).descriptor.digest).toBe(named);
  });

  test('refuses a manifest that is larger than any may be', async () => {
    const { repository } = await open();

    const put = repository.putManifest(Buffer.alloc(9 * 1024 * 1024), { mediaType });

    await expect(put).rejects.toMatchObject({ code: 'CONTENT_TOO_LARGE' });
  });
});

describe('tag and write', () => {
  test('tag points at what is there already', async () => {
    const { repository, app } = await open();

    await repository.tag('stable', image.index.descriptor);

    expect(app.tags.get('stable')).toBe(digest);
  });

  test('write puts a manifest as one, and a blob as one', async () => {
    const { client, registry } = await open();
    const fresh = client.repository('fresh');

    for (const { descriptor, bytes } of [image.layer, image.config, image.manifest, image.index])
      await fresh.write({ ...sourceOf({ descriptor, bytes }), mediaType: descriptor.mediaType });

    const { blobs, manifests } = registry.repository('fresh');
    expect([blobs.size, manifests.size]).toEqual([2, 2]);
    expect(await fresh.has(image.index.descriptor)).toBe(true);
    expect(await fresh.has({ digest, size: 1 })).toBe(true);
    expect(await fresh.has({ ...other.layer.descriptor })).toBe(false);
  });
});

describe('deletes', () => {
  test('take away a manifest with its tags, and a blob; what is gone is no fault', async () => {
    const { repository, app } = await open();

    for (let times = 0; times < 2; times += 1) {
      await repository.deleteManifest(digest);
      await repository.deleteBlob(image.layer.descriptor.digest);
    }

    expect([app.tags.size, app.manifests.has(digest), app.blobs.has(image.layer.descriptor.digest)]).toEqual([
      0,
      false,
      false,
    ]);
  });

  test('of a tag are told as unsupported where they are', async () => {
    const { repository } = await open();

    await expect(repository.deleteManifest('latest')).rejects.toMatchObject({ code: 'REGISTRY_UNSUPPORTED' });
  });
});

describe('lists', () => {
  const many = Array.from({ length: 2345 }, (_, number) => `t${String(number).padStart(5, '0')}`);

  test.each(['link', 'last-only', 'unaware'] as const)('of tags are whole, where pages are "%s"', async (pages) => {
    const { repository, app } = await open({ pages });
    app.tags.clear();
    for (const tag of many) app.tags.set(tag, digest);

    expect([...(await repository.tags())].sort()).toEqual(many);
  });

  test('of no tags are empty: null, and a repository that is not there', async () => {
    const { repository } = await open({ pages: 'null' });
    const missing = await openServer((_request, response) => response.writeHead(404).end());

    expect(await repository.tags()).toEqual([]);
    expect(await missing.tags()).toEqual([]);
  });

  test('end where a registry gives the same page for ever', async () => {
    const repository = await openServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', link: '</v2/app/tags/list?last=b>; rel="next"' });
      response.end('{"tags":["a","b"]}');
    });

    expect(await repository.tags()).toEqual(['a', 'b']);
  });

  test.each([
    ['lead to another host', { link: '<https://evil.example/v2/app/tags/list>; rel="next"' }, '{"tags":["a"]}'],
    ['are no list', {}, '{"tags":7}'],
    ['have no tags', {}, '{}'],
  ])('that %s are refused', async (_, headers, body) => {
    const repository = await openServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);
    });

    await expect(repository.tags()).rejects.toMatchObject({ code: 'REGISTRY_ANSWER_MALFORMED' });
  });

  test('of repositories are told where the registry tells them', async () => {
    const { client } = await open();

    expect(await client.catalog()).toEqual(['app']);
  });
});

describe('ping', () => {
  test('is content with a registry and with nothing else', async () => {
    const { client } = await open();
    const page = createServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => page.close(resolve)));
    const none = openRegistry({ host: fakeHost(), registry: `127.0.0.1:${(page.address() as AddressInfo).port}` });

    await expect(client.ping()).resolves.toBeUndefined();
    await expect(none.ping()).rejects.toMatchObject({ code: 'REGISTRY_ANSWER_MALFORMED' });
    none.close();
  });
});
