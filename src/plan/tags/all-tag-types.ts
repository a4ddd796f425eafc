import { edgeRule } from './rules/edge-rule.ts';
import { matchRule } from './rules/match-rule.ts';
import { pep440Rule } from './rules/pep440-rule.ts';
import { rawRule } from './rules/raw-rule.ts';
import { refRule } from './rules/ref-rule.ts';
import { scheduleRule } from './rules/schedule-rule.ts';
import { semverRule } from './rules/semver-rule.ts';
import { shaRule } from './rules/sha-rule.ts';
import type { TagRuleType } from './tag-rule.ts';

/** Every type of tag rule, by priority. */
export const allTagTypes: readonly TagRuleType[] = [
  scheduleRule,
  semverRule,
  pep440Rule,
  matchRule,
  edgeRule,
  refRule,
  rawRule,
  shaRule,
];
