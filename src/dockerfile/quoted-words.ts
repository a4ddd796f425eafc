import { isSpace } from './white-space.ts';

/**
 * Splits at white space outside of quotes. Quotes and escapes stay in the words: they are taken off when the words are
 * expanded. An escape at the very end is dropped.
 */
export function quotedWords(text: string, escape: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  const characters = Array.from(text);
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? '';
    if (quote === '' && isSpace(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    if (character === escape && quote !== "'") {
      const escaped = characters[++i];
      if (escaped !== undefined) word = (word ?? '') + character + escaped;
      continue;
    }
    if (quote === '' ? character === '"' || character === "'" : character === quote) {
      quote = quote === '' ? character : '';
    }
    word = (word ?? '') + character;
  }
  if (word !== undefined) words.push(word);
  return words;
}
