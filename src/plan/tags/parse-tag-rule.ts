import { didYouMean } from '../../errors/nearest.ts';
import { allTagTypes } from './all-tag-types.ts';
import { rawRule } from './rules/raw-rule.ts';
import { firstRecord } from './tag-entries.ts';
import { malformedRule, type TagRule, type TagRuleType } from './tag-rule.ts';
import type { Warn } from './tag-warning.ts';

const commonAttributes: readonly string[] = ['enable', 'priority', 'prefix', 'suffix'];

/** The rules that hold where none is written. */
const defaultEntries: readonly string[] = [
  'type=schedule',
  'type=ref,event=branch',
  'type=ref,event=tag',
  'type=ref,event=pr',
];

/**
 * Reads the rules and puts them in the order in which they are evaluated: higher priority first, else as written.
 * @throws {Fault} TAG_RULE_MALFORMED
 */
export function parseTagRules(entries: readonly string[], warn: Warn): readonly TagRule[] {
  const rules = (entries.length === 0 ? defaultEntries : entries).map((entry) => parseTagRule(entry, warn));
  return rules.sort(byPriority);
}

/** A priority that is no number is equal to every other. */
function byPriority(one: TagRule, other: TagRule): number {
  const [left, right] = [priorityOf(one), priorityOf(other)];
  if (left < right) return 1;
  return left > right ? -1 : 0;
}

function priorityOf(rule: TagRule): number {
  return Number(rule.attributes.get('priority') ?? rule.type.priority);
}

function parseTagRule(entry: string, warn: Warn): TagRule {
  const fields = firstRecord(entry, warn).map(attributeFrom);
  const type =
    fields
      .filter(([name]) => name === 'type')
      .map(([, name]) => typeNamed(name))
      .at(-1) ?? rawRule;
  const written = new Map(fields.filter(([name]) => name !== 'type'));
  for (const name of written.keys()) warnOfUnknown({ name, type, entry }, warn);
  const defaults = Object.entries(type.defaults(written, entry)).filter(([name]) => !written.has(name));
  return { type, entry, attributes: new Map([...written, ...defaults]) };
}

/** A field without a name before its first `=` is the value. */
function attributeFrom(field: string): readonly [string, string] {
  const equals = field.indexOf('=');
  if (equals < 1) return ['value', field.trim()];
  return [field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1).trim()];
}

function typeNamed(name: string): TagRuleType {
  const type = allTagTypes.find((candidate) => candidate.name === name);
  if (type !== undefined) return type;
  const names = allTagTypes.map((candidate) => candidate.name);
  throw malformedRule(
    `Unknown tag type attribute: ${name}`,
    `Expected one of ${names.join(', ')}${didYouMean(name, names)}`,
  );
}

interface Unknown {
  readonly name: string;
  readonly type: TagRuleType;
  readonly entry: string;
}

function warnOfUnknown({ name, type, entry }: Unknown, warn: Warn): void {
  const known = [...type.attributes, ...commonAttributes];
  if (known.includes(name)) return;
  warn({
    kind: 'attribute-unknown',
    message: `type=${type.name} has no attribute "${name}", so it does nothing in ${entry}`,
    cure: `Its attributes are ${known.join(', ')}${didYouMean(name, known)}`,
    entry,
  });
}
