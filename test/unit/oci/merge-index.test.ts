import { describe, expect, test } from 'vitest';
import { isFault } from '../../../src/errors/fault.ts';
import { type Descriptor, descriptorOf } from '../../../src/oci/descriptor.ts';
import { type Digest, digestOf } from '../../../src/oci/digest.ts';
import { encodeDocument } from '../../../src/oci/encode.ts';
import type { ImageConfig } from '../../../src/oci/image-config.ts';
import type { ImageNode } from '../../../src/oci/image-graph.ts';
import { decodeIndex, type ImageIndex } from '../../../src/oci/image-index.ts';
import type { ImageManifest } from '../../../src/oci/image-manifest.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { type MergeInput, mergeIndex } from '../../../src/oci/merge-index.ts';
import { formatPlatform, type Platform, parsePlatform } from '../../../src/oci/platform.ts';

/** The documents of a merge, filled as images are made. */
class Documents {
  readonly nodes = new Map<Digest, ImageNode>();
  readonly configs = new Map<Digest, ImageConfig>();

  image(platform: string, mediaType: string = mediaTypes.manifest): Descriptor {
    const { os, architecture, variant = '' } = parsePlatform(platform);
    const config: ImageConfig = { os, architecture, variant, rootfs: { type: 'layers', diff_ids: [] } };
    const configDescriptor = descriptorOf(mediaTypes.config, encodeDocument(config));
    this.configs.set(configDescriptor.digest, config);
    return this.manifest({ schemaVersion: 2, mediaType, config: configDescriptor, layers: [] });
  }

  manifest(manifest: ImageManifest): Descriptor {
    const descriptor = descriptorOf(manifest.mediaType ?? mediaTypes.manifest, encodeDocument(manifest));
    this.nodes.set(descriptor.digest, { kind: 'manifest', manifest });
    return descriptor;
  }

  index(manifests: readonly Descriptor[]): Descriptor {
    const index: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
    const descriptor = descriptorOf(mediaTypes.index, encodeDocument(index));
    this.nodes.set(descriptor.digest, { kind: 'index', index });
    return descriptor;
  }

  attestation(image: Descriptor): Descriptor {
    const artifactType = mediaTypes.dockerAttestation;
    const config: Descriptor = { mediaType: mediaTypes.empty, digest: digestOf('{}'), size: 2 };
    const manifest = this.manifest({ schemaVersion: 2, artifactType, config, layers: [], subject: image });
    return {
      ...manifest,
      platform: { architecture: 'unknown', os: 'unknown' },
      annotations: {
        'vnd.docker.reference.digest': image.digest,
        'vnd.docker.reference.type': 'attestation-manifest',
      },
    };
  }

  merge(parts: readonly Descriptor[], rest: Partial<MergeInput> = {}) {
    return mergeIndex({ parts, nodes: this.nodes, configs: this.configs, ...rest });
  }
}

function onPlatform(descriptor: Descriptor, platform: Platform): Descriptor {
  return { ...descriptor, platform };
}

function platformsOf(entries: readonly Descriptor[]): readonly string[] {
  return entries.map(({ platform }) => (platform === undefined ? '' : formatPlatform(platform)));
}

