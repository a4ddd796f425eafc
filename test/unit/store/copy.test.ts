import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/oci/descriptor.ts';
import { type Digest, digestHex, digestOf } from '../../../src/oci/digest.ts';
import { encodeDocument } from '../../../src/oci/encode.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import type { ContentKey } from '../../../src/store/content-store.ts';
import { copyGraph, copyImages, everyTag } from '../../../src/store/copy.ts';
import type { CopiedContent } from '../../../src/store/copy-options.ts';
import { type LayoutStore, openLayout } from '../../../src/store/layout-store.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { codeOf } from '../../contract/store/image-store-contract.ts';
import { digestsOf, put, putReferrer, putSample, sampleBytes } from '../../contract/store/sample-image.ts';
import { type FakeHost, fakeHost } from '../../support/fake-host.ts';

let folder = '';
let host: FakeHost;
let source: MemoryStore;
let destination: MemoryStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-copy-'));
  host = fakeHost();
  source = new MemoryStore();
  destination = new MemoryStore();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function layout(name: string): Promise<LayoutStore> {
  return openLayout(join(folder, name), { host, create: true });
}

function outcomes(contents: readonly CopiedContent[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { outcome } of contents) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** A memory store that notes the order of what is written, and damages or loses what it is told to. */
class WatchedStore extends MemoryStore {
  readonly written: Digest[] = [];
  readonly damaged = new Map<Digest, number>();

  override async write(...[content, expected]: Parameters<MemoryStore['write']>) {
    const key = await super.write(content, expected);
    this.written.push(key.digest);
    return key;
  }

  override async *read(key: ContentKey): AsyncGenerator<Uint8Array, void, undefined> {
    const times = this.damaged.get(key.digest) ?? 0;
    this.damaged.set(key.digest, times - 1);
    if (times > 0) yield* super.read({ ...key, size: key.size - 1 });
    else yield* super.read(key);
  }
}

describe('copyGraph', () => {
  test('copies children before parents, and attestations after their image', async () => {
    const { index, images, attestations } = await putSample(source, { attestations: true });
    const watched = new WatchedStore();

    const copied = await copyGraph(index, { host, source, destination: watched });

    const place = new Map(watched.written.map((digest, number) => [digest, number]));
    function placeOf(descriptor: Descriptor | undefined): number {
      return place.get(descriptor?.digest ?? digestOf('')) ?? -1;
    }
    expect(watched.written.at(-1)).toBe(index.digest);
    expect(watched.written).toHaveLength(copied.contents.length);
    for (const [number, image] of images.entries()) {
      expect(placeOf(image)).toBeGreaterThan(6);
      expect(placeOf(attestations[number])).toBeGreaterThan(placeOf(image));
    }
    expect(await watched.tags()).toEqual([]);
  });

  test('skips what is there, and goes on where a copy was broken off', async () => {
    const { index, shared } = await putSample(source);
    const flaky = new WatchedStore();
    await copyGraph(index, { host, source, destination: flaky });
    for (const digest of flaky.written) flaky.damaged.set(digest, digest === shared.digest ? 9 : 0);

    expect(await codeOf(copyGraph(index, { host, source: flaky, destination, concurrency: 1 }))).toBe('SIZE_MISMATCH');
    flaky.damaged.clear();
    const resumed = await copyGraph(index, { host, source: flaky, destination });
    const again = await copyGraph(index, { host, source: flaky, destination });

    expect(outcomes(resumed.contents)).toEqual({ present: 1, copied: 10 });
    expect(outcomes(again.contents)).toEqual({ present: 11 });
  });

  test('reads content that came damaged once more, and tells the side when it stays so', async () => {
    const { index, shared } = await putSample(source);
    const flaky = new WatchedStore();
    await copyGraph(index, { host, source, destination: flaky });

    flaky.damaged.set(shared.digest, 2);
    await expect(copyGraph(index, { host, source: flaky, destination })).rejects.toMatchObject({
      code: 'SIZE_MISMATCH',
      where: { side: 'source' },
    });
    flaky.damaged.set(shared.digest, 1);
    expect(await codeOf(copyGraph(index, { host, source: flaky, destination }))).toBe('no fault');
  });

  test('links between layouts, after reading what it links', async () => {
    const [from, to, third] = [await layout('from'), await layout('to'), await layout('third')];
    const { index, shared } = await putSample(from);
    const copied = await copyGraph(index, { host, source: from, destination: to });
    const path = join(from.directory, 'blobs/sha256', digestHex(shared.digest));

    expect(outcomes(copied.contents)).toEqual({ linked: 7, copied: 4 });
    expect(statSync(path).ino).toBe(statSync(join(to.directory, 'blobs/sha256', digestHex(shared.digest))).ino);

    chmodSync(path, 0o644);
    writeFileSync(path, sampleBytes('something else', shared.size));
    await expect(copyGraph(index, { host, source: from, destination: third })).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      where: { side: 'source', path: from.directory },
    });
    expect(await third.has(index)).toBe(false);
  });

  test('leaves layers alone that may not be distributed', async () => {
    const config = await put(source, mediaTypes.config, encodeDocument({ os: 'windows', architecture: 'amd64' }));
    const foreign = {
      mediaType: mediaTypes.dockerForeignLayerGzip,
      digest: digestOf('elsewhere'),
      size: 9,
      urls: ['https://a'],
    };
    const own = await put(source, mediaTypes.dockerLayerGzip, Buffer.from('here'));
    const manifest = { schemaVersion: 2, mediaType: mediaTypes.dockerManifest, config, layers: [foreign, own] };
    const root = await put(source, mediaTypes.dockerManifest, encodeDocument(manifest));

    const { contents } = await copyGraph(root, { host, source, destination });

    expect(outcomes(contents)).toEqual({ 'not-distributable': 1, copied: 3 });
  });

  test('tells what a source lacks, and what to do', async () => {
    const { index, images, shared } = await putSample(source);
    const sparse = new MemoryStore();
    for (const key of [index, images[0] ?? index]) await sparse.write(source.read(key), key);

    await expect(copyGraph(index, { host, source: sparse, destination })).rejects.toMatchObject({
      code: 'CONTENT_MISSING',
      where: { side: 'source' },
      hint: expect.stringContaining('--platform'),
    });
    for (const key of [...images, shared]) await sparse.write(source.read(key), key);
    expect(await codeOf(copyGraph(index, { host, source: sparse, destination }))).toBe('CONTENT_MISSING');
    expect(await codeOf(copyGraph(index, { host, source, destination }))).toBe('no fault');
  });

  test('refuses graphs that are larger than is ever useful', async () => {
    const { index } = await putSample(source);
    let nested = index;
    for (let depth = 0; depth < 9; depth++) {
      const outer = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [nested] };
      nested = await put(source, mediaTypes.index, encodeDocument(outer));
    }
    const root = nested;
    function copy(limits: object): Promise<unknown> {
      return copyGraph(root, { host, source, destination, limits });
    }

    expect(await codeOf(copy({}))).toBe('GRAPH_TOO_LARGE');
    expect(await codeOf(copy({ maxDepth: 10, maxManifests: 12 }))).toBe('GRAPH_TOO_LARGE');
    expect(await codeOf(copy({ maxDepth: 10, maxBlobs: 6 }))).toBe('GRAPH_TOO_LARGE');
    expect(await codeOf(copy({ maxDepth: 10, maxManifestBytes: 100 }))).toBe('GRAPH_TOO_LARGE');
    expect(await codeOf(copy({ maxDepth: 10, maxGraphBytes: 1000 }))).toBe('GRAPH_TOO_LARGE');
    expect(await codeOf(copy({ maxDepth: 10, maxManifests: 13, maxBlobs: 7 }))).toBe('no fault');
  });

  test('stops between two pieces of content when the run is interrupted', async () => {
    const { index } = await putSample(source);
    host.abort(new Error('Ctrl-C'));

    expect(await codeOf(copyGraph(index, { host, source, destination }))).toBe('Error: Ctrl-C');
  });

  test('tells of every piece as a task, with its bytes', async () => {
    const { index, shared } = await putSample(source);
    await copyGraph(index, { host, source, destination, parentTask: 'copy' });
    const started = host.events.filter((event) => event.kind === 'task-started');
    const layer = started.find(({ title }) => title.includes(shared.digest.slice(0, 19)));

    expect(new Set(started.map(({ id }) => id)).size).toBe(11);
    expect(layer).toMatchObject({ parent: 'copy', totalBytes: 3000, title: expect.stringMatching(/^layer sha256:/) });
    expect(host.events.filter((event) => 'id' in event && event.id === layer?.id)).toEqual([
      layer,
      { kind: 'task-progressed', id: layer?.id, doneBytes: 3000, totalBytes: 3000 },
      { kind: 'task-ended', id: layer?.id, outcome: 'done', detail: 'copied' },
    ]);
  });
});

