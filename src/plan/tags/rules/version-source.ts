import { refBehind } from '../tag-context.ts';
import { attributeOf, malformedRule, type TagRule, type TagScope } from '../tag-rule.ts';

/** The attributes of the rules that read a version. */
export const versionAttributes: readonly string[] = ['pattern', 'value', 'match'];

/** The value of a rule with its expressions evaluated, else the name of the pushed tag, else undefined. */
export function valueOrTag(rule: TagRule, { context, render }: TagScope): string | undefined {
  const value = attributeOf(rule, 'value');
  return value === '' ? refBehind(context.ref, 'refs/tags/') : render(value);
}

/**
 * The text a version is read from: the value or the tag, of which `match` may take the first group, `/` made `-`.
 * @throws {Fault} TAG_RULE_MALFORMED
 */
export function versionSource(rule: TagRule, scope: TagScope): string | undefined {
  const source = valueOrTag(rule, scope);
  return source === undefined ? undefined : matchedPart(source, rule, scope).replaceAll('/', '-');
}

function matchedPart(source: string, rule: TagRule, scope: TagScope): string {
  const pattern = attributeOf(rule, 'match');
  if (pattern === '') return source;
  const match = compilePattern(pattern, '', rule).exec(source);
  if (match === null) {
    warnOfNoMatch({ pattern, source, rule }, scope);
    return source;
  }
  const group = match[1];
  if (group !== undefined) return group;
  throw malformedRule(
    `the match of ${rule.entry} has no first group in ${source}`,
    'Put parentheses around the part that is the version: match=app-(.*)',
  );
}

/** @throws {Fault} TAG_RULE_MALFORMED where the pattern is no regular expression. */
export function compilePattern(pattern: string, flags: string, rule: TagRule): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw malformedRule(`${reason} in ${rule.entry}`, 'Write a regular expression of JavaScript', cause);
  }
}

export interface Mismatch {
  readonly pattern: string;
  readonly source: string;
  readonly rule: TagRule;
}

/** Tells that a pattern does not fit. */
export function warnOfNoMatch({ pattern, source, rule }: Mismatch, { warn }: TagScope): void {
  warn({ kind: 'no-match', message: `${pattern} does not match ${source}.`, entry: rule.entry });
}
