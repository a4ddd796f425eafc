import { parseDocument } from 'yaml';

/** A value of YAML or JSON whose shape nobody has checked. */
export type PlainValue = string | number | boolean | null | undefined | readonly PlainValue[] | PlainMap;

export interface PlainMap {
  readonly [key: string]: PlainValue;
}

const maxLength = 1024 * 1024;

/** Reads a foreign YAML file as far as it can be read; a broken one is empty. */
export function readPlainYaml(text: string): PlainMap {
  if (text.length > maxLength) return {};
  const document = parseDocument(text, { logLevel: 'silent', uniqueKeys: false, merge: true });
  if (document.errors.length > 0) return {};
  try {
    return mapOf(document.toJS({ maxAliasCount: 100 }) as PlainValue);
  } catch {
    return {};
  }
}

/** The value where it is a mapping, else an empty one. */
export function mapOf(value: PlainValue): PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as PlainMap) : {};
}

/** The entries of a list; a single text is a list of one. */
export function listOf(value: PlainValue): readonly PlainValue[] {
  if (Array.isArray(value)) return value as readonly PlainValue[];
  return value === undefined || value === null ? [] : [value];
}

/** The value where it is text, or a number as text. */
export function textOf(value: PlainValue): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

/** The texts of a list, or the lines and comma-separated entries of one text. */
export function textsOf(value: PlainValue): readonly string[] {
  return listOf(value)
    .flatMap((item) => textOf(item)?.split(/[\n,]/) ?? [])
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The text behind a key. */
export function fieldOf(map: PlainMap, key: string): string | undefined {
  return textOf(map[key]);
}
