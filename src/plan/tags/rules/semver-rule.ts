import parseSemver from 'semver/functions/parse.js';
import { isRawExpression, renderTemplate } from '../render-template.ts';
import {
  attributeOf,
  requireAttribute,
  type TagRule,
  type TagRuleType,
  type TagScope,
  type TagText,
} from '../tag-rule.ts';
import { versionAttributes, versionSource } from './version-source.ts';

/**
 * `type=semver`: a pattern over the parts of a semantic version. Of a prerelease only the whole version is taken
 * whatever the pattern says, and `latest` stays where it is; `{{raw}}` alone gives the tag as it was pushed.
 * https://semver.org/spec/v2.0.0.html
 */
export const semverRule: TagRuleType = {
  name: 'semver',
  priority: 900,
  attributes: versionAttributes,
  defaults(written, entry) {
    requireAttribute('pattern', written, entry);
    return { value: '', match: '' };
  },
  evaluate: evaluateSemver,
};

function evaluateSemver(rule: TagRule, scope: TagScope): TagText | undefined {
  const source = versionSource(rule, scope);
  if (source === undefined) return undefined;
  const version = parseSemver(source) === null ? null : parseSemver(source, { loose: true });
  if (version === null) {
    const message = `${source} is not a valid semver. More info: https://semver.org/`;
    scope.warn({ kind: 'not-semver', message, entry: rule.entry });
    return undefined;
  }
  const prerelease = version.prerelease.length > 0;
  const pattern = attributeOf(rule, 'pattern');
  const used = prerelease && !isRawExpression(pattern) ? '{{version}}' : pattern;
  const text = renderTemplate(used, Object.fromEntries(Object.entries(version)));
  return { text, latest: !prerelease, isPartial: text !== source && !text.includes(version.version) };
}
