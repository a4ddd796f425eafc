import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { decodeConfig, platformOf } from '../oci/image-config.ts';
import { artifactTypeOf, attestedDigest, isAttestation, isAttestationManifest, subjectOf } from '../oci/image-graph.ts';
import type { ImageManifest } from '../oci/image-manifest.ts';
import { isConfigType } from '../oci/media-types.ts';
import { formatPlatform } from '../oci/platform.ts';
import { readBytes } from './collect-content.ts';
import { type ContentGraph, type GraphDocument, gatherGraph } from './content-graph.ts';
import type { ImageStore } from './content-store.ts';
import { findReferrers } from './find-referrers.ts';
import { forEachLimited } from './for-each-limited.ts';
import type {
  InspectedAttestation,
  InspectedImage,
  InspectedPlatform,
  InspectedReferrer,
  SharedLayer,
  StatementKind,
} from './inspected-image.ts';
import { resolveImage } from './resolve-image.ts';

const parallelReads = 8;

/**
 * Gathers what is to be known about an image. An index may name images that are not there; they are told in `missing`.
 * @throws {Fault} IMAGE_MISSING, IMAGE_AMBIGUOUS, CONTENT_MISSING, DIGEST_MISMATCH, DOCUMENT_MALFORMED, GRAPH_TOO_LARGE
 */
export async function inspectImage(store: ImageStore, reference: string): Promise<InspectedImage> {
  const descriptor = await resolveImage(store, reference);
  const graph = await gatherGraph(store, descriptor, { allowMissing: true });
  const documents = inOrder(graph);
  const root = documents.get(descriptor.digest);
  const images = await readPlatforms(store, [...documents.values()]);
  const imageDigests = new Set(images.map(({ manifest }) => manifest.digest));
  const attestations = [...documents.values()].flatMap((document) => attestationOf(document, images));
  const told = new Set([...imageDigests, ...attestations.map(({ manifest }) => manifest.digest), descriptor.digest]);
  const subjects = [descriptor.digest, ...imageDigests];
  const artifactType =
    root?.node.kind === 'manifest' ? artifactTypeOf(root.node.manifest) : root?.node.index.artifactType;
  return {
    reference,
    kind: root?.node.kind === 'index' ? 'index' : images.length > 0 ? 'image' : 'artifact',
    descriptor,
    ...(artifactType === undefined ? {} : { artifactType }),
    annotations: (root === undefined ? undefined : annotationsOf(root)) ?? {},
    platforms: images,
    otherEntries: [...documents.values()]
      .map((document) => document.descriptor)
      .filter(({ digest }) => !told.has(digest)),
    attestations,
    sharedLayers: sharedLayersOf(images),
    referrers: (await findReferrers(store, [...new Set(subjects)])).map(describeFound),
    totalBytes: sumOf(images.flatMap(({ configDescriptor, layers }) => [configDescriptor, ...layers])),
    missing: graph.missing,
  };
}

/** Documents as a reader of the index meets them: an index, then its entries. */
function inOrder(graph: ContentGraph): ReadonlyMap<Digest, GraphDocument> {
  const all = new Map(graph.ranks.flat().map((document) => [document.descriptor.digest, document]));
  const ordered = new Map<Digest, GraphDocument>();
  function visit(digest: Digest): void {
    const document = all.get(digest);
    if (document === undefined || ordered.has(digest)) return;
    ordered.set(digest, document);
    if (document.node.kind === 'index') for (const entry of document.node.index.manifests) visit(entry.digest);
  }
  visit(graph.root.digest);
  return ordered;
}

async function readPlatforms(
  store: ImageStore,
  documents: readonly GraphDocument[],
): Promise<readonly InspectedPlatform[]> {
  const read: (InspectedPlatform | undefined)[] = [];
  await forEachLimited(documents.entries(), parallelReads, async ([place, { descriptor, node }]) => {
    if (node.kind !== 'manifest' || !isImage(descriptor, node.manifest)) return;
    const config = decodeConfig(await readBytes(store, node.manifest.config));
    const { config: configDescriptor, layers, annotations = {} } = node.manifest;
    const platform = formatPlatform(descriptor.platform ?? platformOf(config));
    const sizeBytes = configDescriptor.size + layers.reduce((sum, { size }) => sum + size, 0);
    read[place] = {
      platform,
      manifest: descriptor,
      annotations,
      configDescriptor,
      config,
      layers,
      sizeBytes,
      ownBytes: 0,
    };
  });
  const images = read.filter((image) => image !== undefined);
  return images.map((image) => ({ ...image, ownBytes: ownBytesOf(image, images) }));
}

