import { Fault } from '../../errors/fault.ts';
import { didYouMean } from '../../errors/nearest.ts';
import type { ResolvedTagContext } from './tag-context.ts';
import type { Warn } from './tag-warning.ts';

export type TagAttributes = ReadonlyMap<string, string>;

/** One rule as written, with the defaults of its type filled in. */
export interface TagRule {
  readonly type: TagRuleType;
  readonly attributes: TagAttributes;
  /** The line it was read from. */
  readonly entry: string;
}

/** What a rule gives for an event: a text before prefix, suffix and replacement of characters. */
export interface TagText {
  readonly text: string;
  /** Whether `latest` moves with it where the flavor leaves that to the rule. */
  readonly latest: boolean;
  /** Whether the text leaves parts of a version out, as `1.2` does of 1.2.3. Default: false. */
  readonly isPartial?: boolean;
}

/** What a rule is evaluated against. */
export interface TagScope {
  readonly context: ResolvedTagContext;
  readonly warn: Warn;
  /** Evaluates the expressions of a value. */
  readonly render: (text: string) => string;
}

/** A type of rule. To add one: a file here, and its line in `all-tag-types.ts`. */
export interface TagRuleType {
  readonly name: string;
  /** Rules of a higher number come first; between equal ones the order of writing holds. */
  readonly priority: number;
  /** Its own attributes, beside `enable`, `priority`, `prefix` and `suffix`. */
  readonly attributes: readonly string[];
  /**
   * The attributes that are added because they were not written.
   * @throws {Fault} TAG_RULE_MALFORMED where one is missing that has no default, or holds what it must not.
   */
  defaults(written: TagAttributes, entry: string): Readonly<Record<string, string>>;
  /** The text for this event, or undefined where the rule is not about it. */
  evaluate(rule: TagRule, scope: TagScope): TagText | undefined;
}

/** The value of an attribute; empty where it was not written and has no default. */
export function attributeOf(rule: TagRule, name: string): string {
  return rule.attributes.get(name) ?? '';
}

/** @throws {Fault} TAG_RULE_MALFORMED where the attribute was not written. */
export function requireAttribute(name: string, written: TagAttributes, entry: string): void {
  if (written.has(name)) return;
  throw malformedRule(`Missing ${name} attribute for ${entry}`, `Write ${name}=… behind a comma`);
}

export interface AllowedWords {
  readonly words: readonly string[];
  /** How the fault begins, for example `Invalid event`. */
  readonly problem: string;
  readonly entry: string;
}

/** @throws {Fault} TAG_RULE_MALFORMED where the word is none of those allowed. */
export function requireWord(word: string, { words, problem, entry }: AllowedWords): void {
  if (words.includes(word)) return;
  throw malformedRule(`${problem} for ${entry}`, `Expected one of ${words.join(', ')}${didYouMean(word, words)}`);
}

/** A fault of a rule; the message holds the words that docker/metadata-action says for it. */
export function malformedRule(problem: string, hint: string, cause?: unknown): Fault {
  return new Fault('TAG_RULE_MALFORMED', `Cannot read the tag rules: ${problem}`, { hint, cause });
}
