import { Fault } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isDigest } from '../oci/digest.ts';
import type { ImageIndex } from '../oci/image-index.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { TagOptions } from './content-store.ts';
import { isReferrersTag } from './referrers-tag.ts';

/** The annotations of an entry of `index.json` that name an image. */
export const nameAnnotations = {
  /** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys */
  ref: 'org.opencontainers.image.ref.name',
  /** The whole reference, as containerd, `docker save` and `docker buildx build --output type=oci` write it. */
  containerd: 'io.containerd.image.name',
} as const;

/** The `index.json` of a layout that holds nothing yet. */
export const emptyIndex: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };

/**
 * The entry that a name means: the same whole reference or tag, or the digest itself. "" means the only image:
 * undefined where there are several. The naming annotations are taken off: they belong to the layout, not to the image.
 */
export function findImage(index: ImageIndex, name: string): Descriptor | undefined {
  const entry = name === '' ? onlyImage(index) : namedEntry(index, name);
  return entry === undefined ? undefined : withoutNames(entry);
}

/**
 * Makes a name mean a descriptor; what had the name before loses it. "" is the entry without a name. `whole` is the
 * reference that goes with a name that is a tag only.
 */
export function nameImage(
  index: ImageIndex,
  name: string,
  { whole, ...descriptor }: Descriptor & { readonly whole?: string | undefined },
): ImageIndex {
  const others = index.manifests.filter((entry) => !hasName(entry, name));
  const reference = readReference(whole ?? name);
  const isWhole = whole !== undefined || name.includes('/');
  const names = {
    ...(reference !== undefined && isWhole ? { [nameAnnotations.containerd]: reference } : {}),
    ...(name === '' ? {} : { [nameAnnotations.ref]: name }),
  };
  const { annotations, ...bare } = withoutNames(descriptor);
  const all = { ...annotations, ...names };
  const entry = Object.keys(all).length === 0 ? bare : { ...bare, annotations: all };
  return { ...index, manifests: [...others, entry] };
}

/** @throws {Fault} TAG_MOVED where a name does not mean what it is expected to */
export function checkExpected(index: ImageIndex, name: string, { expected }: TagOptions): void {
  const found = findImage(index, name)?.digest ?? 'absent';
  if (expected === undefined || found === expected) return;
  throw new Fault('TAG_MOVED', `Cannot move the tag "${name}": it is ${found}, expected ${expected}`, {
    where: { reference: name },
  });
}

/** Takes a name away; the same value where nothing has it. */
export function unnameImage(index: ImageIndex, name: string): ImageIndex {
  const kept = index.manifests.filter((entry) => !hasName(entry, name));
  return kept.length === index.manifests.length ? index : { ...index, manifests: kept };
}

/** Every name, each once, in the order of the index. */
export function imageNames(index: ImageIndex): readonly string[] {
  return [...new Set(index.manifests.map(nameOf))].filter((name) => name !== '');
}

/** Entries that are images, or artifacts of their own, and not only a note of what refers to another entry. */
function onlyImage(index: ImageIndex): Descriptor | undefined {
  const images = index.manifests.filter((entry) => entry.artifactType === undefined && !isReferrersTag(nameOf(entry)));
  const candidates = images.length > 0 ? images : index.manifests;
  const [first] = candidates;
  return candidates.every(({ digest }) => digest === first?.digest) ? first : undefined;
}

function namedEntry(index: ImageIndex, name: string): Descriptor | undefined {
  if (isDigest(name)) return index.manifests.find(({ digest }) => digest === name);
  const exact = index.manifests.find((entry) => hasName(entry, name));
  const whole = readReference(name);
  return (
    exact ?? (whole === undefined ? undefined : index.manifests.find((entry) => readWhole(nameOf(entry)) === whole))
  );
}

/** A name is compared as a reference only where it is more than a tag. */
function readWhole(name: string): string | undefined {
  return /[/:]/.test(name) ? readReference(name) : undefined;
}

/** The name an entry goes by: a whole reference where it has one, else its tag; "" where it has none. */
function nameOf(entry: Descriptor): string {
  const { [nameAnnotations.ref]: ref = '', [nameAnnotations.containerd]: whole = '' } = entry.annotations ?? {};
  return ref === '' || (whole !== '' && !/[/:]/.test(ref)) ? whole : ref;
}

function hasName(entry: Descriptor, name: string): boolean {
  const own = nameOf(entry);
  return (
    own === name ||
    (own !== '' && [nameAnnotations.ref, nameAnnotations.containerd].some((key) => entry.annotations?.[key] === name))
  );
}

function withoutNames(descriptor: Descriptor): Descriptor {
  const { annotations, ...bare } = descriptor;
  const kept = Object.entries(annotations ?? {}).filter(
    ([key]) => key !== nameAnnotations.ref && key !== nameAnnotations.containerd,
  );
  return kept.length === 0 ? bare : { ...bare, annotations: Object.fromEntries(kept) };
}

function readReference(text: string): string | undefined {
  try {
    return formatReference(withDefaultTag(parseReference(text)));
  } catch {
    // A name in a layout may be any text; one that is no reference is only compared as it is.
    return undefined;
  }
}
