import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/oci/descriptor.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { readImageFacts } from '../../../src/run/open/read-image-facts.ts';
import { once } from '../../../src/store/collect-content.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { verifyImage } from '../../../src/verify/verify-image.ts';
import { type Sample, sampleImage, sampleOf } from '../../support/sample-image.ts';

/** An attestation as BuildKit writes it: the config of an image, and a statement instead of a layer. */
const statement = sampleOf(mediaTypes.inToto, Buffer.from('{"predicateType":"https://slsa.dev/provenance/v1"}'));
const config = sampleOf(
  mediaTypes.config,
  Buffer.from(
    JSON.stringify({
      architecture: 'unknown',
      os: 'unknown',
      rootfs: { type: 'layers', diff_ids: [statement.descriptor.digest] },
    }),
  ),
);
const image = sampleImage(100);
const attestation = sampleOf(
  mediaTypes.manifest,
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: config.descriptor,
      layers: [statement.descriptor],
    }),
  ),
);

async function findings(samples: readonly Sample[]) {
  const store = new MemoryStore();
  for (const { bytes } of samples) await store.write(once(bytes));
  const entry: Descriptor = { ...attestation.descriptor, platform: { os: 'unknown', architecture: 'unknown' } };
  const index = sampleOf(
    mediaTypes.index,
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [entry] })),
  );
  await store.write(once(index.bytes));
  const facts = await readImageFacts(store, index.descriptor);
  return verifyImage(facts, { allowForeign: [] }).filter(({ rule }) => rule === 'layers-present');
}

describe('readImageFacts', () => {
  test('reads the statements of an attestation without taking them for archives', async () => {
    expect(await findings([statement, config, attestation, image.layer])).toEqual([]);
  });

  test('tells a statement that is missing', async () => {
    expect(await findings([config, attestation])).toMatchObject([{ level: 'error' }]);
  });
});
