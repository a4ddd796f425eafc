import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { type Answer, pushBlob, send, type TestRegistry, temporaryFolder, testRegistry } from './probe.ts';
import { type Content, lastOf, randomBlob, sampleImage, sampleIndex } from './sample-content.ts';

function nextOf(answer: Answer): string | undefined {
  return /^<([^>]+)>; rel="next"$/.exec(answer.header('link'))?.[1];
}

/** All pages of a list, as a client reads them. */
async function allPages<Item>(
  registry: TestRegistry,
  first: string,
  itemsOf: (page: unknown) => readonly Item[],
): Promise<readonly (readonly Item[])[]> {
  const pages: (readonly Item[])[] = [];
  for (let target: string | undefined = first; target !== undefined; ) {
    const answer: Answer = await send(registry, 'GET', target);
    expect(answer.status).toBe(200);
    pages.push(itemsOf(answer.json()));
    target = nextOf(answer);
  }
  return pages;
}

function tagsOf(page: unknown): readonly string[] {
  return (page as { tags: string[] }).tags;
}

/** A repository as another tool may have written it: an index.json with many tags of one manifest. */
function writeTags(folder: string, tags: readonly string[]): void {
  const { descriptor, bytes } = lastOf(sampleIndex([]));
  const layout = join(folder, 'team/app');
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(layout, 'blobs/sha256', descriptor.digest.slice(7)), bytes);
  const manifests = tags.map((tag) => ({ ...descriptor, annotations: { 'org.opencontainers.image.ref.name': tag } }));
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

async function push(registry: TestRegistry, repository: string, content: Content, tag?: string): Promise<void> {
  for (const blob of content.blobs) await pushBlob(registry, repository, blob);
  for (const { bytes, digest, descriptor } of content.manifests) {
    const headers = { 'Content-Type': descriptor.mediaType };
    const isTagged = tag !== undefined && digest === lastOf(content).digest;
    const target = `/v2/${repository}/manifests/${digest}${isTagged ? `?tag=${tag}` : ''}`;
    expect((await send(registry, 'PUT', target, { headers, body: bytes })).status).toBe(201);
  }
}

describe('the list of tags', () => {
  test('gives 10,000 tags by pages, each once and in order', async () => {
    const folder = temporaryFolder();
    const tags = Array.from({ length: 10_000 }, (_, number) => `v${number}`);
    writeTags(folder, [...tags].reverse());
    const registry = await testRegistry({ storage: folder });

    const pages = await allPages(registry, '/v2/team/app/tags/list?n=999', tagsOf);

    expect(pages.map((page) => page.length)).toEqual([...Array.from({ length: 10 }, () => 999), 10]);
    expect(pages.flat()).toEqual([...tags].sort());
    expect(await allPages(registry, '/v2/team/app/tags/list', tagsOf)).toEqual([[...tags].sort()]);
  });

  test.each([
    ['n=0', [], undefined],
    ['n=2', ['a', 'b'], '/v2/team/app/tags/list?n=2&last=b'],
    ['n=2&last=b', ['c', 'd'], undefined],
    ['n=9&last=bb', ['c', 'd'], undefined],
    ['last=d', [], undefined],
    ['n=9&last=zzz', [], undefined],
    ['last=', ['a', 'b', 'c', 'd'], undefined],
  ])('answers ?%s', async (query, tags, next) => {
    const folder = temporaryFolder();
    writeTags(folder, ['c', 'a', 'd', 'b']);
    const registry = await testRegistry({ storage: folder });

    const answer = await send(registry, 'GET', `/v2/team/app/tags/list?${query}`);

    expect([answer.json(), nextOf(answer)]).toEqual([{ name: 'team/app', tags }, next]);
  });

  test.each(['n=-1', 'n=x', 'n=1.5', 'n=99999999999'])('refuses ?%s', async (query) => {
    const registry = await testRegistry();
    await push(registry, 'team/app', sampleImage(), 'v1');

    expect((await send(registry, 'GET', `/v2/team/app/tags/list?${query}`)).status).toBe(400);
    expect((await send(registry, 'GET', '/v2/team/app/tags/list?n=1')).status).toBe(200);
  });
});

