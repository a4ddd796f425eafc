const spaces = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const oneSpace = new RegExp(`^[${spaces}]$`);
const leading = new RegExp(`^[${spaces}]+`);

/**
 * Whether a character is white space by Unicode's property, which is what Dockerfiles go by;
 * JavaScript's own notion differs in U+0085 and U+FEFF.
 */
export function isSpace(character: string): boolean {
  return oneSpace.test(character);
}

/** The text without white space at its start. */
export function trimSpaceStart(text: string): string {
  return text.replace(leading, '');
}

/** The text without white space at either end. */
export function trimSpace(text: string): string {
  return trimEndOf(trimSpaceStart(text), isSpace);
}

/** A line without its line break. */
export function trimLineBreak(line: string): string {
  return trimEndOf(line, (character) => character === '\n' || character === '\r');
}

/** Goes by single characters from the end: a regular expression would take the square of the line's length. */
function trimEndOf(text: string, drops: (character: string) => boolean): string {
  let end = text.length;
  while (end > 0 && drops(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
