import { createHash } from 'node:crypto';
import { type Compression, detectCompression, detectionBytes } from '../archive/detect-compression.ts';
import { isFault } from '../errors/fault.ts';
import { type Decoder, decodeDocument, decodeText, listOf, objectOf, optional } from '../oci/decode.ts';
import { type Descriptor, descriptorOf } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { encodeDocument } from '../oci/encode.ts';
import { decodeConfig, type ImageConfig, platformOf } from '../oci/image-config.ts';
import type { ImageIndex } from '../oci/image-index.ts';
import type { ImageManifest } from '../oci/image-manifest.ts';
import { mediaTypes } from '../oci/media-types.ts';

import type { ArchiveFile, ArchiveSpan } from './archive-file.ts';
import type { ArchiveImages } from './archive-store.ts';
import { joinChunks } from './collect-content.ts';
import { emptyIndex, nameImage } from './layout-index.ts';

interface SavedImage {
  readonly Config: string;
  readonly RepoTags?: readonly string[];
  readonly Layers: readonly string[];
}

const savedImages: Decoder<readonly SavedImage[]> = listOf(
  objectOf<SavedImage>({ Config: decodeText, RepoTags: optional(listOf(decodeText)), Layers: listOf(decodeText) }),
);

/**
 * Reads the images of an archive that is none of an OCI layout: `manifest.json` names a config and layers, and from these an
 * OCI manifest is made. A plain layer goes by its diff id, which its bytes hash to, and is hashed only when it is read.
 * @throws {Fault} IMAGE_ARCHIVE_MALFORMED
 */
export async function readDockerImages(archive: ArchiveFile): Promise<ArchiveImages> {
  const document = await archive.readDocument('manifest.json');
  if (document === undefined) {
    throw archive.malformed('it has neither manifest.json nor oci-layout and index.json, so it holds no image');
  }
  try {
    const contents = new Map<Digest, ArchiveSpan | Uint8Array>();
    let index: ImageIndex = emptyIndex;
    for (const saved of decodeDocument(document, 'manifest.json', savedImages)) {
      const descriptor = await readImage(archive, saved, contents);
      const names = saved.RepoTags ?? [];
      for (const name of names.length === 0 ? [''] : names) index = nameImage(index, name, descriptor);
    }
    return { contents, index };
  } catch (error) {
    if (isFault(error, 'DOCUMENT_MALFORMED')) throw archive.malformed(error.message, error);
    throw error;
  }
}

async function readImage(
  archive: ArchiveFile,
  saved: SavedImage,
  contents: Map<Digest, ArchiveSpan | Uint8Array>,
): Promise<Descriptor> {
  const configBytes = await archive.readDocument(saved.Config);
  if (configBytes === undefined) throw archive.malformed(`it has no config "${saved.Config}"`);
  const config = decodeConfig(configBytes);
  const { diff_ids: diffIds } = config.rootfs;
  if (diffIds.length !== saved.Layers.length) {
    throw archive.malformed(`"${saved.Config}" names ${diffIds.length} layers, manifest.json ${saved.Layers.length}`);
  }
  const layers: Descriptor[] = [];
  for (const [place, diffId] of diffIds.entries()) {
    const { descriptor, span } = await readLayer(archive, saved.Layers[place] ?? '', diffId);
    contents.set(descriptor.digest, span);
    layers.push(descriptor);
  }
  const configDescriptor = descriptorOf(mediaTypes.config, configBytes);
  contents.set(configDescriptor.digest, configBytes);
  return addManifest(
    { schemaVersion: 2, mediaType: mediaTypes.manifest, config: configDescriptor, layers },
    config,
    contents,
  );
}

function addManifest(
  manifest: ImageManifest,
  config: ImageConfig,
  contents: Map<Digest, ArchiveSpan | Uint8Array>,
): Descriptor {
  const bytes = encodeDocument(manifest);
  const descriptor = descriptorOf(mediaTypes.manifest, bytes);
  contents.set(descriptor.digest, bytes);
  return { ...descriptor, platform: platformOf(config) };
}

async function readLayer(
  archive: ArchiveFile,
  path: string,
  diffId: Digest,
): Promise<{ readonly descriptor: Descriptor; readonly span: ArchiveSpan }> {
  const span = archive.find(path);
  if (span === undefined) throw archive.malformed(`it has no layer "${path}"`);
  const start = await joinChunks(archive.read({ ...span, size: Math.min(detectionBytes, span.size) }));
  const mediaType = layerTypes[detectCompression(start)];
  if (mediaType === undefined) throw archive.malformed(`the layer "${path}" is compressed with neither gzip nor zstd`);
  const digest = mediaType === mediaTypes.layer ? diffId : await hashSpan(archive, span);
  return { descriptor: { mediaType, digest, size: span.size }, span };
}

const layerTypes: Readonly<Partial<Record<Compression, string>>> = {
  none: mediaTypes.layer,
  gzip: mediaTypes.layerGzip,
  zstd: mediaTypes.layerZstd,
};

async function hashSpan(archive: ArchiveFile, span: ArchiveSpan): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of archive.read(span)) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
