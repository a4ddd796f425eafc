import { parseCsv } from './csv-records.ts';
import type { Warn } from './tag-warning.ts';

/** A list with one entry an element, or the text block of a workflow file with one entry a line. */
export type TagInput = readonly string[] | string | null | undefined;

/**
 * The entries of an input. In a text block a line that begins with `#` is a comment, and white space around an entry
 * goes; a list is taken as it is.
 * @throws {Fault} TAG_RULE_MALFORMED
 */
export function tagEntries(input: TagInput): readonly string[] {
  if (input === undefined || input === null) return [];
  if (typeof input !== 'string') return input.filter((entry) => /[^\r\n]/.test(entry));
  return parseCsv(input.trim(), { relaxedQuotes: true, comments: true })
    .map((record) => record.join(',').trim())
    .filter((entry) => entry !== '');
}

/**
 * The fields of an entry, which is one line of CSV.
 * @throws {Fault} TAG_RULE_MALFORMED
 */
export function firstRecord(entry: string, warn: Warn): readonly string[] {
  const [first = [], ...others] = parseCsv(entry);
  if (others.length > 0) {
    warn({
      kind: 'lines-ignored',
      message: `An entry is one line: ${others.length} more below "${first.join(',')}" are not read`,
      cure: 'Write each as an entry of its own',
      entry,
    });
  }
  return first;
}
