import { sanitizeTag } from './fit-tag.ts';

/** How the tags of a variant differ from those of the image. */
export interface TagVariant {
  /** Empty where the image has no variants: its tags stay as they are. */
  readonly name: string;
  /** What stands behind its tags. Default: `-NAME`, nothing where there is a prefix. */
  readonly suffix?: string | undefined;
  /** What stands before its tags. Default: nothing. */
  readonly prefix?: string | undefined;
  /** Its tags also come without suffix and prefix, and stand first. Default: false. */
  readonly default?: boolean | undefined;
  /** Whether it has the tag `latest` where the rules give it. Default: true. */
  readonly latest?: boolean | undefined;
}

/** The tag as the variant has it: with its suffix or prefix. */
export function affixTag(tag: string, { name, prefix = '', suffix }: TagVariant): string {
  const behind = suffix ?? (name === '' || prefix !== '' ? '' : `-${name}`);
  return sanitizeTag(`${prefix}${tag}${behind}`);
}

/** All that one tag is for a variant, each once; nothing where it is `latest` and the variant has none. */
export function variantTags(tags: readonly string[], variant: TagVariant): readonly string[] {
  const own = variant.latest === false ? tags.filter((tag) => tag !== 'latest') : tags;
  const affixed = own.map((tag) => affixTag(tag, variant));
  return [...new Set(variant.default === true ? [...own, ...affixed] : affixed)];
}