describe.each(['memory', 'disk'])('the catalog of %s', (storage) => {
  test('lists repositories whose names are those of files within others', async () => {
    const registry = await testRegistry({ storage });
    const names = ['a', 'a/blobs', 'a/blobs/sha256', 'a/index.json', 'a/oci-layout', 'b.c/d-e__f', 'blobs', 'con'];
    const blob = randomBlob();
    for (const name of [...names].reverse()) await pushBlob(registry, name, blob);

    const pages = await allPages(
      registry,
      '/v2/_catalog?n=3',
      (page) => (page as { repositories: string[] }).repositories,
    );

    expect(pages.map((page) => page.length)).toEqual([3, 3, 2]);
    expect(pages.flat()).toEqual(names);
    for (const name of names)
      expect((await send(registry, 'GET', `/v2/${name}/blobs/${blob.digest}`)).status).toBe(200);
  });

  test('does not list what was only asked for', async () => {
    const registry = await testRegistry({ storage });
    await send(registry, 'GET', '/v2/team/app/tags/list');
    await send(registry, 'POST', '/v2/team/begun/blobs/uploads/');

    expect((await send(registry, 'GET', '/v2/_catalog')).json()).toEqual({ repositories: [] });
  });
});

describe('the list of referrers', () => {
  test('comes in pages that keep the filter', async () => {
    const registry = await testRegistry();
    const image = sampleImage();
    const subject = lastOf(image).descriptor;
    await push(registry, 'team/app', image);
    for (let number = 0; number < 5; number++) {
      await push(
        registry,
        'team/app',
        sampleImage({
          layerCount: 0,
          fields: { subject, artifactType: `a/t${number % 2}`, annotations: { number: String(number) } },
        }),
      );
    }

    const target = `/v2/team/app/referrers/${subject.digest}?n=2&artifactType=a%2Ft0`;
    const pages = await allPages(
      registry,
      target,
      (page) => (page as { manifests: { artifactType: string }[] }).manifests,
    );

    expect(pages.map((page) => page.map(({ artifactType }) => artifactType))).toEqual([['a/t0', 'a/t0'], ['a/t0']]);
  });

  test('ends a page before it grows beyond 4 MiB', async () => {
    const registry = await testRegistry();
    const image = sampleImage();
    const subject = lastOf(image).descriptor;
    await push(registry, 'team/app', image);
    for (const letter of ['a', 'b', 'c']) {
      const annotations = { large: letter.repeat(2_000_000) };
      await push(registry, 'team/app', sampleImage({ layerCount: 0, fields: { subject, annotations } }));
    }

    const pages = await allPages(
      registry,
      `/v2/team/app/referrers/${subject.digest}`,
      (page) => (page as { manifests: unknown[] }).manifests,
    );

    expect(pages.map((page) => page.length)).toEqual([2, 1]);
  });

  test('finds what only the index of another tool lists', async () => {
    const registry = await testRegistry();
    const image = sampleImage();
    const referrer = sampleImage({ layerCount: 0, fields: { subject: lastOf(image).descriptor } });
    await push(registry, 'team/app', sampleIndex([image, referrer]), 'v1');

    const answer = await send(registry, 'GET', `/v2/team/app/referrers/${lastOf(image).digest}`);

    expect(answer.json()).toMatchObject({
      manifests: [{ digest: lastOf(referrer).digest, artifactType: mediaTypes.config }],
    });
  });

  test('is refused for what is no digest', async () => {
    const registry = await testRegistry();

    const refused = await send(registry, 'GET', '/v2/team/app/referrers/sha256:abc');

    expect([refused.status, refused.code]).toEqual([400, 'DIGEST_INVALID']);
  });
});
