import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/oci/descriptor.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import type { ImageConfig } from '../../../src/oci/image-config.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { allRules } from '../../../src/verify/all-rules.ts';
import type { Finding } from '../../../src/verify/finding.ts';
import type { ImageFacts } from '../../../src/verify/image-facts.ts';
import { hasErrors, verifyImage } from '../../../src/verify/verify-image.ts';
import { attestationOf, check, factsOf, imageOf, layerOf, measured } from './facts-of.ts';

const amd = imageOf('linux/amd64');
const arm = imageOf('linux/arm64');

test('a sound image of fifteen platforms has no findings', () => {
  const names = [
    '386',
    'amd64',
    'arm/v5',
    'arm/v6',
    'arm/v7',
    'arm64',
    'ppc64',
    'ppc64le',
    'riscv64',
    's390x',
    'loong64',
    'mips',
    'mipsle',
    'mips64',
    'mips64le',
  ];
  const platforms = names.map((name) => `linux/${name}`);
  const images = platforms.map((platform) => imageOf(platform));

  expect(verifyImage(factsOf(...images, ...images.map(attestationOf)), { platforms })).toEqual([]);
});

test('a sound image without an index has no findings', () => {
  const { platform: _, ...descriptor } = amd.descriptor;

  expect(
    verifyImage({ root: measured(descriptor), entries: [{ ...amd, descriptor }] }, { platforms: ['linux/amd64'] }),
  ).toEqual([]);
});

test('every rule has a name of its own and says what holds', () => {
  expect(new Set(allRules.map(({ name }) => name)).size).toBe(7);
  expect(allRules.every(({ meaning }) => meaning.length > 10)).toBe(true);
});

test('hasErrors counts no warnings', () => {
  const finding: Finding = { rule: 'digests-match', level: 'warning', message: '' };

  expect(hasErrors([finding])).toBe(false);
  expect(hasErrors([finding, { ...finding, level: 'error' }])).toBe(true);
});

describe('platforms-unique', () => {
  test('finds a second image for a platform', () => {
    const second = imageOf('linux/amd64', [layerOf('other', {})]);

    const { told, first } = check(factsOf(amd, arm, second));

    expect(told).toEqual(['platforms-unique error']);
    expect(first).toMatchObject({
      platform: 'linux/amd64',
      found: second.descriptor.digest,
      expected: amd.descriptor.digest,
    });
  });
});

