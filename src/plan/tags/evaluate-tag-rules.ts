import { Fault } from '../../errors/fault.ts';
import { checkLatest, checkTag } from './check-tags.ts';
import { sanitizeTag } from './fit-tag.ts';
import { parseFlavor, type TagFlavor } from './parse-flavor.ts';
import { parseImages } from './parse-images.ts';
import { parseTagRules } from './parse-tag-rule.ts';
import { renderTemplate } from './render-template.ts';
import { type ResolvedTagContext, refBehind, resolveTagContext, type TagContext } from './tag-context.ts';
import { type TagInput, tagEntries } from './tag-entries.ts';
import { globalExpressions } from './tag-expressions.ts';
import { assembleLabels } from './tag-labels.ts';
import { malformedRule, type TagRule, type TagScope } from './tag-rule.ts';
import { collectWarnings, type TagWarning, tagWarningKinds } from './tag-warning.ts';

/** The inputs of docker/metadata-action, each a list with one entry an element or a text with one a line. */
export interface TagRuleInputs {
  readonly images?: TagInput;
  /** Default: schedule, branch, tag and pull request. */
  readonly tags?: TagInput;
  readonly flavor?: TagInput;
  readonly labels?: TagInput;
  readonly annotations?: TagInput;
  /** A mistake in the rules is a fault in place of a warning. Default: false. */
  readonly strict?: boolean;
}

export interface TagVersion {
  /** The first tag; missing where no rule gave one. */
  readonly main: string | undefined;
  /** The other tags, each once. */
  readonly partial: readonly string[];
  /** Whether `latest` moves too. */
  readonly latest: boolean;
}

/** What tag rules give for one event. */
export interface EvaluatedTags {
  readonly version: TagVersion;
  /** For each image `image:tag`, or the tag alone where no image is given: main, partial, latest. */
  readonly tags: readonly string[];
  /** `key=value`, sorted by key. */
  readonly labels: readonly string[];
  /** `key=value`, sorted by key, without a level. */
  readonly annotations: readonly string[];
  readonly warnings: readonly TagWarning[];
  /** Which rule gave which tag, in the order of the tags; `latest` that moves by itself is not among them. */
  readonly rules: readonly RuleTag[];
}

/** A tag and the rule it comes from. */
export interface RuleTag {
  readonly tag: string;
  /** The type of the rule: `semver`. */
  readonly type: string;
  /** Whether it stands for all that the rule was given: `1.2.3`, but not `1.2`, of the version 1.2.3. */
  readonly isWhole: boolean;
}

/**
 * Evaluates tag rules in the language of docker/metadata-action v6.2.0: the same rules on the same event give the same
 * tags in the same order. What that language lets through although it was most likely not meant is told in `warnings`.
 *
 * @example
 * evaluateTagRules(
 *   { images: ['ghcr.io/acme/app'], tags: ['type=semver,pattern={{version}}'] },
 *   { eventName: 'push', ref: 'refs/tags/v1.2.3', now: new Date('2026-01-01') },
 * ).tags // ['ghcr.io/acme/app:1.2.3', 'ghcr.io/acme/app:latest']
 *
 * @throws {Fault} TAG_RULE_MALFORMED, TAG_EXPRESSION_MALFORMED, TAG_CONTEXT_MALFORMED, or TAG_RULE_DOUBTFUL where strict
 */
export function evaluateTagRules(inputs: TagRuleInputs, context: TagContext): EvaluatedTags {
  const { warnings, warn } = collectWarnings();
  const resolved = resolveTagContext(context);
  const values = globalExpressions(resolved, warn);
  const scope: TagScope = { context: resolved, warn, render: (text) => renderTemplate(text, values) };
  const images = parseImages(tagEntries(inputs.images), warn);
  const rules = parseTagRules(tagEntries(inputs.tags), warn);
  const flavor = parseFlavor(tagEntries(inputs.flavor), warn);
  const given = rules.flatMap((rule) => evaluateRule(rule, flavor, scope));
  const version = assembleVersion(given);
  const names = tagNames(version, flavor);
  warnOfTags({ given, flavor, version, names }, scope);
  if (inputs.strict === true) refuseMistakes(warnings);
  return {
    version,
    tags: images.length === 0 ? names : images.flatMap((image) => names.map((name) => referenceOf(image, name))),
    labels: labelsOf(inputs.labels, version, scope),
    annotations: labelsOf(inputs.annotations, version, scope),
    warnings,
    rules: given.map(({ tag, type, isWhole }) => ({ tag, type, isWhole })),
  };
}

