import {
  attributeOf,
  requireAttribute,
  type TagRule,
  type TagRuleType,
  type TagScope,
  type TagText,
} from '../tag-rule.ts';

/** `type=raw`: a value, for every event. */
export const rawRule: TagRuleType = {
  name: 'raw',
  priority: 200,
  attributes: ['value'],
  defaults(written, entry) {
    requireAttribute('value', written, entry);
    return {};
  },
  evaluate: evaluateRaw,
};

function evaluateRaw(rule: TagRule, { render }: TagScope): TagText {
  return { text: render(attributeOf(rule, 'value')), latest: false };
}
