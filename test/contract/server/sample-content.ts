import { randomBytes } from 'node:crypto';
import type { Descriptor } from '../../../src/oci/descriptor.ts';
import { type Digest, type DigestAlgorithm, digestOf } from '../../../src/oci/digest.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';

export interface Blob {
  readonly digest: Digest;
  readonly bytes: Buffer;
}

export interface Manifest extends Blob {
  readonly descriptor: Descriptor;
  readonly document: Readonly<Record<string, unknown>>;
}

/** Manifests with all that they need, in an order in which they can be pushed. */
export interface Content {
  readonly blobs: readonly Blob[];
  readonly manifests: readonly Manifest[];
}

export interface ImageOptions {
  readonly algorithm?: DigestAlgorithm;
  readonly layerCount?: number;
  readonly layerType?: string;
  readonly config?: { readonly mediaType: string; readonly bytes: string };
  readonly architecture?: string;
  /** Fields of the manifest besides, or instead. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Embed config and layers in their descriptors. */
  readonly embedsData?: boolean;
}

export function blobOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Blob {
  const buffer = Buffer.from(bytes);
  return { digest: digestOf(buffer, algorithm), bytes: buffer };
}

export function randomBlob(size = 512, algorithm: DigestAlgorithm = 'sha256'): Blob {
  return blobOf(randomBytes(size), algorithm);
}

/** An image, or an artifact, of small random layers. */
export function sampleImage(options: ImageOptions = {}): Content {
  const { algorithm = 'sha256', layerCount = 2, layerType = mediaTypes.layerGzip, architecture = 'amd64' } = options;
  const layers = Array.from({ length: layerCount }, () => randomBlob(256, algorithm));
  const document = {
    os: 'linux',
    architecture,
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  };
  const config = blobOf(options.config?.bytes ?? JSON.stringify(document), algorithm);
  const manifest = manifestOf(
    {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: describeBlob(config, options.config?.mediaType ?? mediaTypes.config, options.embedsData),
      layers: layers.map((layer) => describeBlob(layer, layerType, options.embedsData)),
      ...options.fields,
    },
    algorithm,
  );
  return { blobs: [config, ...layers], manifests: [manifest] };
}

/** An index over the last manifest of each content. */
export function sampleIndex(
  children: readonly Content[],
  fields: Readonly<Record<string, unknown>> = {},
  algorithm: DigestAlgorithm = 'sha256',
): Content {
  const architectures = ['amd64', 'arm64', 's390x'];
  const manifests = children.map((child, number) => ({
    ...lastOf(child).descriptor,
    platform: { os: 'linux', architecture: architectures[number] },
  }));
  const index = manifestOf({ schemaVersion: 2, mediaType: mediaTypes.index, manifests, ...fields }, algorithm);
  return {
    blobs: children.flatMap(({ blobs }) => blobs),
    manifests: [...children.flatMap((child) => child.manifests), index],
  };
}

/** Contents that are pushed together. */
export function together(...contents: readonly Content[]): Content {
  return { blobs: contents.flatMap(({ blobs }) => blobs), manifests: contents.flatMap(({ manifests }) => manifests) };
}

export function lastOf({ manifests }: Content): Manifest {
  const last = manifests.at(-1);
  if (last === undefined) throw new Error('there is no manifest');
  return last;
}

export function manifestOf(
  document: Readonly<Record<string, unknown>>,
  algorithm: DigestAlgorithm = 'sha256',
): Manifest {
  const blob = blobOf(JSON.stringify(document), algorithm);
  const mediaType = typeof document['mediaType'] === 'string' ? document['mediaType'] : mediaTypes.manifest;
  return { ...blob, document, descriptor: { mediaType, digest: blob.digest, size: blob.bytes.byteLength } };
}

export function describeBlob({ digest, bytes }: Blob, mediaType: string, embedsData = false): Descriptor {
  const data = embedsData ? { data: bytes.toString('base64') } : {};
  return { mediaType, digest, size: bytes.byteLength, ...data };
}
