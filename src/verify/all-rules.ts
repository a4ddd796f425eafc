import type { Rule } from './rule.ts';
import { architectureTruth } from './rules/architecture-truth.ts';
import { attestationsPaired } from './rules/attestations-paired.ts';
import { digestsMatch } from './rules/digests-match.ts';
import { layersPresent } from './rules/layers-present.ts';
import { platformsAgree } from './rules/platforms-agree.ts';
import { platformsComplete } from './rules/platforms-complete.ts';
import { platformsUnique } from './rules/platforms-unique.ts';

/** Every rule, in the order in which findings are reported. To add one: a file beside these, its name in `finding.ts`, a line here. */
export const allRules: readonly Rule[] = [
  platformsUnique,
  platformsComplete,
  platformsAgree,
  layersPresent,
  digestsMatch,
  architectureTruth,
  attestationsPaired,
];
