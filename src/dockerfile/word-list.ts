import { isSpace } from './white-space.ts';

/** The word that is being put together. One is shared by a text and the forms nested in it, see `WordList`. */
export interface WordBuffer {
  text: string;
}

/**
 * Collects the words of one text. A text nested in `${...}` starts by emptying the buffer that it shares with the text
 * around it, so what stood before such a form is missing from the outer words; BuildKit does the same, and what it
 * exposes and takes for heredocs hangs on it.
 */
export class WordList {
  readonly #buffer: WordBuffer;
  readonly #words: string[] = [];
  #inWord = false;

  constructor(buffer: WordBuffer) {
    this.#buffer = buffer;
    buffer.text = '';
  }

  /** Adds a character that ends a word where it is white space. */
  add(character: string): void {
    if (!isSpace(character)) this.addRaw(character);
    else if (this.#inWord && this.#buffer.text !== '') this.#end();
  }

  /** Adds text in which white space ends words: the value of a variable. */
  addSplit(text: string): void {
    for (const character of text) this.add(character);
  }

  /** Adds text to the word as it is: what was quoted or escaped. */
  addRaw(text: string): void {
    this.#buffer.text += text;
    this.#inWord = true;
  }

  finish(): readonly string[] {
    if (this.#buffer.text !== '') this.#end();
    return this.#words;
  }

  #end(): void {
    this.#words.push(this.#buffer.text);
    this.#buffer.text = '';
    this.#inWord = false;
  }
}