function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isFault(error, 'INDEX_CONFLICT', 'CONTENT_MISSING')) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('mergeIndex', () => {
  test('names manifests in the given order, with the platform that their configs say', () => {
    const documents = new Documents();

    const merged = documents.merge([
      documents.image('linux/arm/v6'),
      documents.image('linux/arm64/v8'),
      documents.image('linux/amd64'),
    ]);

    expect(merged.index.manifests.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'arm', variant: 'v6' },
      { os: 'linux', architecture: 'arm64' },
      { os: 'linux', architecture: 'amd64' },
    ]);
    expect(merged.descriptor).toEqual(descriptorOf(mediaTypes.index, merged.bytes));
    expect(decodeIndex(merged.bytes)).toEqual(merged.index);
  });

  test('gives equal bytes for equal input', () => {
    const documents = new Documents();
    const parts = [documents.image('linux/amd64'), documents.image('linux/arm64')];
    const annotations = { b: '2', a: '1' };

    expect(documents.merge(parts, { annotations }).bytes).toEqual(
      documents.merge(parts, { annotations: { a: '1', b: '2' } }).bytes,
    );
  });

  test('flattens indexes in indexes and puts attestations behind their images', () => {
    const documents = new Documents();
    const [amd, arm] = [documents.image('linux/amd64'), documents.image('linux/arm64')];
    const [aboutAmd, aboutArm] = [documents.attestation(amd), documents.attestation(arm)];
    const inner = documents.index([aboutArm, arm]);

    const { index } = documents.merge([documents.index([amd, inner]), documents.index([aboutAmd])]);

    expect(index.manifests.map(({ digest }) => digest)).toEqual(
      [amd, aboutAmd, arm, aboutArm].map(({ digest }) => digest),
    );
    expect(platformsOf(index.manifests)).toEqual(['linux/amd64', 'unknown/unknown', 'linux/arm64', 'unknown/unknown']);
    expect(index.manifests[1]?.annotations).toEqual(aboutAmd.annotations);
    expect(index.manifests[1]?.artifactType).toBe(mediaTypes.dockerAttestation);
  });

  test('keeps an attestation about nothing in the index, at the end', () => {
    const documents = new Documents();
    const [amd, arm] = [documents.image('linux/amd64'), documents.image('linux/arm64')];

    const { index } = documents.merge([documents.attestation(arm), amd]);

    expect(platformsOf(index.manifests)).toEqual(['linux/amd64', 'unknown/unknown']);
  });

  test('takes an index that stands in many places once, however often it is named', () => {
    const documents = new Documents();
    let index = documents.index([documents.image('linux/amd64')]);
    for (let depth = 0; depth < 40; depth++) index = documents.index([index, index]);

    expect(documents.merge([index]).index.manifests).toHaveLength(1);
  });

  test('keeps an attestation for each image that it is about, although the bytes are equal', () => {
    const documents = new Documents();
    const [amd, arm] = [documents.image('linux/amd64'), documents.image('linux/arm64')];
    const aboutAmd = documents.attestation(amd);
    const aboutArm = {
      ...aboutAmd,
      annotations: { ...aboutAmd.annotations, 'vnd.docker.reference.digest': arm.digest },
    };

    const { index } = documents.merge([amd, arm, aboutAmd, aboutArm, aboutArm]);

    expect(index.manifests).toMatchObject([amd, aboutAmd, arm, aboutArm]);
  });

  test('lists equal digests once with the annotations of both', () => {
    const documents = new Documents();
    const image = documents.image('linux/amd64');
    const labelled = { ...onPlatform(image, { os: 'linux', architecture: 'x86_64' }), annotations: { a: '1' } };

    const { index } = documents.merge([labelled, { ...image, annotations: { b: '2' } }]);

    expect(index.manifests).toEqual([
      { ...image, platform: { os: 'linux', architecture: 'amd64' }, annotations: { a: '1', b: '2' } },
    ]);
  });

  test('knows an entry without a platform as the same one without its config', () => {
    const documents = new Documents();
    const image = documents.image('linux/amd64');
    const labelled = onPlatform(image, { os: 'linux', architecture: 'amd64' });

    expect(mergeIndex({ parts: [image, labelled, image], nodes: new Map() }).index.manifests).toEqual([labelled]);
  });

  test('lists one digest for two platforms where both descriptors say so', () => {
    const documents = new Documents();
    const data = documents.image('linux/amd64');
    const parts = [onPlatform(data, parsePlatform('linux/amd64')), onPlatform(data, parsePlatform('linux/arm64'))];

    expect(platformsOf(documents.merge(parts).index.manifests)).toEqual(['linux/amd64', 'linux/arm64']);
  });

  test('refuses two images for one platform, however it is spelled', () => {
    const documents = new Documents();
    const one = onPlatform(documents.image('linux/arm/v7'), { os: 'linux', architecture: 'arm' });
    const other = onPlatform(documents.image('linux/arm/v6'), { os: 'linux', architecture: 'armhf' });
    const third = onPlatform(documents.image('linux/arm/v6'), { os: 'linux', architecture: 'arm', variant: 'v6' });

    expect(faultOf(() => documents.merge([one, other]))).toBe(
      `INDEX_CONFLICT: Cannot assemble the index: linux/arm/v7 has two images, ${one.digest} and ${other.digest}, expected one`,
    );
    expect(documents.merge([one, third]).index.manifests).toHaveLength(2);
  });

  test('lists several artifacts for one platform', () => {
    const documents = new Documents();
    const config: Descriptor = { mediaType: mediaTypes.empty, digest: digestOf('{}'), size: 2 };
    const artifacts = ['a/b', 'c/d'].map((artifactType) =>
      onPlatform(
        documents.manifest({ schemaVersion: 2, artifactType, config, layers: [] }),
        parsePlatform('linux/amd64'),
      ),
    );

    expect(documents.merge([documents.image('linux/amd64'), ...artifacts]).index.manifests).toHaveLength(3);
  });

  test('never writes a platform with an empty field', () => {
    const documents = new Documents();
    const image = onPlatform(documents.image('linux/riscv64'), { os: 'linux', architecture: '' });
    const artifact = onPlatform(
      documents.manifest({
        schemaVersion: 2,
        artifactType: 'a/b',
        config: { mediaType: mediaTypes.empty, digest: digestOf('{}'), size: 2 },
        layers: [],
      }),
      { os: 'linux', architecture: '' },
    );

    const { index } = documents.merge([image, artifact]);

    expect(index.manifests[0]?.platform).toEqual({ os: 'linux', architecture: 'riscv64' });
    expect(index.manifests[1]).not.toHaveProperty('platform');
  });

  test('takes the artifact type from the manifest, not from the descriptor', () => {
    const documents = new Documents();
    const image = { ...documents.image('linux/amd64'), artifactType: 'application/vnd.oci.empty.v1+json' };
    const unseen = {
      ...onPlatform(descriptorOf(mediaTypes.manifest, new Uint8Array()), parsePlatform('linux/s390x')),
      artifactType: 'a/b',
    };

    const { index } = documents.merge([image, unseen]);

    expect(index.manifests[0]).not.toHaveProperty('artifactType');
    expect(index.manifests[1]?.artifactType).toBe('a/b');
  });

  test('makes a manifest list of Docker images alone', () => {
    const documents = new Documents();
    const docker = documents.image('linux/amd64', mediaTypes.dockerManifest);

    expect(documents.merge([docker]).index.mediaType).toBe(mediaTypes.dockerManifestList);
    expect(documents.merge([docker, documents.image('linux/arm64')]).index.mediaType).toBe(mediaTypes.index);
    expect(documents.merge([]).index.mediaType).toBe(mediaTypes.index);
  });

  test('refuses annotations that a manifest list cannot hold', () => {
    const documents = new Documents();
    const docker = documents.image('linux/amd64', mediaTypes.dockerManifest);
    const annotations = { 'org.opencontainers.image.version': '1' };
    const reason = 'INDEX_CONFLICT: Cannot annotate the index with "org.opencontainers.image.version"';

    expect(faultOf(() => documents.merge([docker], { annotations }))).toContain(reason);
    expect(faultOf(() => documents.merge([{ ...docker, annotations }]))).toContain(reason);
    expect(documents.merge([docker, documents.image('linux/arm64')], { annotations }).index.annotations).toEqual(
      annotations,
    );
  });

  test('says which index is not at hand', () => {
    const documents = new Documents();
    const index = documents.index([documents.image('linux/amd64')]);

    expect(faultOf(() => mergeIndex({ parts: [index], nodes: new Map() }))).toBe(
      `CONTENT_MISSING: Cannot assemble the index: the content of ${index.digest} is not at hand`,
    );
  });
});
