import { commentLines, indented } from './yaml-text.ts';

/** A block of Groovy; a head that opens its own brace keeps it. */
export function block(head: string, lines: readonly string[]): readonly string[] {
  return [head.endsWith('->') ? head : `${head} {`, ...indented(lines, 2), '}'];
}

/** A text of Groovy in which nothing is replaced. */
export function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** A comment, broken into lines of a readable width. */
export function comment(text: string): readonly string[] {
  return commentLines(text).map((line) => line.replace(/^#/, '//'));
}
