import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { type Answer, pushBlob, send, type TestRegistry, testRegistry } from './probe.ts';
import {
  blobOf,
  type Content,
  describeBlob,
  lastOf,
  type Manifest,
  manifestOf,
  randomBlob,
  sampleImage,
  sampleIndex,
} from './sample-content.ts';

const base = '/v2/team/app';

function put(registry: TestRegistry, manifest: Manifest, reference: string, headers = {}): Promise<Answer> {
  const type = { 'Content-Type': manifest.descriptor.mediaType };
  return send(registry, 'PUT', `${base}/manifests/${reference}`, {
    headers: { ...type, ...headers },
    body: manifest.bytes,
  });
}

async function push(registry: TestRegistry, content: Content, ...tags: readonly string[]): Promise<void> {
  for (const blob of content.blobs) await pushBlob(registry, 'team/app', blob);
  for (const manifest of content.manifests) expect((await put(registry, manifest, manifest.digest)).status).toBe(201);
  for (const tag of tags) expect((await put(registry, lastOf(content), tag)).status).toBe(201);
}

describe.each(['memory', 'disk'])('manifests kept in %s', (storage) => {
  test('are refused while a layer is missing, and taken when it is there', async () => {
    const registry = await testRegistry({ storage });
    const image = sampleImage();
    const [config, ...layers] = image.blobs;
    for (const layer of layers) await pushBlob(registry, 'team/app', layer);

    const refused = await put(registry, lastOf(image), 'v1');

    expect([refused.status, refused.code]).toEqual([400, 'MANIFEST_BLOB_UNKNOWN']);
    expect(refused.json()).toMatchObject({ errors: [{ detail: { digest: config?.digest } }] });
    expect((await send(registry, 'GET', `${base}/manifests/v1`)).status).toBe(404);
    if (config !== undefined) await pushBlob(registry, 'team/app', config);
    expect((await put(registry, lastOf(image), 'v1')).status).toBe(201);
  });

  test('of indexes are refused while a child was only pushed as a blob', async () => {
    const registry = await testRegistry({ storage });
    const index = sampleIndex([sampleImage()]);
    const [child] = index.manifests;
    if (child === undefined) throw new Error('there is no child');
    for (const blob of [...index.blobs, child]) await pushBlob(registry, 'team/app', blob);

    const refused = await put(registry, lastOf(index), 'v1');

    expect([refused.status, refused.code]).toEqual([400, 'MANIFEST_BLOB_UNKNOWN']);
    await put(registry, child, child.digest);
    expect((await put(registry, lastOf(index), 'v1')).status).toBe(201);
  });

  test('of indexes may list blobs, as the cache of BuildKit does', async () => {
    const registry = await testRegistry({ storage });
    const layer = randomBlob();
    const manifests = [describeBlob(layer, mediaTypes.layerGzip)];
    const cache = manifestOf({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });

    expect((await put(registry, cache, 'cache')).status).toBe(400);
    await pushBlob(registry, 'team/app', layer);
    expect((await put(registry, cache, 'cache')).status).toBe(201);
  });

  test('are refused when they give a layer another size than it has', async () => {
    const registry = await testRegistry({ storage });
    const image = sampleImage();
    await push(registry, image);
    const { document } = lastOf(image);
    const config = document['config'] as { size: number };
    const wrong = manifestOf({ ...document, config: { ...config, size: config.size + 1 } });

    const refused = await put(registry, wrong, 'v1');

    expect([refused.status, refused.code]).toEqual([400, 'SIZE_INVALID']);
  });

  test.each([
    ['no JSON', 'nonsense'],
    ['a list', '[]'],
    ['schema version 1', '{"schemaVersion":1}'],
    ['an index and a manifest in one', '{"schemaVersion":2,"manifests":[],"config":{},"layers":[]}'],
    ['one key twice', '{"schemaVersion":2,"schemaVersion":2}'],
    ['a config without a digest', '{"schemaVersion":2,"config":{"mediaType":"a/b","size":1},"layers":[]}'],
    ['a media type of its own', '{"schemaVersion":2,"mediaType":"application/json"}'],
  ])('are refused when they are %s', async (_what, body) => {
    const registry = await testRegistry({ storage });

    const refused = await send(registry, 'PUT', `${base}/manifests/v1`, { body });

    expect([refused.status, refused.code]).toEqual([400, 'MANIFEST_INVALID']);
  });

  test.each([
    ['another type than that in the body', mediaTypes.index, 400],
    ['the type in the body, with a parameter', `${mediaTypes.manifest}; charset=utf-8`, 201],
  ])('are sent as %s', async (_what, type, status) => {
    const registry = await testRegistry({ storage });
    const image = sampleImage();
    await push(registry, image);

    expect((await put(registry, lastOf(image), 'v1', { 'Content-Type': type })).status).toBe(status);
  });

  test('without a media type are known by their Content-Type', async () => {
    const registry = await testRegistry({ storage });
    const bare = manifestOf({ schemaVersion: 2, manifests: [] });

    const type = { 'Content-Type': mediaTypes.index };
    expect((await put(registry, bare, 'v1', type)).status).toBe(201);

    expect((await send(registry, 'GET', `${base}/manifests/v1`)).header('content-type')).toBe(mediaTypes.index);
  });

  test('move a tag only when it points where the client thinks', async () => {
    const registry = await testRegistry({ storage });
    const [old, next] = [sampleImage(), sampleImage()];
    await push(registry, old, 'v1');
    await push(registry, next);
    const tagOfOld = { 'If-Match': `"${lastOf(old).digest}"` };

    const absent = await put(registry, lastOf(next), 'v1', { 'If-None-Match': '*' });
    const moved = await put(registry, lastOf(next), 'v1', tagOfOld);
    const stale = await put(registry, lastOf(old), 'v1', tagOfOld);
    const created = await put(registry, lastOf(next), 'v2', { 'If-None-Match': '*' });
    const missing = await put(registry, lastOf(next), 'v3', { 'If-Match': '*' });

    expect([absent, moved, stale, created, missing].map(({ status }) => status)).toEqual([412, 201, 412, 201, 412]);
    expect(stale.header('etag')).toBe(`"${lastOf(next).digest}"`);
    expect((await send(registry, 'HEAD', `${base}/manifests/v1`)).header('etag')).toBe(`"${lastOf(next).digest}"`);
  });

  test('give a tag to exactly one of many clients that create it', async () => {
    const registry = await testRegistry({ storage });
    const images = Array.from({ length: 6 }, () => sampleImage());
    for (const image of images) await push(registry, image);

    const answers = await Promise.all(
      images.map((image) => put(registry, lastOf(image), 'v1', { 'If-None-Match': '*' })),
    );

    const won = answers.filter(({ status }) => status === 201);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 412, 412, 412, 412, 412]);
    const tagged = await send(registry, 'HEAD', `${base}/manifests/v1`);
    expect(tagged.header('docker-content-digest')).toBe(won[0]?.header('docker-content-digest'));
  });

  test('are all kept when many clients push at once', async () => {
    const registry = await testRegistry({ storage });
    const images = Array.from({ length: 12 }, () => sampleImage({ layerCount: 1 }));

    await Promise.all(images.map((image, number) => push(registry, image, `v${number}`)));

    const { tags } = (await send(registry, 'GET', `${base}/tags/list`)).json() as { tags: string[] };
    expect(tags).toHaveLength(12);
  });

  test('and blobs stay while something needs them', async () => {
    const registry = await testRegistry({ storage });
    const index = sampleIndex([sampleImage()]);
    await push(registry, index, 'v1');
    const child = index.manifests[0]?.digest ?? '';
    const layer = index.blobs[0]?.digest ?? '';

    const refused = await Promise.all(
      [`manifests/${child}`, `blobs/${layer}`, `blobs/${lastOf(index).digest}`].map((path) =>
        send(registry, 'DELETE', `${base}/${path}`),
      ),
    );

    expect(refused.map(({ status, code }) => [status, code])).toEqual(refused.map(() => [405, 'DENIED']));
    for (const path of [`manifests/${lastOf(index).digest}`, `manifests/${child}`, `blobs/${layer}`]) {
      expect((await send(registry, 'DELETE', `${base}/${path}`)).status).toBe(202);
    }
  });

  test('lose all tags when they are deleted by digest', async () => {
    const registry = await testRegistry({ storage });
    const image = sampleImage();
    await push(registry, image, 'v1', 'v2');

    const stale = await send(registry, 'DELETE', `${base}/manifests/v1`, { headers: { 'If-Match': '"sha256:no"' } });
    const deleted = await send(registry, 'DELETE', `${base}/manifests/${lastOf(image).digest}`);

    expect([stale.status, deleted.status]).toEqual([412, 202]);
    expect((await send(registry, 'GET', `${base}/tags/list`)).json()).toEqual({ name: 'team/app', tags: [] });
  });

  test('stay when their last tag is deleted, or moved away', async () => {
    const registry = await testRegistry({ storage });
    const [first, second] = [sampleImage(), sampleImage()];
    await push(registry, first, 'v1');
    await push(registry, second, 'v1');
    await send(registry, 'DELETE', `${base}/manifests/v1`);

    for (const image of [first, second]) {
      expect((await send(registry, 'HEAD', `${base}/manifests/${lastOf(image).digest}`)).status).toBe(200);
    }
  });

  test('and blobs are not sent to who has them', async () => {
    const registry = await testRegistry({ storage });
    const image = sampleImage();
    await push(registry, image, 'v1');
    const layer = image.blobs[0]?.digest ?? '';

    const targets = [`manifests/v1`, `blobs/${layer}`] as const;
    const answers = await Promise.all(
      targets.map(async (path) => {
        const etag = (await send(registry, 'HEAD', `${base}/${path}`)).header('etag');
        return send(registry, 'GET', `${base}/${path}`, { headers: { 'If-None-Match': etag } });
      }),
    );

    expect(answers.map(({ status, body }) => [status, body.byteLength])).toEqual([
      [304, 0],
      [304, 0],
    ]);
  });

  test('take a tag parameter only when it is a tag', async () => {
    const registry = await testRegistry({ storage });
    const image = sampleImage();
    await push(registry, image);
    const { digest } = lastOf(image);

    const refused = await put(registry, lastOf(image), `${digest}?tag=good&tag=not%20good`);
    const many = Array.from({ length: 40 }, (_, number) => `t${number}`);
    const taken = await put(registry, lastOf(image), `${digest}?${many.map((tag) => `tag=${tag}`).join('&')}`);

    expect([refused.status, refused.code]).toEqual([400, 'TAG_INVALID']);
    expect([taken.status, taken.header('oci-tag')]).toEqual([201, many.join(', ')]);
  });

  test('that do not exist cannot be deleted', async () => {
    const registry = await testRegistry({ storage });
    const image = sampleImage();
    const unknown = `${base}/manifests/${blobOf('x').digest}`;

    const nowhere = await send(registry, 'DELETE', unknown);
    await push(registry, image, 'v1');
    const missing = await Promise.all([unknown, `${base}/manifests/v2`].map((path) => send(registry, 'DELETE', path)));

    expect([nowhere, ...missing].map(({ code }) => code)).toEqual([
      'NAME_UNKNOWN',
      'MANIFEST_UNKNOWN',
      'MANIFEST_UNKNOWN',
    ]);
  });
});
