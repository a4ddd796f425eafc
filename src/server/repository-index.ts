import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { decodeIndex, type ImageIndex } from '../oci/image-index.ts';
import { mediaTypes } from '../oci/media-types.ts';
import { isTag } from '../oci/reference.ts';

/** The annotation of a layout's entry that names it. https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md#pre-defined-annotation-keys */
const tagAnnotation = 'org.opencontainers.image.ref.name';

/**
 * The `index.json` of a repository: one entry for each tag, and one for each manifest that was pushed and
 * has none.
 * A value: changes give a new one. Fields and annotations of other tools are kept.
 */
export class RepositoryIndex {
  readonly #image: ImageIndex;
  #byTag: ReadonlyMap<string, Descriptor> | undefined;
  #byDigest: ReadonlyMap<Digest, Descriptor> | undefined;
  #sortedTags: readonly string[] | undefined;

  constructor(image: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] }) {
    this.#image = image;
  }

  /** Reads an `index.json`. @throws {Fault} DOCUMENT_MALFORMED; a SyntaxError where it is no JSON */
  static parse(text: string): RepositoryIndex {
    return new RepositoryIndex(decodeIndex(JSON.parse(text)));
  }

  format(): string {
    return `${JSON.stringify(this.#image)}\n`;
  }

  /** Every manifest that was pushed, each once, oldest first. */
  get manifests(): readonly Descriptor[] {
    return [...this.#digests().values()];
  }

  /** Sorted by code unit. */
  get tags(): readonly string[] {
    this.#sortedTags ??= [...this.#tags().keys()].sort();
    return this.#sortedTags;
  }

  /** What a tag points at, without the annotation that names it. */
  tagged(tag: string): Descriptor | undefined {
    return this.#tags().get(tag);
  }

  /** The entry of a manifest that was pushed, or that a tag points at. */
  manifest(digest: Digest): Descriptor | undefined {
    return this.#digests().get(digest);
  }

  tagsOf(digest: Digest): readonly string[] {
    return this.tags.filter((tag) => this.tagged(tag)?.digest === digest);
  }

  /** Adds a manifest, and makes each tag point at it. What loses its last tag by that stays, without one. */
  withManifest(descriptor: Descriptor, tags: readonly string[]): RepositoryIndex {
    const moved = new Set(tags);
    const kept = this.#image.manifests.filter((entry) => {
      const tag = tagOf(entry);
      return tag === undefined ? moved.size === 0 || entry.digest !== descriptor.digest : !moved.has(tag);
    });
    const isThere = kept.some(({ digest }) => digest === descriptor.digest);
    const named = [...moved].map((tag) => ({ ...descriptor, annotations: { [tagAnnotation]: tag } }));
    const added = moved.size > 0 ? named : isThere ? [] : [descriptor];
    return this.#keepingManifests({ ...this.#image, manifests: [...kept, ...added] });
  }

  /** Takes a tag away; the manifest stays. */
  withoutTag(tag: string): RepositoryIndex {
    const manifests = this.#image.manifests.filter((entry) => tagOf(entry) !== tag);
    return this.#keepingManifests({ ...this.#image, manifests });
  }

  /** Takes manifests away, and every tag that points at one of them. */
  withoutManifests(digests: ReadonlySet<Digest>): RepositoryIndex {
    const manifests = this.#image.manifests.filter(({ digest }) => !digests.has(digest));
    return new RepositoryIndex({ ...this.#image, manifests });
  }

  #keepingManifests(image: ImageIndex): RepositoryIndex {
    const left = new Set(image.manifests.map(({ digest }) => digest));
    const lost = this.manifests.filter(({ digest }) => !left.has(digest));
    return new RepositoryIndex({ ...image, manifests: [...lost, ...image.manifests] });
  }

  #tags(): ReadonlyMap<string, Descriptor> {
    this.#byTag ??= new Map(
      this.#image.manifests.flatMap((entry) => {
        const tag = tagOf(entry);
        return tag === undefined ? [] : [[tag, withoutTagName(entry)] as const];
      }),
    );
    return this.#byTag;
  }

  #digests(): ReadonlyMap<Digest, Descriptor> {
    this.#byDigest ??= new Map(this.#image.manifests.map((entry) => [entry.digest, withoutTagName(entry)] as const));
    return this.#byDigest;
  }
}

/** The tag of an entry; undefined for none, and for names of other tools that can be no tag. */
function tagOf(entry: Descriptor): string | undefined {
  const name = entry.annotations?.[tagAnnotation];
  return name !== undefined && isTag(name) ? name : undefined;
}

function withoutTagName(entry: Descriptor): Descriptor {
  if (tagOf(entry) === undefined) return entry;
  const { annotations, ...bare } = entry;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => key !== tagAnnotation);
  return kept.length === 0 ? bare : { ...bare, annotations: Object.fromEntries(kept) };
}