function isImage(descriptor: Descriptor, manifest: ImageManifest): boolean {
  if (isAttestation(descriptor) || isAttestationManifest(manifest)) return false;
  return isConfigType(manifest.config.mediaType) && artifactTypeOf(manifest) === undefined;
}

function ownBytesOf(image: InspectedPlatform, images: readonly InspectedPlatform[]): number {
  const others = new Set(
    images
      .filter(({ manifest }) => manifest.digest !== image.manifest.digest)
      .flatMap(({ configDescriptor, layers }) => [configDescriptor, ...layers].map(({ digest }) => digest)),
  );
  return sumOf([image.configDescriptor, ...image.layers].filter(({ digest }) => !others.has(digest)));
}

function sumOf(descriptors: readonly Descriptor[]): number {
  const distinct = new Map(descriptors.map(({ digest, size }) => [digest, size]));
  return [...distinct.values()].reduce((sum, size) => sum + size, 0);
}

function sharedLayersOf(images: readonly InspectedPlatform[]): readonly SharedLayer[] {
  const shared = new Map<Digest, { readonly layer: Descriptor; readonly platforms: Set<string> }>();
  for (const { platform, layers } of images) {
    for (const layer of layers) {
      const known = shared.get(layer.digest) ?? { layer, platforms: new Set<string>() };
      known.platforms.add(platform);
      shared.set(layer.digest, known);
    }
  }
  return [...shared.values()]
    .filter(({ platforms }) => platforms.size > 1)
    .map(({ layer, platforms }) => ({ layer, platforms: [...platforms] }))
    .sort((a, b) => b.layer.size - a.layer.size);
}

function attestationOf(
  { descriptor, node }: GraphDocument,
  images: readonly InspectedPlatform[],
): readonly InspectedAttestation[] {
  if (node.kind !== 'manifest') return [];
  if (!isAttestation(descriptor) && !isAttestationManifest(node.manifest)) return [];
  const subject = attestedDigest(descriptor) ?? subjectOf(node)?.digest;
  const platform = images.find(({ manifest }) => manifest.digest === subject)?.platform;
  const statements = node.manifest.layers.map((layer) => {
    const predicateType = layer.annotations?.['in-toto.io/predicate-type'] ?? '';
    return { predicateType, kind: kindOf(predicateType), layer };
  });
  return [
    {
      manifest: descriptor,
      ...(subject === undefined ? {} : { subject }),
      ...(platform === undefined ? {} : { platform }),
      statements,
    },
  ];
}

function describeFound(found: {
  readonly subject: Digest;
  readonly descriptor: Descriptor;
  readonly tag?: string;
}): InspectedReferrer {
  const { annotations, artifactType = '' } = found.descriptor;
  const predicateType =
    annotations?.['dev.sigstore.bundle.predicateType'] ?? annotations?.['in-toto.io/predicate-type'];
  const suffix = found.tag?.slice(found.tag.lastIndexOf('.')) ?? '';
  const kind = suffix === '.sig' ? 'signature' : suffix === '.sbom' ? 'sbom' : kindOf(predicateType ?? artifactType);
  return { ...found, kind, ...(predicateType === undefined ? {} : { predicateType }) };
}

/** What a statement is, by its predicate type or the artifact type it is stored under. */
function kindOf(type: string): StatementKind {
  if (/slsa|provenance/i.test(type)) return 'provenance';
  if (/spdx|cyclonedx|syft|sbom/i.test(type)) return 'sbom';
  return /cosign|signature|notary|sigstore\.dev/i.test(type) ? 'signature' : 'other';
}

function annotationsOf({ node }: GraphDocument): Readonly<Record<string, string>> | undefined {
  return node.kind === 'index' ? node.index.annotations : node.manifest.annotations;
}
