import { beforeEach, describe, expect, test } from 'vitest';
import { digestHex } from '../../../src/oci/digest.ts';
import { inspectImage } from '../../../src/store/inspect.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { codeOf } from '../../contract/store/image-store-contract.ts';
import { digestsOf, putReferrer, putSample } from '../../contract/store/sample-image.ts';

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});

describe('inspectImage', () => {
  test('tells platforms, sizes, what is shared and what is not', async () => {
    const { index, images, shared } = await putSample(store, { annotations: { 'org.example.about': 'all' } });
    await store.tag('v1', index);

    const inspected = await inspectImage(store, 'v1');
    const configBytes = inspected.platforms.map(({ configDescriptor }) => configDescriptor.size);

    expect(inspected).toMatchObject({ kind: 'index', descriptor: index, annotations: { 'org.example.about': 'all' } });
    expect(inspected.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64', 'linux/arm/v7']);
    expect(digestsOf(inspected.platforms.map(({ manifest }) => manifest))).toEqual(digestsOf(images));
    expect(inspected.platforms.map(({ sizeBytes }) => sizeBytes)).toEqual(configBytes.map((bytes) => bytes + 5000));
    expect(inspected.platforms.map(({ ownBytes }) => ownBytes)).toEqual(configBytes.map((bytes) => bytes + 2000));
    expect(inspected.totalBytes).toBe(configBytes.reduce((sum, bytes) => sum + bytes, 3000 + 3 * 2000));
    expect(inspected.sharedLayers).toEqual([
      { layer: shared, platforms: ['linux/amd64', 'linux/arm64', 'linux/arm/v7'] },
    ]);
    expect(inspected.platforms[0]?.config.config?.Labels).toEqual({ name: 'sample' });
    expect([inspected.attestations, inspected.referrers, inspected.otherEntries, inspected.missing]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });

  test('tells attestations with the platform they are about, and referrers with what they are', async () => {
    const { index, images, attestations } = await putSample(store, { attestations: true });
    const [first = index] = images;
    await store.tag('v1', index);
    const sbom = await putReferrer(store, first, 'application/spdx+json');
    await store.refer(first.digest, sbom);
    const signature = `sha256-${digestHex(index.digest)}.sig`;
    await store.tag(signature, first);

    const inspected = await inspectImage(store, 'v1');

    expect(inspected.platforms).toHaveLength(3);
    expect(inspected.attestations.map(({ platform }) => platform)).toEqual([
      'linux/amd64',
      'linux/arm64',
      'linux/arm/v7',
    ]);
    expect(digestsOf(inspected.attestations.map(({ manifest }) => manifest))).toEqual(digestsOf(attestations));
    expect(inspected.attestations[0]).toMatchObject({
      subject: first.digest,
      statements: [{ kind: 'provenance', predicateType: 'https://slsa.dev/provenance/v1' }],
    });
    expect(inspected.referrers).toMatchObject([
      { subject: index.digest, kind: 'signature', tag: signature },
      { subject: first.digest, kind: 'sbom', descriptor: { digest: sbom.digest } },
    ]);
  });

  test('takes an image and an artifact by themselves', async () => {
    const { index, images } = await putSample(store);
    const artifact = await putReferrer(store, index, 'application/vnd.example');

    expect(await inspectImage(store, images[1]?.digest ?? '')).toMatchObject({
      kind: 'image',
      platforms: [{ platform: 'linux/arm64' }],
      sharedLayers: [],
    });
    expect(await inspectImage(store, artifact.digest)).toMatchObject({
      kind: 'artifact',
      artifactType: 'application/vnd.example',
      platforms: [],
      annotations: { 'org.example.made-for': 'a test' },
    });
  });

  test('tells images that the index names and that are not there', async () => {
    const { index, images } = await putSample(store);
    const sparse = new MemoryStore();
    const [amd64 = index, ...rest] = images;
    const inspectedWhole = await inspectImage(store, amd64.digest);
    const [platform] = inspectedWhole.platforms;
    for (const key of [index, amd64, platform?.configDescriptor ?? index]) await sparse.write(store.read(key), key);

    const inspected = await inspectImage(sparse, index.digest);

    expect(inspected.platforms.map((one) => one.platform)).toEqual(['linux/amd64']);
    expect(digestsOf(inspected.missing)).toEqual(digestsOf(rest));
  });

  test('refuses what is not there', async () => {
    expect(await codeOf(inspectImage(store, 'v1'))).toBe('IMAGE_MISSING');
  });
});