describe('platforms-complete', () => {
  test('finds what is missing and what was not asked for', () => {
    const { told, first } = check(factsOf(amd), { platforms: ['linux/aarch64'] });

    expect(told).toEqual(['platforms-complete error', 'platforms-complete error']);
    expect(first?.message).toBe('linux/arm64 is missing: the image has linux/amd64');
    expect(check(factsOf(arm), { platforms: ['linux/aarch64'] }).told).toEqual([]);
  });

  test('warns of an optional platform that is missing, and takes it where it is there', () => {
    const options = { platforms: ['linux/amd64'], optionalPlatforms: ['linux/arm64'] };

    expect(check(factsOf(amd), options).told).toEqual(['platforms-complete warning']);
    expect(check(factsOf(amd, arm), options).told).toEqual([]);
  });

  test('takes any version of a system where none was asked for', () => {
    const platform = { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763' };
    const image = imageOf('windows/amd64', []);
    const windows = {
      ...image,
      descriptor: { ...image.descriptor, platform },
      imageConfig: { ...platform, rootfs: { type: 'layers', diff_ids: [] } },
    };

    expect(check(factsOf(windows), { platforms: ['windows/amd64'] }).told).toEqual([]);
    expect(check(factsOf(windows), { platforms: ['windows(10.0.20348)/amd64'] }).told).toHaveLength(2);
  });
});

describe('platforms-agree', () => {
  function labelled(platform: Descriptor['platform'], imageConfig: Partial<ImageConfig> = {}): ImageFacts {
    const { platform: _, ...descriptor } = amd.descriptor;
    const config = amd.imageConfig ?? { os: '', architecture: '', rootfs: { type: 'layers', diff_ids: [] } };
    const label = platform === undefined ? {} : { platform };
    return factsOf({
      ...amd,
      descriptor: { ...descriptor, ...label },
      imageConfig: { ...config, ...imageConfig },
      layers: [],
    });
  }

  test('finds an index that says another platform than the config', () => {
    const rules = allRules.filter(({ name }) => name === 'platforms-agree');
    const findings = rules.flatMap((rule) => rule.check(labelled({ os: 'linux', architecture: 'arm64' }), {}));

    expect(findings).toMatchObject([
      { level: 'error', platform: 'linux/arm64', found: 'linux/amd64', expected: 'linux/arm64' },
    ]);
    expect(rules.flatMap((rule) => rule.check(labelled({ os: 'linux', architecture: 'x86_64' }), {}))).toEqual([]);
  });

  test.each([
    [
      'no platform',
      labelled(undefined),
      'stands in the index without a platform, its config says linux/amd64',
      'error',
    ],
    ['an empty field', labelled({ os: 'linux', architecture: '' }), 'The index writes an empty platform', 'error'],
    [
      'a config without one',
      labelled({ os: 'linux', architecture: 'amd64' }, { os: '' }),
      'names no platform',
      'error',
    ],
    [
      'a variant that the config leaves out',
      labelled({ os: 'linux', architecture: 'arm', variant: 'v6' }, { architecture: 'arm' }),
      'its config says linux/arm/v7',
      'warning',
    ],
    [
      'another variant',
      labelled({ os: 'linux', architecture: 'arm', variant: 'v6' }, { architecture: 'arm', variant: 'v5' }),
      'its config says linux/arm/v5',
      'error',
    ],
  ])('finds %s', (_, facts, message, level) => {
    const findings = allRules.filter(({ name }) => name === 'platforms-agree').flatMap((rule) => rule.check(facts, {}));

    expect(findings).toEqual([expect.objectContaining({ level, message: expect.stringContaining(message) })]);
  });
});

describe('layers-present', () => {
  test('finds every kind of content that is missing', () => {
    const { measured: _, ...absent } = layerOf('absent', {});
    const image = imageOf('linux/amd64', [absent]);
    const broken = {
      descriptor: image.descriptor,
      layers: image.layers,
      ...(image.config === undefined ? {} : { config: { descriptor: image.config.descriptor } }),
    };
    const facts = factsOf(broken);

    const { told, first } = check({ ...facts, root: { descriptor: facts.root.descriptor } });

    expect(told).toEqual(Array.from({ length: 4 }, () => 'layers-present error'));
    expect(first?.message).toBe(`The root ${facts.root.descriptor.digest} is missing`);
  });

  test('finds a config with too few diff ids', () => {
    const image = imageOf('linux/amd64');
    const { imageConfig } = imageOf('linux/amd64', []);

    const { told, first } = check(factsOf({ ...image, ...(imageConfig === undefined ? {} : { imageConfig }) }));

    expect(told).toEqual(['layers-present error']);
    expect(first).toMatchObject({ found: '1', expected: '0' });
  });

  test('misses no layer that registries need not hold', () => {
    const foreign = {
      descriptor: { ...layerOf('foreign', {}).descriptor, mediaType: mediaTypes.dockerForeignLayerGzip },
    };

    expect(check(factsOf(imageOf('windows/amd64', [foreign]))).told).toEqual([]);
  });
});

describe('digests-match', () => {
  test.each([
    ['digest', { digest: digestOf('damaged'), size: 5 }, 'hashes to'],
    ['size', { digest: layerOf('layer', {}).descriptor.digest, size: 4 }, 'has 4 bytes, expected 5'],
  ])('finds a layer of another %s', (_, measured, message) => {
    const layer = { ...layerOf('layer', {}), measured };

    const { told, first } = check(factsOf(imageOf('linux/amd64', [layer])));

    expect(told).toEqual(['digests-match error']);
    expect(first).toMatchObject({
      layer: layer.descriptor.digest,
      platform: 'linux/amd64',
      message: expect.stringContaining(message),
    });
  });

  test('finds a layer that unpacks to something else than the config says', () => {
    const image = imageOf('linux/amd64');
    const layers = image.layers.map((layer) => ({ ...layer, diffId: digestOf('something else') }));

    const { told, first } = check(factsOf({ ...image, layers }));

    expect(told).toEqual(['digests-match error']);
    expect(first?.found).toBe(digestOf('something else'));
  });

  test('finds a root, a manifest and a config that were replaced', () => {
    const replaced = { digest: digestOf('replaced'), size: 1 };
    const config = amd.config === undefined ? {} : { config: { ...amd.config, measured: replaced } };
    const facts = factsOf({ ...amd, ...config, measured: replaced });

    expect(check({ ...facts, root: { ...facts.root, measured: replaced } }).told).toHaveLength(3);
  });
});

describe('attestations-paired', () => {
  test('finds an attestation about no image of the index', () => {
    const { told, first } = check(factsOf(amd, attestationOf(amd), attestationOf(arm)));

    expect(told).toEqual(['attestations-paired error']);
    expect(first?.found).toBe(arm.descriptor.digest);
  });

  test('warns of an image that has none where others have', () => {
    expect(check(factsOf(amd, arm, attestationOf(amd))).told).toEqual(['attestations-paired warning']);
    expect(check(factsOf(amd, arm, attestationOf(amd), attestationOf(arm))).told).toEqual([]);
    expect(check(factsOf(amd, arm)).told).toEqual([]);
  });

  test('warns of an attestation that lost its annotations', () => {
    const lost = attestationOf(amd);
    const { annotations: _, ...descriptor } = lost.descriptor;

    expect(check(factsOf(amd, { ...lost, descriptor })).told).toEqual(['attestations-paired warning']);
  });
});
