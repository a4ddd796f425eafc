import { type Pep440Version, parsePep440 } from '../pep440.ts';
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
 * `type=pep440`: a pattern over the parts of a Python version. Of an alpha, beta, candidate, post or development
 * release only the whole version is taken, in its normal form, and `latest` stays where it is.
 * https://peps.python.org/pep-0440/
 */
export const pep440Rule: TagRuleType = {
  name: 'pep440',
  priority: 900,
  attributes: versionAttributes,
  defaults(written, entry) {
    requireAttribute('pattern', written, entry);
    return { value: '', match: '' };
  },
  evaluate: evaluatePep440,
};

function evaluatePep440(rule: TagRule, scope: TagScope): TagText | undefined {
  const source = versionSource(rule, scope);
  if (source === undefined) return undefined;
  const version = parsePep440(source);
  if (version === undefined) {
    const message = `${source} does not conform to PEP 440. More info: https://www.python.org/dev/peps/pep-0440`;
    scope.warn({ kind: 'not-pep440', message, entry: rule.entry });
    return undefined;
  }
  const pattern = attributeOf(rule, 'pattern');
  if (version.special) return { text: isRawExpression(pattern) ? source : version.clean, latest: false };
  const text = renderTemplate(pattern, partsOf(source, version));
  return { text, latest: true, isPartial: text !== source && !text.includes(version.clean) };
}

function partsOf(source: string, { clean, release }: Pep440Version) {
  const [major = 0, minor = 0, patch = 0] = release;
  return { raw: () => source, version: () => clean, major: () => major, minor: () => minor, patch: () => patch };
}
