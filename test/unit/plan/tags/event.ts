import { evaluateTagRules, type TagRuleInputs } from '../../../../src/plan/tags/evaluate-tag-rules.ts';
import type { TagContext } from '../../../../src/plan/tags/tag-context.ts';

/** A push to the default branch of a small repository. */
export const push: TagContext = {
  eventName: 'push',
  ref: 'refs/heads/main',
  sha: 'cd65417f2b1e4a5c8d9e0f1a2b3c4d5e6f708192',
  payload: { default_branch: 'main' },
  repository: {
    full_name: 'acme/rocket',
    description: 'Goes up',
    html_url: 'https://github.com/acme/rocket',
    license: { spdx_id: 'Apache-2.0' },
    default_branch: 'main',
  },
  now: new Date('2026-03-05T22:30:15Z'),
  commitDate: new Date('2026-03-04T08:00:00Z'),
};

export function onTag(name: string): TagContext {
  return { ...push, ref: `refs/tags/${name}` };
}

export function onBranch(name: string): TagContext {
  return { ...push, ref: `refs/heads/${name}` };
}

export function onPull(number: number): TagContext {
  return {
    ...push,
    eventName: 'pull_request',
    ref: `refs/pull/${number}/merge`,
    payload: {
      number,
      default_branch: 'main',
      pr_base: 'main',
      pr_head_sha: 'f00dfeed5a1ad0000000000000000000000000aa',
    },
  };
}

/** The tags of rules alone, without an image. */
export function tagsOf(tags: readonly string[], context: TagContext, others: TagRuleInputs = {}): readonly string[] {
  return evaluateTagRules({ ...others, tags }, context).tags;
}
