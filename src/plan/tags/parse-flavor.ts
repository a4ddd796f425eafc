import { didYouMean } from '../../errors/nearest.ts';
import { firstRecord } from './tag-entries.ts';
import { malformedRule } from './tag-rule.ts';
import type { Warn } from './tag-warning.ts';

/** What holds for all rules of a list. */
export interface TagFlavor {
  /** `auto`: as the first rule that gives a tag says. */
  readonly latest: 'auto' | 'true' | 'false';
  readonly prefix: string;
  /** Whether the prefix stands on `latest` too. */
  readonly prefixOnLatest: boolean;
  readonly suffix: string;
  readonly suffixOnLatest: boolean;
}

const keys = ['latest', 'prefix', 'suffix', 'onlatest'];

/**
 * Reads the lines of `flavor`. `onlatest` is about the prefix or suffix before it on its line.
 * @throws {Fault} TAG_RULE_MALFORMED
 */
export function parseFlavor(entries: readonly string[], warn: Warn): TagFlavor {
  const flavor: Writable = { latest: 'auto', prefix: '', prefixOnLatest: false, suffix: '', suffixOnLatest: false };
  for (const entry of entries) {
    let affix: Affix | undefined;
    for (const field of firstRecord(entry, warn)) affix = readField({ field, entry, flavor, affix }, warn);
  }
  return flavor;
}

type Writable = { -readonly [Key in keyof TagFlavor]: TagFlavor[Key] };
type Affix = 'prefix' | 'suffix';

interface Field {
  readonly field: string;
  readonly entry: string;
  readonly flavor: Writable;
  readonly affix: Affix | undefined;
}

/** Takes one field over into the flavor and gives the affix that an `onlatest` behind it is about. */
function readField({ field, entry, flavor, affix }: Field, warn: Warn): Affix | undefined {
  const [written = '', value] = field.split('=').map((part) => part.trim());
  if (value === undefined)
    throw malformedRule(`Invalid flavor entry: ${entry}`, 'Write key=value, for example latest=false');
  const key = written.toLowerCase();
  if (key === 'prefix' || key === 'suffix') {
    flavor[key] = value;
    return key;
  }
  if (key === 'latest') flavor.latest = latestOf(value, entry);
  else if (key === 'onlatest') setOnLatest({ value, entry, flavor, affix }, warn);
  else {
    throw malformedRule(`Unknown flavor entry: ${entry}`, `Expected one of ${keys.join(', ')}${didYouMean(key, keys)}`);
  }
  return affix;
}

function latestOf(value: string, entry: string): TagFlavor['latest'] {
  if (value === 'auto' || value === 'true' || value === 'false') return value;
  throw malformedRule(`Invalid latest flavor entry: ${entry}`, 'Write latest=auto, latest=true or latest=false');
}

function setOnLatest(
  { value, entry, flavor, affix }: Omit<Field, 'field'> & { readonly value: string },
  warn: Warn,
): void {
  if (value !== 'true' && value !== 'false') {
    throw malformedRule(`Invalid value for onlatest attribute: ${value}`, 'Write onlatest=true or onlatest=false');
  }
  if (affix === 'prefix') flavor.prefixOnLatest = value === 'true';
  else if (affix === 'suffix') flavor.suffixOnLatest = value === 'true';
  else {
    warn({
      kind: 'onlatest-ignored',
      message: `onlatest stands behind no prefix or suffix, so it does nothing in ${entry}`,
      cure: 'Write it on the same line, behind the prefix or suffix: suffix=-slim,onlatest=true',
      entry,
    });
  }
}
