import { createHash } from 'node:crypto';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { BlobSource } from '../../src/registry/blob-source.ts';
import type { SmallRepository } from './small-registry-state.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';

export interface Sample {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** An index with one image of one layer. Equal seeds give equal bytes. */
export interface SampleImage {
  readonly layer: Sample;
  readonly config: Sample;
  readonly manifest: Sample;
  readonly index: Sample;
}

export function sampleImage(layerBytes: number, seed = 'sample'): SampleImage {
  const layer = sampleOf('application/vnd.oci.image.layer.v1.tar', noise(layerBytes, seed));
  const config = sampleOf(
    'application/vnd.oci.image.config.v1+json',
    Buffer.from(JSON.stringify({ architecture: 'arm64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } })),
  );
  const manifest = documentOf(manifestType, { config: config.descriptor, layers: [layer.descriptor] });
  const platform = { architecture: 'arm64', os: 'linux' };
  const index = documentOf(indexType, { manifests: [{ ...manifest.descriptor, platform }] });
  return { layer, config, manifest, index };
}

/** A manifest that refers to another. */
export function sampleReferrer(subject: Descriptor, config: Descriptor, name = 'one'): Sample {
  const artifactType = 'application/vnd.example.note';
  return documentOf(manifestType, { artifactType, config, layers: [], subject, annotations: { name } });
}

export function sourceOf({ descriptor, bytes }: Sample, pieceBytes = 64 * 1024): BlobSource {
  return {
    digest: descriptor.digest,
    size: descriptor.size,
    async *open(offset) {
      for (let at = offset; at < bytes.byteLength; at += pieceBytes) {
        await Promise.resolve();
        yield bytes.subarray(at, at + pieceBytes);
      }
    },
  };
}

/** Puts a whole image into a repository without asking anybody. */
export function place(repository: SmallRepository, image: SampleImage, tag: string): void {
  for (const { descriptor, bytes } of [image.layer, image.config]) repository.blobs.set(descriptor.digest, bytes);
  for (const { descriptor, bytes } of [image.manifest, image.index])
    repository.manifests.set(descriptor.digest, { bytes, mediaType: descriptor.mediaType });
  repository.tags.set(tag, image.index.descriptor.digest);
}

export function sampleOf(mediaType: string, bytes: Buffer): Sample {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.byteLength }, bytes };
}

function documentOf(mediaType: string, fields: object): Sample {
  return sampleOf(mediaType, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields })));
}

/** Bytes that do not repeat at any period that matters. */
function noise(count: number, seed: string): Buffer {
  const block = Buffer.concat(
    Array.from({ length: 128 }, (_, number) => createHash('sha512').update(`${seed}/${number}`).digest()),
  );
  const bytes = Buffer.alloc(count, block);
  for (let at = 0; at + 4 <= count; at += block.byteLength) bytes.writeUInt32BE(at, at);
  return bytes;
}
