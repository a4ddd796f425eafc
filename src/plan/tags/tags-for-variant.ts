import { checkTag } from './check-tags.ts';
import type { EvaluatedTags, RuleTag, TagVersion } from './evaluate-tag-rules.ts';
import { labelKey } from './tag-labels.ts';
import { collectWarnings } from './tag-warning.ts';
import { affixTag, type TagVariant } from './variant-affix.ts';

/**
 * The tags of one variant: every tag of the rules with its suffix or prefix, `latest` too (`latest-python`). The label
 * and annotation `org.opencontainers.image.version` follow the main tag where they held it.
 */
export function tagsForVariant(given: EvaluatedTags, variant: TagVariant): EvaluatedTags {
  const evaluated = variant.latest === false ? withoutLatest(given) : given;
  function affix(tag: string): string {
    return affixTag(tag, variant);
  }
  const tags = imagesOf(evaluated).flatMap((references) => {
    const own = references.map((reference) => onTag(reference, affix));
    return variant.default === true ? [...new Set([...references, ...own])] : own;
  });
  const version = versionOf(evaluated.version, variant, affix);
  const { warnings, warn } = collectWarnings();
  for (const warning of evaluated.warnings) warn(warning);
  for (const tag of new Set(tags)) checkTag(tag.slice(tagStart(tag)), warn);
  return {
    version,
    tags,
    labels: labelsOf(evaluated.labels, evaluated.version, version),
    annotations: labelsOf(evaluated.annotations, evaluated.version, version),
    warnings,
    rules: evaluated.rules.flatMap((rule) => rulesOf(rule, variant, affix)),
  };
}

type Affix = (tag: string) => string;

/** Without the `latest` that moves by itself, and without one that a rule gave. */
function withoutLatest(evaluated: EvaluatedTags): EvaluatedTags {
  const { version, rules } = evaluated;
  const tags = imagesOf(evaluated).flatMap((references) =>
    (version.latest ? references.slice(0, -1) : references).filter((text) => text.slice(tagStart(text)) !== 'latest'),
  );
  const [main, ...partial] = [version.main ?? '', ...version.partial].filter((tag) => tag !== '' && tag !== 'latest');
  return {
    ...evaluated,
    version: { main, partial, latest: false },
    tags,
    rules: rules.filter(({ tag }) => tag !== 'latest'),
  };
}

function rulesOf(rule: RuleTag, variant: TagVariant, affix: Affix): readonly RuleTag[] {
  const own = { ...rule, tag: affix(rule.tag) };
  return variant.default === true && own.tag !== rule.tag ? [rule, own] : [own];
}

/** The tags of each image: main, partial, and `latest` at the end where it moves. */
function imagesOf({ tags, version }: EvaluatedTags): readonly (readonly string[])[] {
  const count = (version.main === undefined ? 0 : 1) + version.partial.length + (version.latest ? 1 : 0);
  if (count === 0) return [];
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
