import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from '../oci/digest.ts';
import { encodeDocument } from '../oci/encode.ts';
import { decodeNode, type ImageNode, isAttestation } from '../oci/image-graph.ts';
import type { ImageIndex } from '../oci/image-index.ts';
import type { ImageManifest } from '../oci/image-manifest.ts';
import { isConfigType } from '../oci/media-types.ts';
import type { Platform } from '../oci/platform.ts';
import { chooseByPlatform } from '../oci/platform-match.ts';
import {
  formatFamiliarReference,
  formatReference,
  parseReference,
  type Reference,
  withDefaultTag,
} from '../oci/reference.ts';
import type { ArchiveTail } from './archive-writer.ts';
import { readBytes } from './collect-content.ts';
import type { ContentStore } from './content-store.ts';
import { nameAnnotations } from './layout-index.ts';

/** One image as `docker load` reads it. https://github.com/moby/moby/blob/v28.5.2/image/tarexport/tarexport.go */
interface LoadEntry {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

/**
 * What `docker save` puts beside the blobs: `manifest.json` with one platform of every image, `repositories` for loaders of
 * its day, and an `index.json` whose names containerd understands.
 */
export async function dockerTail(index: ImageIndex, store: ContentStore, platform: Platform): Promise<ArchiveTail> {
  const entries = new Map<Digest, LoadEntry>();
  const repositories: Record<string, Record<string, string>> = {};
  for (const root of index.manifests) {
    const manifest = await chooseManifest(root, store, platform);
    if (manifest === undefined) continue;
    const reference = readName(root);
    const before = entries.get(manifest.config.digest)?.RepoTags ?? [];
    const tags = reference === undefined ? before : [...before, formatFamiliarReference(reference)];
    entries.set(manifest.config.digest, {
      Config: pathOf(manifest.config.digest),
      RepoTags: tags,
      Layers: manifest.layers.map(({ digest }) => pathOf(digest)),
    });
    const top = manifest.layers.at(-1);
    if (reference !== undefined && top !== undefined) addRepository(repositories, reference, top.digest);
  }
  return new Map([
    ['index.json', encodeDocument({ ...index, manifests: index.manifests.map(withContainerdName) })],
    ['manifest.json', encodeList([...entries.values()])],
    ['repositories', encodeDocument(repositories)],
  ]);
}

/** The image of the platform, else the first; undefined where there is none, as in an artifact. */
async function chooseManifest(
  root: Descriptor,
  store: ContentStore,
  platform: Platform,
): Promise<ImageManifest | undefined> {
  const node = await readNode(root, store);
  if (node?.kind !== 'index')
    return node !== undefined && isConfigType(node.manifest.config.mediaType) ? node.manifest : undefined;
  const images = node.index.manifests.filter((entry) => !isAttestation(entry) && entry.artifactType === undefined);
  const chosen = chooseByPlatform(images, platform) ?? images[0];
  return chosen === undefined ? undefined : chooseManifest(chosen, store, platform);
}

async function readNode(descriptor: Descriptor, store: ContentStore): Promise<ImageNode | undefined> {
  if (!(await store.has(descriptor))) return undefined;
  return decodeNode(await readBytes(store, descriptor), descriptor.mediaType);
}

function withContainerdName(entry: Descriptor): Descriptor {
  const reference = readName(entry);
  if (reference === undefined) return entry;
  const names = {
    [nameAnnotations.containerd]: formatReference(reference),
    ...(reference.tag === undefined ? {} : { [nameAnnotations.ref]: reference.tag }),
  };
  return { ...entry, annotations: { ...entry.annotations, ...names } };
}

function readName(entry: Descriptor): Reference | undefined {
  const name = entry.annotations?.[nameAnnotations.containerd] ?? entry.annotations?.[nameAnnotations.ref];
  if (name === undefined || /^sha(?:256|512)-/.test(name)) return undefined;
  try {
    const { registry, repository, tag } = withDefaultTag(parseReference(name));
    return { registry, repository, ...(tag === undefined ? {} : { tag }) };
  } catch {
    // An image whose name Docker could not read is loaded without a name.
    return undefined;
  }
}

function addRepository(repositories: Record<string, Record<string, string>>, reference: Reference, top: Digest): void {
  const { tag = 'latest', ...repository } = reference;
  (repositories[formatFamiliarReference(repository)] ??= {})[tag] = digestHex(top);
}

function pathOf(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

function encodeList(entries: readonly LoadEntry[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(entries));
}
