import type { Descriptor } from '../../src/oci/descriptor.ts';
import { digestHex, digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { type Sample, sampleOf } from './sample-image.ts';

/** An image as BuildKit exports it, with the attestation beside it. */
export interface ExportedImage {
  readonly layer: Sample;
  readonly config: Sample;
  readonly manifest: Sample;
  readonly attestation: Sample;
  readonly index: Sample;
  /** The files of its layout, in base64. */
  readonly files: Readonly<Record<string, string>>;
  /** What `--metadata-file` says of it. */
  readonly metadata: object;
}

export interface ExportedImageOptions {
  /** Default: amd64. */
  readonly architecture?: string;
  /** `created_by` of its only layer. */
  readonly command?: string;
  readonly ref?: string;
  /** Default: 1. */
  readonly diffIdCount?: number;
}

export function exportImage(options: ExportedImageOptions = {}): ExportedImage {
  const { architecture = 'amd64', command = 'RUN make # buildkit', ref = 'farm/farm0/x', diffIdCount = 1 } = options;
  const layer = sampleOf(mediaTypes.layerGzip, Buffer.from(`layer of ${architecture}`));
  const diffIds = Array.from({ length: diffIdCount }, (_, at) => digestOf(`diff ${at}`));
  const config = documentOf(mediaTypes.config, {
    architecture,
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: [{ created_by: 'ARG A=1', empty_layer: true }, { created_by: command }],
  });
  const manifest = manifestOf(config, [layer.descriptor]);
  const statement = sampleOf(mediaTypes.inToto, Buffer.from('{"_type":"https://in-toto.io/Statement/v0.1"}'));
  const attestedConfig = documentOf(mediaTypes.config, {
    architecture: 'unknown',
    os: 'unknown',
    rootfs: { type: 'layers', diff_ids: [statement.descriptor.digest] },
  });
  const attestation = manifestOf(attestedConfig, [statement.descriptor]);
  const index = documentOf(mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [
      { ...manifest.descriptor, platform: { architecture, os: 'linux' } },
      {
        ...attestation.descriptor,
        annotations: {
          'vnd.docker.reference.digest': manifest.descriptor.digest,
          'vnd.docker.reference.type': 'attestation-manifest',
        },
        platform: { architecture: 'unknown', os: 'unknown' },
      },
    ],
  });
  const contents = [layer, config, manifest, statement, attestedConfig, attestation, index];
  return {
    layer,
    config,
    manifest,
    attestation,
    index,
    files: Object.fromEntries([
      ['oci-layout', base64('{"imageLayoutVersion":"1.0.0"}')],
      ['index.json', base64(JSON.stringify({ schemaVersion: 2, manifests: [index.descriptor] }))],
      ...contents.map(({ descriptor, bytes }) => [
        `blobs/sha256/${digestHex(descriptor.digest)}`,
        bytes.toString('base64'),
      ]),
    ]),
    metadata: {
      'buildx.build.ref': ref,
      'containerimage.descriptor': index.descriptor,
      'containerimage.digest': index.descriptor.digest,
    },
  };
}

function manifestOf(config: Sample, layers: readonly Descriptor[]): Sample {
  return documentOf(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: config.descriptor,
    layers,
  });
}

function documentOf(mediaType: string, value: object): Sample {
  return sampleOf(mediaType, Buffer.from(JSON.stringify(value)));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
