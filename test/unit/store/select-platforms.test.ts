import { beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/oci/descriptor.ts';
import { encodeDocument } from '../../../src/oci/encode.ts';
import { decodeIndex } from '../../../src/oci/image-index.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { parsePlatform } from '../../../src/oci/platform.ts';
import { readBytes } from '../../../src/store/collect-content.ts';
import { copyImages } from '../../../src/store/copy.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { selectPlatforms } from '../../../src/store/select-platforms.ts';
import { digestsOf, put, putSample, type Sample } from '../../contract/store/sample-image.ts';
import { fakeHost } from '../../support/fake-host.ts';

let store: MemoryStore;
let sample: Sample;
beforeEach(async () => {
  store = new MemoryStore();
  sample = await putSample(store, { attestations: true, annotations: { 'org.example.about': 'the index' } });
});

function select(root: Descriptor, ...platforms: readonly string[]) {
  return selectPlatforms(store, root, { platforms: platforms.map((text) => parsePlatform(text)) });
}

describe('selectPlatforms', () => {
  test('keeps an index of which all is wanted, byte for byte', async () => {
    const all = ['linux/amd64', 'linux/arm64/v8', 'linux/arm/v7'];

    expect(await select(sample.index, ...all)).toEqual({ root: sample.index });
    expect(await select(sample.index)).toEqual({ root: sample.index });
  });

  test('writes an index anew with the wanted images, their attestations and its annotations', async () => {
    const { root, bytes } = await select(sample.index, 'linux/arm64', 'linux/amd64');
    const { manifests, annotations } = decodeIndex(bytes);

    expect(root.mediaType).toBe(mediaTypes.index);
    expect(annotations).toEqual({ 'org.example.about': 'the index' });
    expect(digestsOf(manifests)).toEqual(digestsOf([...sample.attestations.slice(0, 2), ...sample.images.slice(0, 2)]));
  });

  test('gives one image by itself where it has no attestations', async () => {
    const plain = await putSample(store);

    expect(await select(plain.index, 'linux/arm/v7')).toEqual({ root: plain.images[2] });
    expect((await select(sample.index, 'linux/arm/v7')).root.mediaType).toBe(mediaTypes.index);
  });

  test('flattens indexes within the index', async () => {
    const plain = await putSample(store);
    const { mediaType, digest, size } = plain.index;
    const outer = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [{ mediaType, digest, size }] };
    const root = await put(store, mediaTypes.index, encodeDocument(outer));

    expect((await select(root, 'linux/arm64')).root).toMatchObject({ digest: plain.images[1]?.digest });
  });

  test('refuses a platform that the image does not offer, and says which it does', async () => {
    await expect(select(sample.index, 'linux/s390x')).rejects.toMatchObject({
      code: 'PLATFORM_NOT_OFFERED',
      message: 'Cannot take linux/s390x of the image: it offers linux/amd64, linux/arm64, linux/arm/v7',
    });
  });

  test('takes an image for one platform only as that', async () => {
    const { images } = await putSample(store);
    const [amd64 = sample.index] = images;

    expect(await select(amd64, 'linux/amd64')).toEqual({ root: amd64 });
    await expect(select(amd64, 'linux/arm64')).rejects.toMatchObject({ code: 'PLATFORM_NOT_OFFERED' });
  });

  test('lets copyImages copy what is left, and nothing else', async () => {
    const destination = new MemoryStore();
    const images = [{ reference: sample.index.digest, tags: ['v1'] }];
    const platforms = [parsePlatform('linux/arm64')];

    const [copied] = await copyImages({ host: fakeHost(), source: store, destination, images, platforms });

    expect(copied?.source).toEqual(sample.index);
    expect(decodeIndex(await readBytes(destination, copied?.root ?? sample.index)).manifests).toHaveLength(2);
    expect(await destination.has(sample.images[0] ?? sample.index)).toBe(false);
    expect(await destination.resolve('v1')).toEqual(copied?.root);
  });
});
