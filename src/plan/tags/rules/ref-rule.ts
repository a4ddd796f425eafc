import { type ResolvedTagContext, refBehind } from '../tag-context.ts';
import {
  attributeOf,
  requireAttribute,
  requireWord,
  type TagRule,
  type TagRuleType,
  type TagScope,
  type TagText,
} from '../tag-rule.ts';

/** `type=ref`: the name of the branch or tag, or the number of the pull request behind `pr-`. */
export const refRule: TagRuleType = {
  name: 'ref',
  priority: 600,
  attributes: ['event'],
  defaults(written, entry) {
    requireAttribute('event', written, entry);
    const event = written.get('event') ?? '';
    requireWord(event, { words: ['branch', 'tag', 'pr'], problem: 'Invalid event', entry });
    return event === 'pr' ? { prefix: 'pr-' } : {};
  },
  evaluate: evaluateRef,
};

function evaluateRef(rule: TagRule, { context }: TagScope): TagText | undefined {
  const event = attributeOf(rule, 'event');
  const text = nameOf(event, context);
  return text === undefined ? undefined : { text, latest: event === 'tag' };
}

function nameOf(event: string, { ref }: ResolvedTagContext): string | undefined {
  if (event === 'branch') return refBehind(ref, 'refs/heads/');
  if (event === 'tag') return refBehind(ref, 'refs/tags/');
  return refBehind(ref, 'refs/pull/')?.replace(/\/merge$/, '');
}
