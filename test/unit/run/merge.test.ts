import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { descriptorOf } from '../../../src/oci/descriptor.ts';
import { encodeDocument } from '../../../src/oci/encode.ts';
import { parseReference } from '../../../src/oci/reference.ts';
import type { Part } from '../../../src/plan/part.ts';
import { type MergeRequest, merge } from '../../../src/run/merge.ts';
import { type RunningRegistry, startRegistry } from '../../../src/server/start-registry.ts';
import { once } from '../../../src/store/collect-content.ts';
import type { ImageStore } from '../../../src/store/content-store.ts';
import { openLayout } from '../../../src/store/layout-store.ts';
import { openLocation } from '../../../src/store/open-location.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { writePart } from '../../support/part-record.ts';

const host = fakeHost();
let registry: RunningRegistry | undefined;
let folder = '';
let repository = '';
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'polyarch-merge-'));
  registry = await startRegistry({ host, memory: true });
});
afterAll(async () => {
  await registry?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  count += 1;
  repository = `${registry?.registry ?? ''}/acme/app${count}`;
});

async function open(name: string): Promise<ImageStore> {
  return openLocation({ kind: 'registry', reference: parseReference(name) }, { host, mode: 'write' });
}

/** An index as BuildKit pushes a platform by digest: the image and its attestation. */
async function attested(store: ImageStore, part: Part): Promise<string> {
  const statement = Buffer.from(JSON.stringify({ subject: part.manifest.digest }));
  const layer = descriptorOf('application/vnd.in-toto+json', statement);
  const config = encodeDocument({
    architecture: 'unknown',
    os: 'unknown',
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const configDescriptor = descriptorOf('application/vnd.oci.image.config.v1+json', config);
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = encodeDocument({
    schemaVersion: 2,
    mediaType: manifestType,
    config: configDescriptor,
    layers: [layer],
  });
  const indexType = 'application/vnd.oci.image.index.v1+json';
  const [os = '', architecture = ''] = part.platform.split('/');
  const index = encodeDocument({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [
      { ...part.manifest, platform: { os, architecture } },
      {
        ...descriptorOf(manifestType, manifest),
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': part.manifest.digest,
        },
        platform: { os: 'unknown', architecture: 'unknown' },
      },
    ],
  });
  await store.write(once(statement), layer);
  await store.write(once(config), configDescriptor);
  await store.write(once(manifest), descriptorOf(manifestType, manifest));
  const descriptor = descriptorOf(indexType, index);
  await store.write(once(index), descriptor);
  return descriptor.digest;
}

function request(sources: readonly string[], changes: Partial<MergeRequest> = {}): MergeRequest {
  return { sources, tags: [`${repository}:1`], annotations: {}, append: false, isDryRun: false, ...changes };
}

describe('merge', () => {
  test('makes one index of parts in a registry and in a layout, under every tag', async () => {
    const store = await open(repository);
    const arm64 = await writePart(store, { words: 'arm' });
    const layout = await openLayout(join(folder, `l${count}`), { host, create: true });
    const amd64 = await writePart(layout, { platform: 'linux/amd64', words: 'amd' });
    await layout.tag('amd', amd64.manifest);
    const tags = [`${repository}:1`, `${repository}:latest`, `${repository}-mirror:1`];

    const merged = await merge(
      request([`oci:${join(folder, `l${count}`)}:amd`, `${repository}@${arm64.manifest.digest}`], { tags }),
      host,
    );

    expect(merged.platforms).toEqual(['linux/amd64', 'linux/arm64']);
    expect(merged.tags.map(({ name, state }) => [name, state])).toEqual(tags.map((name) => [name, 'new']));
    for (const name of tags)
      expect((await (await open(name)).resolve(name.split(':').at(-1) ?? ''))?.digest).toBe(merged.descriptor.digest);
    expect(await (await open(`${repository}-mirror`)).has(amd64.config)).toBe(true);
  });

  test('flattens indexes, and keeps attestations right behind their image', async () => {
    const store = await open(repository);
    const one = await attested(store, await writePart(store, { platform: 'linux/amd64', words: 'amd' }));
    const two = await attested(store, await writePart(store, { words: 'arm' }));

    const { index, platforms } = await merge(request([one, two]), host);

    expect(platforms).toEqual(['linux/amd64', 'linux/arm64']);
    expect(index.manifests.map(({ annotations }) => annotations?.['vnd.docker.reference.digest'])).toEqual([
      undefined,
      index.manifests[0]?.digest,
      undefined,
      index.manifests[2]?.digest,
    ]);
  });

  test('leaves one index as it is, byte for byte, and wraps one image', async () => {
    const store = await open(repository);
    const part = await writePart(store);
    const digest = await attested(store, part);

    expect((await merge(request([digest]), host)).descriptor.digest).toBe(digest);
    expect((await merge(request([part.manifest.digest]), host)).index.manifests).toHaveLength(1);
  });

  test('refuses two images for one platform, and writes nothing', async () => {
    const store = await open(repository);
    const parts = [await writePart(store, { words: '1' }), await writePart(store, { words: '2' })];

    await expect(merge(request(parts.map(({ manifest }) => manifest.digest)), host)).rejects.toMatchObject({
      code: 'INDEX_CONFLICT',
    });
    expect(await store.tags()).toEqual([]);
  });

  test('appends to what the tag points at, and replaces a platform with its attestations', async () => {
    const store = await open(repository);
    const old = await writePart(store, { words: 'old' });
    await merge(
      request([await attested(store, old), (await writePart(store, { platform: 'linux/amd64' })).manifest.digest]),
      host,
    );
    const fresh = await writePart(store, { words: 'new' });
    const risc = await writePart(store, { platform: 'linux/riscv64' });

    const { index, platforms, tags } = await merge(
      request([fresh.manifest.digest, risc.manifest.digest], { append: true }),
      host,
    );

    expect(platforms).toEqual(['linux/amd64', 'linux/arm64', 'linux/riscv64']);
    expect(index.manifests).toHaveLength(3);
    expect(index.manifests.map(({ digest }) => digest)).not.toContain(old.manifest.digest);
    expect(tags).toMatchObject([{ state: 'moved' }]);
  });

  test('annotates the index, or the entry of one platform', async () => {
    const store = await open(repository);
    const parts = [await writePart(store), await writePart(store, { platform: 'linux/amd64' })];
    const annotations = { a: '1', 'manifest-descriptor[linux/amd64]:b': '2' };

    const { index } = await merge(
      request(
        parts.map(({ manifest }) => manifest.digest),
        { annotations },
      ),
      host,
    );

    expect(index.annotations).toEqual({ a: '1' });
    expect(index.manifests.map((entry) => entry.annotations)).toEqual([undefined, { b: '2' }]);
  });

  test('gives the same digest in a dry run, which writes nothing', async () => {
    const store = await open(repository);
    const sources = [(await writePart(store)).manifest.digest];

    const dry = await merge(request(sources, { isDryRun: true }), host);

    expect(await store.tags()).toEqual([]);
    const wet = await merge(request(sources), host);
    expect(wet.descriptor).toEqual(dry.descriptor);
    expect((await merge(request(sources), host)).tags).toMatchObject([{ state: 'unchanged' }]);
  });

  test('moves no tag where one place cannot take the content', async () => {
    const store = await open(repository);
    const sources = [(await writePart(store)).manifest.digest];
    const readOnly = await startRegistry({ host, memory: true, options: { isReadOnly: true } });
    try {
      const tags = [`${repository}:1`, `${readOnly.registry}/acme/app:1`];

      await expect(merge(request(sources, { tags }), host)).rejects.toMatchObject({ where: { side: 'destination' } });
      expect(await store.tags()).toEqual([]);
    } finally {
      await readOnly.close();
    }
  });

  test('refuses a part that is not there', async () => {
    await expect(merge(request([`${repository}:none`]), host)).rejects.toMatchObject({ code: 'IMAGE_MISSING' });
  });
});
