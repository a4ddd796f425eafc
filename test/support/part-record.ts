import { type Descriptor, descriptorOf } from '../../src/oci/descriptor.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { encodeDocument } from '../../src/oci/encode.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import type { CellRecord } from '../../src/plan/cell-record.ts';
import type { Part } from '../../src/plan/part.ts';
import { once } from '../../src/store/collect-content.ts';
import type { ContentStore } from '../../src/store/content-store.ts';

export const sampleInputs: Digest = digestOf('inputs');

/** A small image of one platform, written into a store, as a part. Equal words give equal bytes. */
export async function writePart(
  store: ContentStore,
  { cell = 'app/linux/arm64', platform = 'linux/arm64', words = 'hello', created = '2026-01-01T00:00:00Z' } = {},
): Promise<Part> {
  const layer = Buffer.from(words);
  const { os, architecture, variant } = parsePlatform(platform);
  const config = encodeDocument({
    created,
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
  });
  const layerDescriptor = descriptorOf('application/vnd.oci.image.layer.v1.tar', layer);
  const configDescriptor = descriptorOf('application/vnd.oci.image.config.v1+json', config);
  const manifest = encodeDocument({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: configDescriptor,
    layers: [layerDescriptor],
  });
  const descriptor = descriptorOf('application/vnd.oci.image.manifest.v1+json', manifest);
  await store.write(once(layer), layerDescriptor);
  await store.write(once(config), configDescriptor);
  await store.write(once(manifest), descriptor);
  return {
    cell,
    platform,
    manifest: descriptor,
    config: configDescriptor,
    layers: [{ descriptor: layerDescriptor, diffId: digestOf(layer), cached: false, createdBy: 'COPY' }],
    sizeBytes: layer.byteLength + config.byteLength,
    durationMs: 10,
    steps: { total: 1, cached: 0 },
    engine: 'test',
  };
}

/** The record of a part of a made-up image, built. */
export function partRecord(changes: Partial<CellRecord> = {}): CellRecord {
  const part: Part = {
    cell: 'app/linux/arm64',
    platform: 'linux/arm64',
    manifest: madeUp('application/vnd.oci.image.manifest.v1+json', 'manifest'),
    config: madeUp('application/vnd.oci.image.config.v1+json', 'config'),
    layers: [
      {
        descriptor: madeUp('application/vnd.oci.image.layer.v1.tar+gzip', 'layer'),
        diffId: digestOf('tar'),
        cached: false,
        createdBy: 'COPY',
      },
    ],
    sizeBytes: 11,
    durationMs: 10,
    steps: { total: 1, cached: 0 },
    engine: 'test',
    location: 'ghcr.io/acme/app',
  };
  return {
    version: 1,
    kind: 'polyarch/part',
    runId: '20260101T000000Z-abcdef',
    cell: part.cell,
    platform: part.platform,
    finishedAt: '2026-01-01T00:00:00.000Z',
    inputs: sampleInputs,
    outcome: { cell: part.cell, state: 'built', part },
    ...changes,
  };
}

function madeUp(mediaType: string, text: string): Descriptor {
  return descriptorOf(mediaType, Buffer.from(text));
}
