import * as v from 'valibot';
import { isFault } from '../errors/fault.ts';
import { parseDuration } from './duration.ts';

/** What the documentation, the JSON Schema and the messages tell about a key. */
export interface KeyNote {
  readonly description: string;
  /** What holds where the key is left out, as the documentation words it. */
  readonly default?: string;
  readonly examples?: readonly unknown[];
  /** Checked already, but nothing acts on it in this version: whoever writes it is told so. */
  readonly reserved?: true;
}

/** A key that may be left out. */
export function key<const Schema extends v.GenericSchema>(schema: Schema, note: KeyNote) {
  return v.exactOptional(v.pipe(schema, v.metadata({ ...note })));
}

/** A key that must be there. */
export function requiredKey<const Schema extends v.GenericSchema>(schema: Schema, note: KeyNote) {
  return v.pipe(schema, v.metadata({ ...note }));
}

/** Text that may look like a number or a truth value; it is taken as it is written, so `1.10` stays `1.10`. */
export const plainText = v.union([v.string(), v.number(), v.boolean()]);

/** A text that holds something. */
export const someText = v.pipe(v.string(), v.nonEmpty('expected one that says something'));

export const textMap = v.record(v.string(), plainText);

/** A list of entries, or a block of text with one entry a line, as docker's actions take it. */
export const lines = v.union([v.array(plainText), v.string()]);

/** A text that a parser takes; the reason why it does not is what its Fault says. */
export function parsedBy(parse: (text: string) => unknown) {
  return v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const reason = refusal(parse, dataset.value);
      if (reason !== undefined) addIssue({ message: reason });
    }),
  );
}

/** `90s`, `30m`, `12h`, `30d`. */
export const duration = parsedBy(parseDuration);

function refusal(parse: (text: string) => unknown, text: string): string | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    if (!isFault(error)) throw error;
    return error.message;
  }
}
