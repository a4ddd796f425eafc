import type { ImageConfig, VariantConfig } from '../../config/config.ts';
import type { EventFacts } from '../event-facts.ts';
import type { ReleaseTags } from '../release-tags.ts';
import { parseSemanticVersion } from '../semantic-version.ts';
import { type EvaluatedTags, evaluateTagRules } from './evaluate-tag-rules.ts';
import { type TagSettings, tagContextOf } from './event-tag-context.ts';
import { labelKey } from './tag-labels.ts';
import type { TagWarning } from './tag-warning.ts';
import { tagsForVariant } from './tags-for-variant.ts';
import { variantTags } from './variant-affix.ts';

/** What the rules of one image give for an event. */
export interface ImageTags {
  /** By name of the variant. */
  readonly variants: Readonly<Record<string, ReleaseTags>>;
  /** Each once. */
  readonly warnings: readonly TagWarning[];
}

/**
 * Evaluates the tag rules of an image once, and gives each of its variants its own tags.
 *
 * @throws {Fault} TAG_RULE_MALFORMED, TAG_EXPRESSION_MALFORMED, TAG_CONTEXT_MALFORMED, or TAG_RULE_DOUBTFUL where strict
 */
export function evaluateImageTags(image: ImageConfig, event: EventFacts, settings: TagSettings): ImageTags {
  const { tags, flavor, strict } = image;
  const evaluated = evaluateTagRules({ tags, flavor, strict }, tagContextOf(event, settings));
  const variants = image.variants.map((variant) => [variant, tagsForVariant(evaluated, variant)] as const);
  return {
    variants: Object.fromEntries(
      variants.map(([variant, own]) => [variant.name, releaseTags({ image, variant, own, evaluated, event })]),
    ),
    warnings: distinct(variants.flatMap(([, { warnings }]) => warnings)),
  };
}

interface Evaluation {
  readonly image: ImageConfig;
  readonly variant: VariantConfig;
  /** Of the variant. */
  readonly own: EvaluatedTags;
  /** Of the image. */
  readonly evaluated: EvaluatedTags;
  readonly event: EventFacts;
}

function releaseTags({ image, variant, own, evaluated, event }: Evaluation): ReleaseTags {
  const version = versionOf(evaluated, event);
  const fixed = own.rules.filter(({ type, isWhole }) => isWhole && image.immutable.some((name) => name === type));
  const isLatest = new Set(latestTags(evaluated, variant));
  return {
    tags: own.tags,
    latest: own.tags.filter((tag) => isLatest.has(tag)),
    immutable: own.tags.filter((tag) => fixed.some((rule) => rule.tag === tag)),
    ...(version === undefined ? {} : { version }),
    labels: labelsOf(own.labels, event),
    annotations: labelsOf(own.annotations, event),
  };
}

/** The tags that stand for `latest`: the one that moves by itself, whatever the flavor made of it, and a written one. */
function latestTags({ tags, version }: EvaluatedTags, variant: VariantConfig): readonly string[] {
  const moved = version.latest ? tags.slice(-1) : [];
  return variantTags(['latest', ...moved], variant);
}

/** The first whole version among the tags, else the one that was pushed. */
function versionOf({ version, rules }: EvaluatedTags, { ref }: EventFacts): string | undefined {
  const given = rules.filter(({ type }) => type !== 'ref' && type !== 'sha').map(({ tag }) => tag);
  const pushed = ref.startsWith('refs/tags/') ? [ref.slice(ref.lastIndexOf('/') + 1)] : [];
  if (version.main === undefined) return undefined;
  return [...given, ...pushed].map((text) => parseSemanticVersion(text)?.text).find((found) => found !== undefined);
}

/**
 * What is not known is left out; and the time is that of the commit, so that the same commit gives the same bytes.
 */
function labelsOf(labels: readonly string[], { commitDate }: EventFacts): Readonly<Record<string, string>> {
  const pairs = labels.map((label) => splitLabel(label)).filter(({ value }) => value !== '');
  const timeless = pairs.filter(({ key }) => key !== labelKey('created'));
  const created = commitDate === undefined ? [] : [{ key: labelKey('created'), value: commitDate }];
  return Object.fromEntries([...timeless, ...created].map(({ key, value }) => [key, value]));
}

function splitLabel(label: string): { readonly key: string; readonly value: string } {
  const equals = label.indexOf('=');
  return { key: label.slice(0, equals), value: label.slice(equals + 1) };
}

function distinct(warnings: readonly TagWarning[]): readonly TagWarning[] {
  return [...new Map(warnings.map((warning) => [`${warning.kind} ${warning.message}`, warning])).values()];
}
