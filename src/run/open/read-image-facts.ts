import { isFault } from '../../errors/fault.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { decodeConfig } from '../../oci/image-config.ts';
import { decodeNode, type ImageNode } from '../../oci/image-graph.ts';
import type { ImageManifest } from '../../oci/image-manifest.ts';
import { isLayerType, mediaTypes } from '../../oci/media-types.ts';
import { drain, readBytes } from '../../store/collect-content.ts';
import type { ContentStore } from '../../store/content-store.ts';
import { forEachLimited } from '../../store/for-each-limited.ts';
import { type KeptReadings, type LayerReading, readLayerFacts } from '../../store/read-layer-facts.ts';
import type { EntryFacts, ImageFacts, LayerContent, MeasuredContent } from '../../verify/image-facts.ts';

export interface ReadImageOptions {
  /** Default: every layer is read. */
  readonly kept?: KeptReadings;
}

/** Layers that are read at once; each holds about 10 MiB. */
const parallelLayers = 4;

/**
 * Gathers everything that the rules of `verify/` look at. Each document and layer is read once, however many platforms
 * share it. What is missing is a fact, not a fault; damaged content is a fault.
 *
 * @throws {Fault} DIGEST_MISMATCH, SIZE_MISMATCH, DOCUMENT_MALFORMED, ARCHIVE_MALFORMED
 */
export async function readImageFacts(
  store: ContentStore,
  root: Descriptor,
  options: ReadImageOptions = {},
): Promise<ImageFacts> {
  const rootDocument = await readDocument(store, root);
  const index = rootDocument.node?.kind === 'index' ? rootDocument.node.index : undefined;
  const documents =
    index === undefined
      ? [rootDocument]
      : await Promise.all(index.manifests.map((entry) => readDocument(store, entry)));
  const readings = await readLayers(store, documents.flatMap(layersOf), options);
  const entries = await Promise.all(documents.map((document) => readEntry(store, document, readings)));
  return { root: rootDocument.content, ...(index === undefined ? {} : { index }), entries };
}

interface ReadDocument {
  readonly content: MeasuredContent;
  readonly node?: ImageNode;
}

type Readings = ReadonlyMap<string, LayerReading>;

async function readDocument(store: ContentStore, descriptor: Descriptor): Promise<ReadDocument> {
  const bytes = await readIfThere(store, descriptor);
  if (bytes === undefined) return { content: { descriptor } };
  const node = decodeNode(bytes, descriptor.mediaType);
  return { content: measured(descriptor), ...(node === undefined ? {} : { node }) };
}

async function readEntry(store: ContentStore, document: ReadDocument, readings: Readings): Promise<EntryFacts> {
  if (document.node?.kind !== 'manifest') return { ...document.content, layers: [] };
  const { manifest } = document.node;
  const layers: LayerContent[] = [];
  for (const layer of manifest.layers) layers.push(await layerContent(store, layer, readings));
  const config = await readIfThere(store, manifest.config);
  return {
    ...document.content,
    manifest,
    config: config === undefined ? { descriptor: manifest.config } : measured(manifest.config),
    ...(config !== undefined && isImageConfig(manifest) ? { imageConfig: decodeConfig(config) } : {}),
    layers,
  };
}

function layersOf({ node }: ReadDocument): readonly Descriptor[] {
  if (node?.kind !== 'manifest' || !isImageConfig(node.manifest)) return [];
  // BuildKit's attestations have the config of an image and statements for layers.
  return node.manifest.layers.filter(({ mediaType }) => isLayerType(mediaType));
}

async function readLayers(
  store: ContentStore,
  layers: readonly Descriptor[],
  { kept }: ReadImageOptions,
): Promise<Readings> {
  const readings = new Map<string, LayerReading>();
  const distinct = new Map(layers.map((layer) => [layer.digest, layer]));
  await forEachLimited(distinct.values(), parallelLayers, async (layer) => {
    const known = kept?.read(layer);
    const reading = known ?? (await readLayerIfThere(store, layer));
    if (reading === undefined) return;
    readings.set(layer.digest, reading);
    if (known === undefined) kept?.write(layer, reading);
  });
  return readings;
}

async function readLayerIfThere(store: ContentStore, layer: Descriptor): Promise<LayerReading | undefined> {
  return orMissing(readLayerFacts(store, layer));
}

async function readIfThere(store: ContentStore, descriptor: Descriptor): Promise<Uint8Array | undefined> {
  return orMissing(readBytes(store, descriptor));
}

async function orMissing<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (problem) {
    if (isFault(problem, 'CONTENT_MISSING')) return undefined;
    throw problem;
  }
}

/** What is no layer of files, such as a statement of an attestation, is read to its end and not looked into. */
async function layerContent(store: ContentStore, descriptor: Descriptor, readings: Readings): Promise<LayerContent> {
  const reading = readings.get(descriptor.digest);
  if (reading !== undefined) return { ...measured(descriptor), diffId: reading.diffId, facts: reading.facts };
  if (isLayerType(descriptor.mediaType)) return { descriptor };
  const isThere = await orMissing(drain(store.read(descriptor)).then(() => true));
  return isThere === true ? measured(descriptor) : { descriptor };
}

/** Stores check what they read, so that content which was read whole is what its descriptor says. */
function measured(descriptor: Descriptor): MeasuredContent {
  return { descriptor, measured: { digest: descriptor.digest, size: descriptor.size } };
}

function isImageConfig(manifest: ImageManifest): boolean {
  return manifest.config.mediaType === mediaTypes.config || manifest.config.mediaType === mediaTypes.dockerConfig;
}
