import { isSpace, trimSpace } from './white-space.ts';

/** An instruction line, cut into its three parts. */
export interface CommandLineParts {
  readonly keyword: string;
  readonly flags: readonly string[];
  /** What stands behind the flags, outer white space removed. */
  readonly rest: string;
}

const separator = /[\t\v\f\r ]+/;

/** Splits a line into its keyword, the flags that follow, and the rest. A bare `--` ends the flags. */
export function splitCommand(line: string, escape: string): CommandLineParts {
  const text = trimSpace(line);
  const match = separator.exec(text);
  if (match === null) return { keyword: text, flags: [], rest: '' };
  const { flags, rest } = splitFlags(text.slice(match.index + match[0].length), escape);
  return { keyword: text.slice(0, match.index), flags, rest: trimSpace(rest) };
}

function splitFlags(text: string, escape: string): { readonly flags: readonly string[]; readonly rest: string } {
  const flags: string[] = [];
  let position = 0;
  for (;;) {
    while (position < text.length && isSpace(text.charAt(position))) position++;
    if (!text.startsWith('--', position)) return { flags, rest: text.slice(position) };
    const { word, end } = readFlag(text, position, escape);
    position = end;
    if (word === '--') return { flags, rest: text.slice(position) };
    flags.push(word);
  }
}

/** One flag word: quotes group and are removed; the escape takes the next character as it is, in any quotes. */
function readFlag(text: string, start: number, escape: string): { readonly word: string; readonly end: number } {
  let word = '';
  let quote = '';
  let position = start;
  for (; position < text.length; position++) {
    const character = text.charAt(position);
    if (quote === '' && isSpace(character)) break;
    if (character === escape) word += text.charAt(++position);
    else if (quote === '' ? character === '"' || character === "'" : character === quote) {
      quote = quote === '' ? character : '';
    } else word += character;
  }
  return { word, end: Math.min(position, text.length) };
}
