import { didYouMean } from '../../errors/nearest.ts';
import { firstRecord } from './tag-entries.ts';
import { malformedRule } from './tag-rule.ts';
import type { Warn } from './tag-warning.ts';

/**
 * The names of the enabled images, in lower case. One line without any `key=` may name several between commas.
 * @throws {Fault} TAG_RULE_MALFORMED
 */
export function parseImages(entries: readonly string[], warn: Warn): readonly string[] {
  const names = namesOnOneLine(entries, warn) ?? entries.flatMap((entry) => parseImage(entry, warn));
  for (const name of names) warnOfName(name, warn);
  return names.map((name) => name.toLowerCase());
}

function namesOnOneLine(entries: readonly string[], warn: Warn): readonly string[] | undefined {
  const [only] = entries;
  if (only === undefined || entries.length > 1) return undefined;
  const fields = firstRecord(only, warn);
  return fields.some((field) => field.includes('=')) ? undefined : fields.map((field) => field.trim());
}

/** The name where the image is enabled, else nothing. */
function parseImage(entry: string, warn: Warn): readonly string[] {
  let name = '';
  let enabled = true;
  for (const field of firstRecord(entry, warn)) {
    const [key = '', value] = field.split('=').map((part) => part.trim());
    if (value === undefined) name = key;
    else if (key.toLowerCase() === 'name') name = value;
    else if (key.toLowerCase() === 'enable') enabled = enabledOf(value, entry);
    else
      throw malformedRule(
        `Unknown image attribute: ${entry}`,
        `Expected name or enable${didYouMean(key, ['name', 'enable'])}`,
      );
  }
  if (name === '') throw malformedRule(`Image name attribute empty: ${entry}`, 'Write name=registry/repository');
  return enabled ? [name] : [];
}

function enabledOf(value: string, entry: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw malformedRule(
    `Invalid enable attribute value: ${entry}`,
    'Write enable=true or enable=false; expressions are not evaluated here',
  );
}

function warnOfName(name: string, warn: Warn): void {
  if (name === '') {
    warn({
      kind: 'image-empty',
      message: 'An image has an empty name, so its tags stand alone',
      cure: 'Take out the comma that has no name beside it',
    });
  } else if (name !== name.toLowerCase()) {
    warn({
      kind: 'image-capitals',
      message: `Image "${name}" has capitals, which no registry takes, so "${name.toLowerCase()}" is used`,
      cure: 'Write it in lower case',
    });
  }
}
