import { describe, expect, test } from 'vitest';
import type { Digest } from '../../../src/oci/digest.ts';
import { collectGarbage } from '../../../src/server/collect-garbage.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { pushBlob, send, type TestRegistry, testRegistry } from './probe.ts';
import { pullEveryTag } from './registry-graph.ts';
import { type Content, lastOf, randomBlob, sampleImage, sampleIndex, together } from './sample-content.ts';

const hourMs = 60 * 60 * 1000;
const graceMs = 24 * hourMs;

interface Timed extends TestRegistry {
  readonly clock: FakeClock;
}

/** A registry whose clock starts with the real one: the times of its files are the system's. */
async function timedRegistry(storage: string): Promise<Timed> {
  const clock = new FakeClock(new Date());
  return { ...(await testRegistry({ storage, host: fakeHost({ clock }) })), clock };
}

async function push(registry: TestRegistry, content: Content, tag?: string): Promise<void> {
  for (const blob of content.blobs) await pushBlob(registry, 'team/app', blob);
  for (const { bytes, digest, descriptor } of content.manifests) {
    const isTagged = tag !== undefined && digest === lastOf(content).digest;
    const target = `/v2/team/app/manifests/${digest}${isTagged ? `?tag=${tag}` : ''}`;
    const headers = { 'Content-Type': descriptor.mediaType };
    expect((await send(registry, 'PUT', target, { headers, body: bytes })).status).toBe(201);
  }
}

function digestsOf({ blobs, manifests }: Content): readonly Digest[] {
  return [...blobs, ...manifests].map(({ digest }) => digest).sort();
}

async function collect({ host, storage }: Timed, isDryRun = false): Promise<readonly Digest[]> {
  const { removed } = await collectGarbage({ host, storage, graceMs, isDryRun });
  return removed.map(({ digest }) => digest).sort();
}

describe.each(['memory', 'disk'])('collectGarbage in %s', (storage) => {
  test('removes what no tag leads to, once the grace is over', async () => {
    const registry = await timedRegistry(storage);
    const [tagged, untagged] = [sampleIndex([sampleImage(), sampleImage()]), sampleImage()];
    await push(registry, tagged, 'v1');
    await push(registry, untagged);
    const loose = randomBlob();
    await pushBlob(registry, 'team/app', loose);

    expect(await collect(registry)).toEqual([]);
    registry.clock.advance(graceMs + hourMs);
    const garbage = [...digestsOf(untagged), loose.digest].sort();

    expect(await collect(registry, true)).toEqual(garbage);
    expect(await collect(registry)).toEqual(garbage);
    expect(await collect(registry)).toEqual([]);
    expect(await pullEveryTag(registry, 'team/app')).toEqual(['v1']);
    expect((await send(registry, 'GET', `/v2/team/app/manifests/${lastOf(untagged).digest}`)).status).toBe(404);
  });

  test('keeps what refers to an image that is kept, and removes it with the image', async () => {
    const registry = await timedRegistry(storage);
    const image = sampleImage();
    const signature = sampleImage({ fields: { subject: lastOf(image).descriptor } });
    const note = sampleImage({ fields: { subject: lastOf(signature).descriptor } });
    await push(registry, image, 'v1');
    await push(registry, together(signature, note));
    registry.clock.advance(graceMs + hourMs);

    expect(await collect(registry)).toEqual([]);
    await send(registry, 'DELETE', '/v2/team/app/manifests/v1');
    expect(await collect(registry)).toEqual([]);
    registry.clock.advance(graceMs + hourMs);

    expect(await collect(registry)).toEqual(digestsOf(together(image, signature, note)));
  });

  test('keeps what a client was told is there', async () => {
    const registry = await timedRegistry(storage);
    const image = sampleImage();
    await push(registry, image);
    registry.clock.advance(graceMs + hourMs);
    for (const { digest } of image.blobs) await send(registry, 'HEAD', `/v2/team/app/blobs/${digest}`);

    expect(await collect(registry)).toEqual([lastOf(image).digest]);

    await push(registry, { blobs: [], manifests: image.manifests }, 'v1');
    expect(await pullEveryTag(registry, 'team/app')).toEqual(['v1']);
  });

  test('keeps what a push that still runs sent hours ago', async () => {
    const registry = await timedRegistry(storage);
    const image = sampleImage({ layerCount: 1 });
    for (const blob of image.blobs) await pushBlob(registry, 'team/app', blob);
    const target = (await send(registry, 'POST', '/v2/team/app/blobs/uploads/')).header('location');
    for (let quarter = 0; quarter < 8; quarter++) {
      registry.clock.advance(hourMs / 5);
      await send(registry, 'PATCH', target, { body: 'more' });
    }

    const { removed } = await collectGarbage({ ...registry, graceMs: hourMs / 60 });

    expect(removed).toEqual([]);
    await push(registry, { blobs: [], manifests: image.manifests }, 'v1');
    registry.clock.advance(hourMs);
    const later = await collectGarbage({ ...registry, graceMs: hourMs / 60 });
    expect([later.removed, later.removedUploads]).toEqual([[], 1]);
    expect(await pullEveryTag(registry, 'team/app')).toEqual(['v1']);
  });

  test('never breaks images that are pushed meanwhile', async () => {
    const registry = await timedRegistry(storage);
    const images = Array.from({ length: 8 }, () => sampleImage());
    for (const image of images) await push(registry, image);
    registry.clock.advance(graceMs + hourMs);

    const pushing = images.map((image, number) => push(registry, image, `v${number}`));
    await Promise.all([collect(registry), ...pushing, collect(registry)]);

    expect(await pullEveryTag(registry, 'team/app')).toHaveLength(8);
  });

  test('removes uploads that nobody went on with', async () => {
    const registry = await timedRegistry(storage);
    const target = (await send(registry, 'POST', '/v2/team/app/blobs/uploads/')).header('location');
    registry.clock.advance(graceMs + hourMs);

    const { removedUploads } = await collectGarbage({ ...registry, graceMs });

    expect(removedUploads).toBe(1);
    expect((await send(registry, 'GET', target)).status).toBe(404);
  });
});
