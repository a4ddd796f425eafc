const spaces = '\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const oneSpace = new RegExp(`^[${spaces}]$`);
const leading = new RegExp(`^[${spaces}]+`);
const trailing = new RegExp(`[${spaces}]+$`);

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
  return trimSpaceStart(text).replace(trailing, '');
}
