import type { Descriptor } from '../../oci/descriptor.ts';
import { digestOf } from '../../oci/digest.ts';
import { encodeDocument } from '../../oci/encode.ts';
import type { HistoryEntry, ImageConfig } from '../../oci/image-config.ts';
import type { ImageManifest } from '../../oci/image-manifest.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { normalizePlatform, type Platform } from '../../oci/platform.ts';
import type { Recipe } from '../../plan/cell.ts';
import { once } from '../../store/collect-content.ts';
import type { ContentStore } from '../../store/content-store.ts';
import type { ImageState, StateHistory } from './image-state.ts';

export interface ImageFacts {
  readonly platform: Platform;
  readonly recipe: Pick<Recipe, 'labels' | 'annotations'>;
  /** In seconds since 1970: the time of the image and of all history that this build adds. */
  readonly createdSeconds: number;
  /** Whether that time is SOURCE_DATE_EPOCH: then no history is later, that of the base neither. Default: false. */
  readonly isEpoch?: boolean;
}

export interface WrittenImage {
  readonly manifest: Descriptor;
  readonly config: Descriptor;
}

/** Writes config and manifest of an image whose layers lie in the store already. @throws {Fault} STORE_FULL, STORE_DENIED */
export async function writeImage(store: ContentStore, state: ImageState, facts: ImageFacts): Promise<WrittenImage> {
  const config = await writeDocument(store, composeConfig(state, facts), mediaTypes.config);
  const { annotations } = facts.recipe;
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers: state.layers.map(({ descriptor }) => descriptor),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  return { config, manifest: await writeDocument(store, manifest, mediaTypes.manifest) };
}

/** The config as BuildKit writes it, but for its times: those are the same in every build of the same input. */
export function composeConfig(state: ImageState, facts: ImageFacts): ImageConfig {
  const { platform, recipe } = facts;
  const created = formatTime(facts.createdSeconds);
  const Labels = { ...state.config.Labels, ...recipe.labels };
  return {
    created,
    ...(state.author === undefined ? {} : { author: state.author }),
    ...normalizePlatform(platform),
    config: { ...state.config, ...(Object.keys(Labels).length === 0 ? {} : { Labels }) },
    rootfs: { type: 'layers', diff_ids: state.layers.map(({ diffId }) => diffId) },
    ...(state.history.length === 0 ? {} : { history: state.history.map((entry) => historyEntry(entry, facts)) }),
  };
}

function historyEntry({ isNew, ...entry }: StateHistory, { createdSeconds, isEpoch }: ImageFacts): HistoryEntry {
  const isLater = isEpoch === true && Date.parse(entry.created ?? '') > createdSeconds * 1000;
  return isNew === true || isLater ? { ...entry, created: formatTime(createdSeconds) } : entry;
}

/** RFC 3339, without the part of a second. */
export function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

async function writeDocument(store: ContentStore, document: object, mediaType: string): Promise<Descriptor> {
  const bytes = encodeDocument(document);
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.write(once(bytes), descriptor);
  return descriptor;
}
