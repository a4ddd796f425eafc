import { Fault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { copyGraph } from '../../store/copy.ts';
import { formatLocation, type Location, parseLocation } from '../../store/location.ts';
import { imageOf, openLocation } from '../../store/open-location.ts';

/** What became of one tag. */
export interface WrittenTag {
  /** As it was typed. */
  readonly name: string;
  readonly state: 'new' | 'moved' | 'unchanged';
  /** What it pointed at; absent where it was new. */
  readonly from?: Digest;
}

export interface WriteIndexOptions {
  readonly host: Host;
  readonly source: ImageStore;
  /** Each a reference, or `oci:DIR:NAME`. */
  readonly tags: readonly string[];
}

interface Place {
  readonly store: ImageStore;
  readonly tags: { readonly name: string; readonly tag: string }[];
}

/**
 * Writes an index and all below it under several tags: by digest in every place, read back, and only then the tags in their
 * order, each read back. Where one place fails, no tag has moved in any.
 *
 * @throws {Fault} TAG_LOST and those of the places, with `where.side`
 */
export async function writeIndex(index: Descriptor, options: WriteIndexOptions): Promise<readonly WrittenTag[]> {
  const { host, source } = options;
  const places = await openPlaces(options);
  try {
    for (const { store } of places) {
      await copyGraph(index, { host, source, destination: store });
      await confirm(store, index.digest, index);
    }
    const written: WrittenTag[] = [];
    for (const { store, tags } of places) {
      for (const { name, tag } of tags) written.push({ name, ...(await move(store, tag, index)) });
      await store.close?.();
    }
    return written;
  } catch (problem) {
    for (const { store } of places) await store.discard?.();
    throw problem;
  }
}

async function move(store: ImageStore, tag: string, index: Descriptor): Promise<Omit<WrittenTag, 'name'>> {
  const before = await store.resolve(tag);
  if (before?.digest === index.digest) return { state: 'unchanged', from: before.digest };
  await store.tag(tag, index);
  await confirm(store, tag, index);
  return before === undefined ? { state: 'new' } : { state: 'moved', from: before.digest };
}

async function confirm(store: ImageStore, name: string, { digest }: Descriptor): Promise<void> {
  const found = await store.resolve(name);
  if (found?.digest === digest) return;
  throw new Fault(
    'TAG_LOST',
    `Cannot confirm "${name}": it points at ${found?.digest ?? 'nothing'}, expected ${digest}`,
    {
      where: { ...store.where, reference: name },
      retryable: true,
    },
  );
}

async function openPlaces({ host, tags }: WriteIndexOptions): Promise<readonly Place[]> {
  const places = new Map<string, Place>();
  for (const name of tags) {
    const location = parseLocation(name);
    const key = formatLocation(withoutImage(location));
    const place = places.get(key) ?? { store: await openLocation(location, { host, mode: 'write' }), tags: [] };
    places.set(key, place);
    place.tags.push({ name, tag: imageOf(location) });
  }
  return [...places.values()];
}

function withoutImage(location: Location): Location {
  if (location.kind !== 'registry') return { ...location, image: '' };
  const { registry, repository } = location.reference;
  return { kind: 'registry', reference: { registry, repository } };
}
