import {
  attributeOf,
  malformedRule,
  requireAttribute,
  type TagRule,
  type TagRuleType,
  type TagScope,
  type TagText,
} from '../tag-rule.ts';
import { compilePattern, valueOrTag, warnOfNoMatch } from './version-source.ts';

/**
 * `type=match`: what a group of a regular expression found in the tag or the value. With the flag `g` the number of
 * the group counts the matches instead.
 */
export const matchRule: TagRuleType = {
  name: 'match',
  priority: 800,
  attributes: ['pattern', 'group', 'value'],
  defaults(written, entry) {
    requireAttribute('pattern', written, entry);
    if (Number.isNaN(Number(written.get('group') ?? '0'))) {
      throw malformedRule(`Invalid match group for ${entry}`, 'Write the number of a group: group=1');
    }
    return { group: '0', value: '' };
  },
  evaluate: evaluateMatch,
};

function evaluateMatch(rule: TagRule, scope: TagScope): TagText | undefined {
  const source = valueOrTag(rule, scope);
  if (source === undefined) return undefined;
  const pattern = attributeOf(rule, 'pattern');
  const slashed = /^\/(.+)\/(.*)$/.exec(pattern);
  const match = source.match(compilePattern(slashed?.[1] ?? pattern, slashed?.[2] ?? '', rule));
  if (match === null) {
    warnOfNoMatch({ pattern, source, rule }, scope);
    return undefined;
  }
  const group = attributeOf(rule, 'group');
  const found = /^(?:0|[1-9]\d*)$/.test(group) ? match[Number(group)] : undefined;
  if (found !== undefined) return { text: found, latest: true };
  const message = `Group ${group} does not exist for ${pattern} pattern.`;
  scope.warn({ kind: 'no-group', message, entry: rule.entry });
  return undefined;
}
