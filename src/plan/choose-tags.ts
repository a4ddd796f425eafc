import type { ImageConfig, VariantConfig } from '../config/config.ts';
import { Fault } from '../errors/fault.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import type { ReleaseTags } from './release-tags.ts';
import { beginsWell, longestTag } from './tags/fit-tag.ts';
import { variantTags } from './tags/variant-affix.ts';

/** The tag of a release that nobody named. */
export const usualTag = 'latest';

/** The tags of a release in one repository. */
export type NamedTags = Pick<ReleaseTags, 'tags' | 'latest' | 'immutable'>;

/** What a release is called. */
export interface ReleaseNames {
  /** By whole name of a repository: what the user named with `-t`; empty where that was not used. */
  readonly given: ReadonlyMap<string, NamedTags>;
  /** What the tag rules gave, or the usual tag. */
  readonly own: NamedTags;
  /** Whether `own` comes from rules. */
  readonly isRuled: boolean;
}

/** The names of a release: those of `-t`, else those of the tag rules, else `latest`, each as the variant has it. */
export function chooseTags(image: ImageConfig, variant: VariantConfig, ruled: ReleaseTags | undefined): ReleaseNames {
  const usual = variantTags([usualTag], affixOf(variant));
  return {
    given: givenTags(image, variant),
    own: ruled ?? { tags: usual, latest: usual, immutable: [] },
    isRuled: ruled !== undefined,
  };
}

function givenTags(image: ImageConfig, variant: VariantConfig): ReadonlyMap<string, NamedTags> {
  const names = new Map<string, readonly string[]>();
  for (const text of image.references) {
    const { registry, repository, tag } = parseReference(text);
    const name = formatReference({ registry, repository });
    names.set(name, [...(names.get(name) ?? []), tag ?? usualTag]);
  }
  const { latest: _, ...affix } = affixOf(variant);
  const latest = new Set(variantTags([usualTag], affix));
  return new Map(
    [...names].map(([name, written]) => {
      const tags = variantTags(written, affix);
      return [name, { tags, latest: tags.filter((tag) => latest.has(tag)), immutable: [] }];
    }),
  );
}

/** An image without variants has one that is the default of nothing. */
function affixOf(variant: VariantConfig): VariantConfig {
  return variant.name === '' ? { ...variant, default: false } : variant;
}

/** @throws {Fault} TAG_UNUSABLE where no registry takes one of the tags */
export function refuseUnusableTags(tags: readonly string[], repository: string): void {
  for (const tag of tags) {
    const shown = tag.length > 60 ? `${tag.slice(0, 60)}…` : tag;
    if (tag.length > longestTag)
      throw new Fault(
        'TAG_UNUSABLE',
        `Cannot push "${repository}:${shown}": the tag has ${tag.length} characters, expected at most ${longestTag}`,
        { hint: 'Shorten it with type=match, or with a shorter prefix or suffix', where: { repository } },
      );
    if (!beginsWell(tag))
      throw new Fault(
        'TAG_UNUSABLE',
        `Cannot push "${repository}:${shown}": the tag begins with "${tag.charAt(0)}", expected a letter, a digit or "_"`,
        { hint: 'Put a prefix before it', where: { repository } },
      );
  }
}
