import { Fault } from '../errors/fault.ts';
import { type Descriptor, descriptorOf } from './descriptor.ts';
import type { Digest } from './digest.ts';
import { encodeDocument } from './encode.ts';
import { type ImageConfig, platformOf } from './image-config.ts';
import { artifactTypeOf, attestedDigest, type ImageNode, isAttestation } from './image-graph.ts';
import type { ImageIndex } from './image-index.ts';
import { isDockerType, isIndexType, mediaTypes } from './media-types.ts';
import { formatPlatform, normalizePlatform, type Platform } from './platform.ts';

export interface MergeInput {
  /** The parts in the order in which their images are to stand: manifests, or indexes that are flattened. */
  readonly parts: readonly Descriptor[];
  /** The indexes among the parts and below them, and the manifests as far as they are at hand. */
  readonly nodes: ReadonlyMap<Digest, ImageNode>;
  /** The configs by their digest: they give the platform of images whose descriptor has none. */
  readonly configs?: ReadonlyMap<Digest, ImageConfig>;
  /** Of the index itself. */
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface MergedIndex {
  readonly index: ImageIndex;
  readonly bytes: Uint8Array;
  readonly descriptor: Descriptor;
}

/**
 * Assembles the index of several single-platform results.
 *
 * - Nested indexes are flattened, since half of all readers do not look into them.
 * - Platforms are normalised, taken from the config where the descriptor has none, and never written with an empty field.
 * - Attestations keep their annotations and stand right behind the image they are about; `artifactType` is what the
 *   manifest says, never what the part's descriptor claims.
 * - An equal entry stands once, with the annotations of both; two images for one platform are a fault.
 * - Where every entry is of a Docker type the result is a manifest list, which cannot hold annotations.
 *
 * Equal input gives equal bytes.
 * @throws {Fault} INDEX_CONFLICT, CONTENT_MISSING
 */
export function mergeIndex(input: MergeInput): MergedIndex {
  const flat = flatten(input.parts, input.nodes, new Set());
  const entries = distinct(flat.map((entry) => settle(entry, input)));
  refuseConflicts(entries);
  const manifests = besideTheirImages(entries);
  const mediaType = chooseType(manifests, input.annotations ?? {});
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType,
    manifests,
    ...(hasKeys(input.annotations) ? { annotations: input.annotations } : {}),
  };
  const bytes = encodeDocument(index);
  return { index, bytes, descriptor: descriptorOf(mediaType, bytes) };
}

/** An index that was met before adds nothing: indexes that name one another many times must not multiply. */
function flatten(
  parts: readonly Descriptor[],
  nodes: ReadonlyMap<Digest, ImageNode>,
  met: Set<Digest>,
): readonly Descriptor[] {
  return parts.flatMap((part) => {
    if (!isIndexType(part.mediaType)) return [part];
    if (met.has(part.digest)) return [];
    met.add(part.digest);
    const node = nodes.get(part.digest);
    if (node?.kind === 'index') return flatten(node.index.manifests, nodes, met);
    throw new Fault('CONTENT_MISSING', `Cannot assemble the index: the content of ${part.digest} is not at hand`, {
      where: { reference: part.digest },
    });
  });
}

/** The entry as it is to stand in the index: its platform whole or absent, its artifact type true. */
function settle(entry: Descriptor, input: MergeInput): Descriptor {
  const { platform: written, artifactType: claimed, annotations, ...rest } = entry;
  const node = input.nodes.get(entry.digest);
  const manifest = node?.kind === 'manifest' ? node.manifest : undefined;
  const config = manifest === undefined ? undefined : input.configs?.get(manifest.config.digest);
  const platform = [written, config === undefined ? undefined : platformOf(config)].find(isWhole);
  const artifactType = manifest === undefined ? claimed : artifactTypeOf(manifest);
  return {
    ...rest,
    ...(hasKeys(annotations) ? { annotations } : {}),
    ...(platform === undefined ? {} : { platform: normalizePlatform(platform) }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

function isWhole(platform: Platform | undefined): platform is Platform {
  return platform !== undefined && platform.os !== '' && platform.architecture !== '';
}

/** One digest may stand for several platforms, or attest to several images; for one of them it stands once. */
function distinct(entries: readonly Descriptor[]): readonly Descriptor[] {
  const told = new Map(entries.map(({ digest, platform }) => [platform === undefined ? '' : digest, platform]));
  const kept = new Map<string, Descriptor>();
  for (const entry of entries) {
    const platform = entry.platform ?? told.get(entry.digest);
    const key = `${entry.digest} ${platform === undefined ? '' : formatPlatform(platform)} ${attestedDigest(entry) ?? ''}`;
    const annotations = { ...kept.get(key)?.annotations, ...entry.annotations };
    kept.set(key, {
      ...entry,
      ...(platform === undefined ? {} : { platform }),
      ...(hasKeys(annotations) ? { annotations } : {}),
    });
  }
  return [...kept.values()];
}

function refuseConflicts(entries: readonly Descriptor[]): void {
  const images = new Map<string, Descriptor>();
  for (const entry of entries) {
    if (entry.platform === undefined || entry.platform.os === 'unknown') continue;
    if (entry.artifactType !== undefined || isAttestation(entry)) continue;
    const platform = formatPlatform(entry.platform);
    const other = images.get(platform);
    if (other !== undefined) {
      throw new Fault(
        'INDEX_CONFLICT',
        `Cannot assemble the index: ${platform} has two images, ${other.digest} and ${entry.digest}, expected one`,
        { where: { platform } },
      );
    }
    images.set(platform, entry);
  }
}

/** Attestations right behind their image; those about nothing in this index at the end. */
function besideTheirImages(entries: readonly Descriptor[]): readonly Descriptor[] {
  const subjects = new Set(entries.filter((entry) => !isAttestation(entry)).map(({ digest }) => digest));
  const attached = new Map<Digest, Descriptor[]>();
  const standing: Descriptor[] = [];
  const orphans: Descriptor[] = [];
  for (const entry of entries) {
    const subject = attestedDigest(entry);
    if (subject !== undefined && subjects.has(subject))
      attached.set(subject, [...(attached.get(subject) ?? []), entry]);
    else (isAttestation(entry) ? orphans : standing).push(entry);
  }
  const placed = standing.flatMap((entry) => {
    const attestations = attached.get(entry.digest) ?? [];
    attached.delete(entry.digest);
    return [entry, ...attestations];
  });
  return [...placed, ...orphans];
}

function chooseType(entries: readonly Descriptor[], annotations: Readonly<Record<string, string>>): string {
  const isDocker = entries.length > 0 && entries.every(({ mediaType }) => isDockerType(mediaType));
  if (!isDocker) return mediaTypes.index;
  const annotated = entries.find((entry) => entry.annotations !== undefined);
  if (hasKeys(annotations) || annotated !== undefined) {
    const key = Object.keys({ ...annotations, ...annotated?.annotations })[0] ?? '';
    throw new Fault(
      'INDEX_CONFLICT',
      `Cannot annotate the index with "${key}": all its images are of Docker's types, so it is a Docker manifest list, expected an OCI image among them`,
      { hint: 'Leave the annotation out, or build the images with OCI media types' },
    );
  }
  return mediaTypes.dockerManifestList;
}

function hasKeys(map: Readonly<Record<string, string>> | undefined): map is Readonly<Record<string, string>> {
  return map !== undefined && Object.keys(map).length > 0;
}
