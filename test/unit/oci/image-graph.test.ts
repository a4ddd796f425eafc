import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/oci/descriptor.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import {
  artifactTypeOf,
  attestedDigest,
  childrenOf,
  decodeNode,
  isAttestation,
  isAttestationManifest,
  subjectOf,
} from '../../../src/oci/image-graph.ts';
import type { ImageManifest } from '../../../src/oci/image-manifest.ts';
import { isLayerType, isNonDistributableType, mediaTypes } from '../../../src/oci/media-types.ts';

function named(name: string, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(name), size: name.length };
}

const config = named('config', mediaTypes.config);
const layer = named('layer', mediaTypes.layerGzip);
const image = named('image', mediaTypes.manifest);
const manifest: ImageManifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] };
const attestation: Descriptor = {
  ...named('attestation', mediaTypes.manifest),
  annotations: {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': image.digest,
  },
};

describe('decodeNode, childrenOf and subjectOf', () => {
  test('give the config before the layers of a manifest', () => {
    const node = decodeNode({ ...manifest, subject: image }, mediaTypes.manifest);

    expect(node && childrenOf(node)).toEqual([config, layer]);
    expect(node && subjectOf(node)).toEqual(image);
  });

  test('give the entries of an index in its order', () => {
    const index = { schemaVersion: 2, mediaType: mediaTypes.dockerManifestList, manifests: [image, attestation] };
    const node = decodeNode(index, mediaTypes.dockerManifestList);

    expect(node && childrenOf(node)).toEqual([image, attestation]);
    expect(node && subjectOf(node)).toBeUndefined();
  });

  test('leave other content alone', () => {
    expect(decodeNode({}, mediaTypes.config)).toBeUndefined();
  });
});

describe('attestations', () => {
  test('are known by their annotations', () => {
    expect(isAttestation(attestation)).toBe(true);
    expect(attestedDigest(attestation)).toBe(image.digest);
    expect(isAttestation(image)).toBe(false);
    expect(attestedDigest(image)).toBeUndefined();
  });

  test('say nothing with a digest that is none', () => {
    const annotations = { ...attestation.annotations, 'vnd.docker.reference.digest': 'sha256:12' };

    expect(attestedDigest({ ...attestation, annotations })).toBeUndefined();
  });

  test('have manifests in two forms', () => {
    const layers = [named('statement', mediaTypes.inToto)];

    expect(isAttestationManifest({ ...manifest, layers })).toBe(true);
    expect(isAttestationManifest({ ...manifest, layers: [], artifactType: mediaTypes.dockerAttestation })).toBe(true);
    expect(isAttestationManifest(manifest)).toBe(false);
    expect(isAttestationManifest({ ...manifest, layers: [] })).toBe(false);
  });
});

test.each([
  ['an image', manifest, undefined],
  ['a Docker image', { ...manifest, config: named('c', mediaTypes.dockerConfig) }, undefined],
  ['an artifact by its type', { ...manifest, artifactType: 'a/b' }, 'a/b'],
  [
    'an artifact by its config',
    { ...manifest, config: named('c', 'application/vnd.cncf.helm.config.v1+json') },
    'application/vnd.cncf.helm.config.v1+json',
  ],
  ['an artifact without a type', { ...manifest, config: named('{}', mediaTypes.empty) }, undefined],
])('artifactTypeOf tells %s', (_, given, expected) => {
  expect(artifactTypeOf(given)).toBe(expected);
});

test('layer types are known in every compression, and those that are not distributed', () => {
  const foreign = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';

  expect([mediaTypes.layer, mediaTypes.layerZstd, mediaTypes.dockerLayerGzip, foreign].every(isLayerType)).toBe(true);
  expect([mediaTypes.config, mediaTypes.inToto].some(isLayerType)).toBe(false);
  expect([foreign, mediaTypes.dockerForeignLayerGzip].every(isNonDistributableType)).toBe(true);
  expect(isNonDistributableType(mediaTypes.layerGzip)).toBe(false);
});