/** A tag that a rule gave. */
interface GivenTag extends RuleTag {
  /** What the rule itself gave, without prefix and suffix. */
  readonly text: string;
  readonly latest: boolean;
  readonly suffix: string;
}

function evaluateRule(rule: TagRule, flavor: TagFlavor, scope: TagScope): readonly GivenTag[] {
  if (!isEnabled(rule, scope)) return [];
  const found = rule.type.evaluate(rule, scope);
  if (found === undefined) return [];
  const prefix = scope.render(rule.attributes.get('prefix') ?? flavor.prefix);
  const suffix = scope.render(rule.attributes.get('suffix') ?? flavor.suffix);
  const text = `${prefix}${found.text}${suffix}`;
  if (text === '') return [];
  const latest = flavor.latest === 'auto' ? found.latest : flavor.latest === 'true';
  const isWhole = found.isPartial !== true;
  return [{ tag: sanitizeTag(text), type: rule.type.name, isWhole, text: found.text, latest, suffix }];
}

function isEnabled(rule: TagRule, scope: TagScope): boolean {
  const enabled = scope.render(rule.attributes.get('enable') ?? 'true');
  if (enabled === 'true' || enabled === 'false') return enabled === 'true';
  throw malformedRule(
    `Invalid value for enable attribute: ${enabled}`,
    `Write true, false, or an expression that gives one of them, in ${rule.entry}`,
  );
}

/** The first tag is the main one and decides about `latest`. */
function assembleVersion(given: readonly GivenTag[]): TagVersion {
  const [first, ...others] = given;
  const partial = new Set(others.map(({ tag }) => tag).filter((tag) => tag !== first?.tag));
  return { main: first?.tag, partial: [...partial], latest: first?.latest ?? false };
}

function tagNames({ main, partial, latest }: TagVersion, flavor: TagFlavor): readonly string[] {
  if (main === undefined) return [];
  const prefix = flavor.prefixOnLatest ? flavor.prefix : '';
  const suffix = flavor.suffixOnLatest ? flavor.suffix : '';
  return [main, ...partial, ...(latest ? [sanitizeTag(`${prefix}latest${suffix}`)] : [])];
}

function referenceOf(image: string, tag: string): string {
  return image === '' ? tag : `${image}:${tag}`;
}

function labelsOf(input: TagInput, version: TagVersion, { context, render }: TagScope): readonly string[] {
  return assembleLabels({ context, version: version.main ?? '' }, tagEntries(input).map(render));
}

interface Outcome {
  readonly given: readonly GivenTag[];
  readonly flavor: TagFlavor;
  readonly version: TagVersion;
  readonly names: readonly string[];
}

function warnOfTags({ given, flavor, version, names }: Outcome, { context, warn }: TagScope): void {
  for (const name of names) checkTag(name, warn);
  if (version.main === undefined) warnOfNoVersion(context, warn);
  if (!version.latest) return;
  const pushed = refBehind(context.ref, 'refs/tags/');
  const versions = [...(pushed === undefined ? [] : [pushed]), ...given.slice(0, 1).map(({ text }) => text)];
  checkLatest({ flavor, versions, suffixes: given.map(({ suffix }) => suffix) }, warn);
}

function warnOfNoVersion({ eventName, ref }: ResolvedTagContext, warn: TagScope['warn']): void {
  warn({
    kind: 'no-version',
    message: 'No Docker image version has been generated. Check tags input.',
    cure: `Add a rule for event "${eventName}" on "${ref}", for example type=sha`,
  });
}

function refuseMistakes(warnings: readonly TagWarning[]): void {
  const mistakes = warnings.filter(({ kind }) => tagWarningKinds[kind] === 'mistake');
  const [first, ...others] = mistakes;
  if (first === undefined) return;
  const more = others.map(({ message }) => `\n${message}`).join('');
  throw new Fault('TAG_RULE_DOUBTFUL', `${first.message}${more}`, first.cure === undefined ? {} : { hint: first.cure });
}
