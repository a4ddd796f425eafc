import type { Config, ImageConfig } from '../../config/config.ts';
import type { Host } from '../../host/host.ts';
import type { EventFacts } from '../../plan/event-facts.ts';
import { releaseId } from '../../plan/expand-matrix.ts';
import type { ReleaseTags } from '../../plan/release-tags.ts';
import type { TagSettings } from '../../plan/tags/event-tag-context.ts';
import type { TagWarning } from '../../plan/tags/tag-warning.ts';

export interface GatherTagsOptions {
  readonly host: Host;
  readonly event: EventFacts;
  /** ISO 8601. */
  readonly now: string;
}

/** Whether tag rules were written, and names of `-t` do not take their place. */
export function hasRules({ references, tags }: ImageConfig): boolean {
  return references.length === 0 && tags.length > 0;
}

/**
 * Rules that nobody wrote are asked in CI only, and only where there is a repository that the tags are for: at a keyboard
 * the usual tag is what one expects.
 */
export function isRuled(image: ImageConfig, { isCi }: Pick<EventFacts, 'isCi'>): boolean {
  return hasRules(image) || (image.references.length === 0 && isCi && image.repositories.length > 0);
}

/**
 * What the tag rules give for the event, by release; mistakes in them are told. The language of the rules is loaded only
 * where there is something to evaluate.
 *
 * @throws {Fault} TAG_RULE_MALFORMED, TAG_EXPRESSION_MALFORMED, TAG_CONTEXT_MALFORMED, TAG_RULE_DOUBTFUL
 */
export async function gatherTags(
  config: Config,
  { host, event, now }: GatherTagsOptions,
): Promise<Readonly<Record<string, ReleaseTags>>> {
  const images = config.images.filter((image) => isRuled(image, event));
  if (images.length === 0) return {};
  const { evaluateImageTags } = await import('../../plan/tags/evaluate-image-tags.ts');
  const settings = { now, ...settingsOf(host) };
  const evaluated = images.map((image) => ({ image, ...evaluateImageTags(image, event, settings) }));
  for (const { warnings } of evaluated) warnOf(warnings, host);
  return Object.fromEntries(
    evaluated.flatMap(({ image, variants }) =>
      Object.entries(variants).map(([variant, tags]) => [releaseId(image.name, variant), tags]),
    ),
  );
}

/** The variables that docker/metadata-action reads. */
function settingsOf({ env }: Host): Omit<TagSettings, 'now'> {
  return {
    prHeadSha: env['DOCKER_METADATA_PR_HEAD_SHA'],
    shortShaLength: env['DOCKER_METADATA_SHORT_SHA_LENGTH'],
  };
}

/** That a rule is not about this event is usual, and worth no word. */
function warnOf(warnings: readonly TagWarning[], host: Host): void {
  const quiet: readonly TagWarning['kind'][] = ['no-version', 'not-semver', 'not-pep440', 'no-match', 'no-group'];
  for (const { kind, message, cure } of warnings)
    if (!quiet.includes(kind))
      host.emit({ kind: 'note', level: 'warning', text: message, ...(cure === undefined ? {} : { hint: cure }) });
}
