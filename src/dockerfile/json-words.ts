import { trimSpaceStart } from './white-space.ts';

/** A JSON array of strings, or what is wrong with an array that holds other things. */
export type JsonWords =
  | { readonly words: readonly string[]; readonly json: true; readonly problem?: never }
  | { readonly problem: string };

/** The words of a JSON array of strings; `undefined` where the text is no JSON array at all and so means itself. */
export function jsonWords(text: string): JsonWords | undefined {
  const array = parseArray(trimSpaceStart(text));
  if (array === undefined) return undefined;
  const words = array.filter((item) => typeof item === 'string').map(wellFormed);
  if (words.length < array.length) {
    return { problem: 'when using JSON array syntax, arrays must be comprised of strings only' };
  }
  return { words, json: true };
}

function parseArray(text: string): readonly unknown[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Halves of surrogate pairs become the replacement character, since no file name or argument can hold them. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
