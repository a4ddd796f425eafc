import { type Descriptor, descriptorOf } from '../../../src/oci/descriptor.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { encodeDocument } from '../../../src/oci/encode.ts';
import type { ImageConfig } from '../../../src/oci/image-config.ts';
import type { ImageManifest } from '../../../src/oci/image-manifest.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { mergeIndex } from '../../../src/oci/merge-index.ts';
import { parsePlatform } from '../../../src/oci/platform.ts';
import type { Finding } from '../../../src/verify/finding.ts';
import type { EntryFacts, ImageFacts, LayerContent, MeasuredContent } from '../../../src/verify/image-facts.ts';
import { collectLayerFact, type LayerFacts } from '../../../src/verify/layer-facts.ts';
import type { VerifyOptions } from '../../../src/verify/rule.ts';
import { verifyImage } from '../../../src/verify/verify-image.ts';
import { elfFor } from '../../support/elf-file.ts';

/** Content that is what its descriptor says. */
export function measured(descriptor: Descriptor): MeasuredContent {
  return { descriptor, measured: { digest: descriptor.digest, size: descriptor.size } };
}

/** A layer with files, each a path and its content. */
export function layerOf(name: string, files: Readonly<Record<string, Buffer>>): LayerContent {
  const descriptor = descriptorOf(mediaTypes.layerGzip, Buffer.from(name));
  const facts: LayerFacts = Object.entries(files).flatMap(
    ([path, content]) => collectLayerFact({ path, type: 'file' }, content) ?? [],
  );
  return { ...measured(descriptor), diffId: digestOf(`${name} unpacked`), facts };
}

/** An image of a platform whose layers are as they should be. */
export function imageOf(
  platform: string,
  layers: readonly LayerContent[] = [layerOf(platform, { 'bin/app': elfFor(platform) })],
): EntryFacts {
  const { os, architecture, variant } = parsePlatform(platform);
  const imageConfig: ImageConfig = {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId ?? digestOf('')) },
  };
  const config = descriptorOf(mediaTypes.config, encodeDocument(imageConfig));
  const manifest: ImageManifest = { schemaVersion: 2, config, layers: layers.map(({ descriptor }) => descriptor) };
  const descriptor = {
    ...descriptorOf(mediaTypes.manifest, encodeDocument(manifest)),
    platform: parsePlatform(platform),
  };
  return { ...measured(descriptor), manifest, config: measured(config), imageConfig, layers };
}

/** An entry with the provenance of an image, as BuildKit writes it. */
export function attestationOf(image: EntryFacts): EntryFacts {
  const descriptor: Descriptor = {
    ...descriptorOf(mediaTypes.manifest, Buffer.from(`about ${image.descriptor.digest}`)),
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': image.descriptor.digest,
    },
  };
  return { ...measured(descriptor), layers: [] };
}

/** An image index of entries. */
export function factsOf(...entries: readonly EntryFacts[]): ImageFacts {
  const { index, descriptor } = mergeIndex({ parts: [], nodes: new Map() });
  const manifests = entries.map((entry) => entry.descriptor);
  return { root: measured(descriptor), index: { ...index, manifests }, entries };
}

/** The findings as `rule level`, and the findings themselves. */
export function check(
  facts: ImageFacts,
  options: VerifyOptions = {},
): { readonly told: readonly string[]; readonly first: Finding | undefined } {
  const findings = verifyImage(facts, options);
  return { told: findings.map(({ rule, level }) => `${rule} ${level}`), first: findings[0] };
}
