import { expandWord } from './expand-word.ts';
import type { Heredoc } from './node.ts';

/** The opening of a heredoc, its body not yet read. */
export type HeredocOpening = Omit<Heredoc, 'content'>;

const opening = /^(\d*)<<(-?)[\t\n\f\r ]*([^<]*)$/;

/**
 * A word of the form `[fd]<<[-]delimiter`, where any part of the delimiter may be quoted; `undefined` for another word.
 * @throws {Fault} DOCKERFILE_EXPANSION where a quote is not closed
 */
export function parseHeredoc(word: string): HeredocOpening | undefined {
  const match = opening.exec(word);
  const delimiter = match?.[3] ?? '';
  if (match === null || delimiter === '') return undefined;
  const [name, second] = expandWord(delimiter, unset, { skipUnset: true }).words;
  const [raw = ''] = expandWord(delimiter, unset, { skipUnset: true, rawQuotes: true }).words;
  if (name === undefined || second !== undefined) return undefined;
  return {
    name,
    fileDescriptor: Math.min(Number(match[1]), Number.MAX_SAFE_INTEGER),
    expand: countQuotes(name) === countQuotes(raw),
    chomp: match[2] === '-',
  };
}

/** Whether a word opens a heredoc; one with an open quote does not. */
export function isHeredoc(word: string): boolean {
  try {
    return parseHeredoc(word) !== undefined;
  } catch {
    return false;
  }
}

/**
 * The heredocs that a line opens, in order; none where its quotes are not closed, since then nothing in it is a word.
 * @throws {Fault} DOCKERFILE_EXPANSION where a delimiter's quote is not closed
 */
export function heredocsOfLine(line: string): readonly HeredocOpening[] {
  return wordsOfLine(line)
    .map(parseHeredoc)
    .filter((found) => found !== undefined);
}

function wordsOfLine(line: string): readonly string[] {
  try {
    return expandWord(line, unset, { rawQuotes: true, rawEscapes: true, skipUnset: true }).words;
  } catch {
    return [];
  }
}

/** The body of a `<<-` heredoc as it is used: without the tabs at the start of its lines. */
export function chompTabs(content: string): string {
  return content.replace(/(^|\n)\t+/g, '$1');
}

function unset(): undefined {
  return undefined;
}

function countQuotes(text: string): number {
  return text.replace(/[^'"]/g, '').length;
}
