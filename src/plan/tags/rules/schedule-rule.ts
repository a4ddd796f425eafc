import { renderTemplate } from '../render-template.ts';
import { dateExpressions } from '../tag-expressions.ts';
import { attributeOf, type TagRule, type TagRuleType, type TagScope, type TagText } from '../tag-rule.ts';

/** `type=schedule`: a pattern, where the event is a schedule. */
export const scheduleRule: TagRuleType = {
  name: 'schedule',
  priority: 1000,
  attributes: ['pattern'],
  defaults: () => ({ pattern: 'nightly' }),
  evaluate: evaluateSchedule,
};

function evaluateSchedule(rule: TagRule, { context, warn }: TagScope): TagText | undefined {
  if (!context.eventName.includes('schedule')) return undefined;
  return { text: renderTemplate(attributeOf(rule, 'pattern'), dateExpressions(context, warn)), latest: false };
}
