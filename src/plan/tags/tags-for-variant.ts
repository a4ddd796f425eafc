import { checkTag } from './check-tags.ts';
import type { EvaluatedTags, TagVersion } from './evaluate-tag-rules.ts';
import { sanitizeTag } from './fit-tag.ts';
import { labelKey } from './tag-labels.ts';
import { collectWarnings } from './tag-warning.ts';

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
  /** Whether `latest` moves with it where the rules move it. Default: true. */
  readonly latest?: boolean | undefined;
}

/**
 * The tags of one variant: every tag of the rules with its suffix or prefix, `latest` too (`latest-python`). The label
 * and annotation `org.opencontainers.image.version` follow the main tag where they held it.
 */
export function tagsForVariant(evaluated: EvaluatedTags, variant: TagVariant): EvaluatedTags {
  const affix = affixOf(variant);
  const latest = evaluated.version.latest && variant.latest !== false;
  const tags = imagesOf(evaluated).flatMap((references) => {
    const moved = evaluated.version.latest && !latest ? references.slice(0, -1) : references;
    const own = moved.map((reference) => onTag(reference, affix));
    return variant.default === true ? [...new Set([...moved, ...own])] : own;
  });
  const version = versionOf({ ...evaluated.version, latest }, variant, affix);
  const { warnings, warn } = collectWarnings();
  for (const warning of evaluated.warnings) warn(warning);
  for (const tag of new Set(tags)) checkTag(tag.slice(tagStart(tag)), warn);
  return {
    version,
    tags,
    labels: labelsOf(evaluated.labels, evaluated.version, version),
    annotations: labelsOf(evaluated.annotations, evaluated.version, version),
    warnings,
  };
}

type Affix = (tag: string) => string;

function affixOf({ name, prefix = '', suffix }: TagVariant): Affix {
  const behind = suffix ?? (name === '' || prefix !== '' ? '' : `-${name}`);
  return (tag) => sanitizeTag(`${prefix}${tag}${behind}`);
}

/** The tags of each image: main, partial, and `latest` at the end where it moves. */
function imagesOf({ tags, version }: EvaluatedTags): readonly (readonly string[])[] {
  const count = 1 + version.partial.length + (version.latest ? 1 : 0);
  return Array.from({ length: Math.ceil(tags.length / count) }, (_, at) => tags.slice(at * count, (at + 1) * count));
}

function versionOf({ main, partial, latest }: TagVersion, variant: TagVariant, affix: Affix): TagVersion {
  if (main === undefined) return { main, partial, latest };
  const own = [main, ...partial].map(affix);
  const all = new Set(variant.default === true ? [main, ...partial, ...own] : own);
  const [first, ...others] = all;
  return { main: first, partial: others, latest };
}

function onTag(reference: string, affix: Affix): string {
  const start = tagStart(reference);
  return reference.slice(0, start) + affix(reference.slice(start));
}

function tagStart(reference: string): number {
  return reference.lastIndexOf(':') + 1;
}

function labelsOf(labels: readonly string[], from: TagVersion, to: TagVersion): readonly string[] {
  const key = labelKey('version');
  return labels.map((label) => (label === `${key}=${from.main ?? ''}` ? `${key}=${to.main ?? ''}` : label));
}
