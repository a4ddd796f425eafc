import { allRules } from './all-rules.ts';
import type { Finding } from './finding.ts';
import type { ImageFacts } from './image-facts.ts';
import type { VerifyOptions } from './rule.ts';

/** Applies every rule to the facts of an image; an empty list is a proof of all of them. */
export function verifyImage(facts: ImageFacts, options: VerifyOptions = {}): readonly Finding[] {
  return allRules.flatMap((rule) => rule.check(facts, options));
}

/** Whether findings forbid that a tag moves. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'error');
}
