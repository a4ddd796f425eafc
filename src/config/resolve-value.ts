/** What is written where a text is meant; numbers and truth values stand for themselves. */
export type WrittenText = string | number | boolean;

type Defined<Values> = { [Key in keyof Values]?: Exclude<Values[Key], undefined> };

/** The same values without those that are undefined. */
export function definedOf<const Values extends Readonly<Record<string, unknown>>>(values: Values): Defined<Values>;
export function definedOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** A map of texts. */
export function textsOf(written: Readonly<Record<string, WrittenText>> | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(written ?? {}).map(([name, value]) => [name, String(value)]));
}

/**
 * The entries of a list, or of a block of text: one a line, trimmed, without empty lines and those that begin with `#`,
 * as docker's actions read their lists.
 */
export function linesOf(written: readonly WrittenText[] | string | undefined): readonly string[] {
  const entries = typeof written === 'string' ? written.split('\n') : (written ?? []).map(String);
  return entries.map((entry) => entry.trim()).filter((entry) => entry !== '' && !entry.startsWith('#'));
}