describe('copyImages', () => {
  test('tags only what is whole, and names what it cannot find', async () => {
    const { index } = await putSample(source);
    await source.tag('v1', index);
    await source.tag('v2', (await putSample(source, { name: 'other' })).index);

    const [copied] = await copyImages({ host, source, destination, images: [{ reference: 'v1', tags: ['a', 'b'] }] });
    expect(copied).toMatchObject({ root: index, source: index, tags: ['a', 'b'], referrers: [] });
    expect(await destination.resolve('b')).toEqual(index);

    for (const [reference, code] of [
      ['v9', 'IMAGE_MISSING'],
      ['', 'IMAGE_AMBIGUOUS'],
    ] as const) {
      await expect(
        copyImages({ host, source, destination, images: [{ reference, tags: ['c'] }] }),
      ).rejects.toMatchObject({
        code,
        message: expect.stringContaining('"v1", "v2"'),
        where: { side: 'source' },
      });
    }
    expect(await destination.tags()).toEqual(['a', 'b']);
  });

  test('carries signatures and attestations with what refers to them, where that is asked for', async () => {
    const { index, images } = await putSample(source);
    await source.tag('v1', index);
    const [first = index] = images;
    const ofIndex = await putReferrer(source, index, 'application/vnd.example.signature');
    const ofImage = await putReferrer(source, first, 'application/spdx+json');
    const ofReferrer = await putReferrer(source, ofIndex, 'application/vnd.example.countersignature');
    for (const [subject, referrer] of [
      [index, ofIndex],
      [first, ofImage],
      [ofIndex, ofReferrer],
    ] as const) {
      await source.refer(subject.digest, referrer);
    }
    const cosign = `sha256-${digestHex(index.digest)}.sig`;
    await source.tag(cosign, (await putSample(source, { name: 'cosign', platforms: ['linux/amd64'] })).index);
    const images_ = [{ reference: 'v1', tags: ['v1'] }];

    await copyImages({ host, source, destination, images: images_ });
    expect(await destination.tags()).toEqual(['v1']);
    const [copied] = await copyImages({ host, source, destination, images: images_, referrers: true });

    expect(copied?.referrers).toHaveLength(4);
    expect(digestsOf(await destination.referrers(index.digest))).toEqual([ofIndex.digest]);
    expect(digestsOf(await destination.referrers(first.digest))).toEqual([ofImage.digest]);
    expect(digestsOf(await destination.referrers(ofIndex.digest))).toEqual([ofReferrer.digest]);
    expect(await destination.resolve(cosign)).toMatchObject((await source.resolve(cosign)) ?? {});
  });

  test('everyTag gives every tag but those that carry referrers', async () => {
    const { index } = await putSample(source);
    await source.tag('v1', index);
    await source.tag('ghcr.io/acme/app:2.0', index);
    await source.tag(`sha256-${digestHex(index.digest)}.att`, index);
    await source.refer(index.digest, await putReferrer(source, index, 'application/vnd.example'));

    const images = await everyTag(source);
    await copyImages({ host, source, destination, images });

    expect(images.map(({ reference }) => reference)).toEqual(['v1', 'ghcr.io/acme/app:2.0']);
    expect(await destination.tags()).toEqual(['v1', '2.0']);
  });
});
