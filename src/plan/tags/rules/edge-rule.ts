import { refBehind } from '../tag-context.ts';
import { attributeOf, type TagRule, type TagRuleType, type TagScope, type TagText } from '../tag-rule.ts';

/** `type=edge`: the tag `edge` on one branch, the default branch where none is named. */
export const edgeRule: TagRuleType = {
  name: 'edge',
  priority: 700,
  attributes: ['branch'],
  defaults: () => ({ branch: '' }),
  evaluate: evaluateEdge,
};

function evaluateEdge(rule: TagRule, { context }: TagScope): TagText | undefined {
  const pushed = refBehind(context.ref, 'refs/heads/');
  const branch = attributeOf(rule, 'branch') || context.repository.default_branch;
  return pushed !== undefined && pushed === branch ? { text: 'edge', latest: false } : undefined;
}
