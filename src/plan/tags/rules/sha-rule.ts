import { shortSha } from '../tag-context.ts';
import { attributeOf, requireWord, type TagRule, type TagRuleType, type TagScope, type TagText } from '../tag-rule.ts';

/** `type=sha`: the name of the commit behind `sha-`, short or whole. */
export const shaRule: TagRuleType = {
  name: 'sha',
  priority: 100,
  attributes: ['format'],
  defaults(written, entry) {
    requireWord(written.get('format') ?? 'short', { words: ['short', 'long'], problem: 'Invalid format', entry });
    return { prefix: 'sha-', format: 'short' };
  },
  evaluate: evaluateSha,
};

function evaluateSha(rule: TagRule, { context }: TagScope): TagText | undefined {
  if (context.sha === '') return undefined;
  return { text: attributeOf(rule, 'format') === 'short' ? shortSha(context) : context.sha, latest: false };
}
