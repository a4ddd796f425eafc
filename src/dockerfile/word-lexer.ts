import { Fault } from '../errors/fault.ts';
import { parseShellPattern, replaceAll, replaceFirst, trimPattern } from './shell-pattern.ts';
import { type WordBuffer, WordList } from './word-list.ts';

/** The value of a variable; `undefined` where it is not set. */
export type Lookup = (name: string) => string | undefined;

export interface ExpandOptions {
  /** The character of `# escape=`. Default: the backslash. */
  readonly escape?: '\\' | '`';
  /** Keeps the quotes in the result. Default: false. */
  readonly rawQuotes?: boolean;
  /** Keeps the escape characters in the result. Default: false. */
  readonly rawEscapes?: boolean;
  /** Leaves references to variables that are not set as they are written. Default: false, they become empty. */
  readonly skipUnset?: boolean;
  /** Gives quotes no meaning, as in the body of a heredoc. Default: false. */
  readonly skipQuotes?: boolean;
}

interface LexerOptions extends ExpandOptions {
  readonly lookup: Lookup;
  readonly fail: (reason: string, hint?: string) => Fault;
}

/** What a text, up to its end or to the character that closes it, has become. */
interface Expanded {
  readonly text: string;
  readonly words: readonly string[];
}

const digit = /^\p{Nd}$/u;
const nameCharacter = /^[\p{L}\p{Nd}_]$/u;
const specialParameter = /^[@*#?\-$!0]$/;
const spaceAfterHeredoc = /^[ \t\r]$/;

/** How deep `${...}` may be nested; deeper ones come from no person and would exhaust the stack. */
const deepest = 500;

/** Reads one word from start to end; of no use after `run`. */
export class WordLexer {
  readonly #characters: readonly string[];
  readonly #options: LexerOptions;
  readonly #escape: string;
  readonly #buffer: WordBuffer = { text: '' };
  #position = 0;
  #depth = 0;
  #rawEscapes: boolean;

  constructor(word: string, options: LexerOptions) {
    this.#characters = Array.from(word);
    this.#options = options;
    this.#escape = options.escape ?? '\\';
    this.#rawEscapes = options.rawEscapes ?? false;
  }

  /** @throws {Fault} made by `fail` */
  run(): Expanded {
    return this.#until(undefined, this.#rawEscapes);
  }

  #peek(): string | undefined {
    return this.#characters[this.#position];
  }

  #next(): string | undefined {
    return this.#characters[this.#position++];
  }

  #until(stop: string | undefined, rawEscapes: boolean): Expanded {
    if (this.#depth > deepest) throw this.#options.fail(`it is nested more than ${deepest} levels deep`);
    const before = this.#rawEscapes;
    this.#rawEscapes = rawEscapes;
    this.#depth++;
    try {
      return this.#read(stop);
    } finally {
      this.#depth--;
      this.#rawEscapes = before;
    }
  }

  #read(stop: string | undefined): Expanded {
    const words = new WordList(this.#buffer);
    let text = '';
    for (let character = this.#peek(); character !== undefined; character = this.#peek()) {
      if (character === stop) {
        this.#position++;
        return { text, words: words.finish() };
      }
      text += this.#special(character, words) ?? this.#plain(words);
    }
    if (stop !== undefined) {
      throw this.#options.fail(`unexpected end of statement while looking for matching ${stop}`);
    }
    return { text, words: words.finish() };
  }

  /** What a character with a meaning of its own stands for; `undefined` where it has none. */
  #special(character: string, words: WordList): string | undefined {
    if (character === '$') {
      const value = this.#dollar();
      words.addSplit(value);
      return value;
    }
    const raw = this.#quotedOrHeredoc(character);
    if (raw !== undefined) words.addRaw(raw);
    return raw;
  }

  #quotedOrHeredoc(character: string): string | undefined {
    if (character === '<') return this.#possibleHeredoc();
    if (this.#options.skipQuotes === true) return undefined;
    if (character === "'") return this.#singleQuoted();
    return character === '"' ? this.#doubleQuoted() : undefined;
  }

  #plain(words: WordList): string {
    const character = this.#next() ?? '';
    if (character !== this.#escape) {
      words.add(character);
      return character;
    }
    const kept = this.#rawEscapes ? character : '';
    if (kept !== '') words.addRaw(kept);
    const escaped = this.#next() ?? '';
    if (escaped !== '') words.addRaw(escaped);
    return kept + escaped;
  }

  /** `<<` keeps the white space behind it in its word, so that `<< EOF` is one. */
  #possibleHeredoc(): string {
    this.#position++;
    if (this.#peek() !== '<') return '<';
    let text = '<<';
    this.#position++;
    for (let next = this.#peek(); next !== undefined && spaceAfterHeredoc.test(next); next = this.#peek()) {
      text += next;
      this.#position++;
    }
    return text;
  }

  #singleQuoted(): string {
    const start = this.#position;
    const end = this.#characters.indexOf("'", start + 1);
    if (end < 0) {
      throw this.#options.fail('unexpected end of statement while looking for matching single-quote');
    }
    this.#position = end + 1;
    const quotes = this.#options.rawQuotes === true ? 1 : 0;
    return this.#characters.slice(start + 1 - quotes, end + quotes).join('');
  }

  #doubleQuoted(): string {
    const quote = this.#options.rawQuotes === true ? '"' : '';
    let text = quote;
    this.#position++;
    for (;;) {
      const character = this.#peek();
      if (character === undefined) {
        throw this.#options.fail('unexpected end of statement while looking for matching double-quote');
      }
      if (character === '"') {
        this.#position++;
        return text + quote;
      }
      text += character === '$' ? this.#dollar() : this.#inDoubleQuotes();
    }
  }

  #inDoubleQuotes(): string {
    const character = this.#next() ?? '';
    if (character !== this.#escape) return character;
    const kept = this.#rawEscapes ? character : '';
    const next = this.#peek();
    if (next === undefined) return kept;
    return kept + (next === '"' || next === '$' || next === this.#escape ? (this.#next() ?? '') : character);
  }

  #dollar(): string {
    this.#position++;
    if (this.#peek() === '{') return this.#braced();
    const name = this.#name();
    if (name === '') return '$';
    const value = this.#options.lookup(name);
    return value ?? (this.#options.skipUnset === true ? `$${name}` : '');
  }

  #braced(): string {
    this.#position++;
    const first = this.#peek();
    if (first === undefined) throw this.#options.fail("syntax error: missing '}'");
    if (first === '{' || first === '}' || first === ':') {
      throw this.#options.fail('syntax error: bad substitution');
    }
    const name = this.#name();
    const operator = this.#next();
    if (operator === undefined) {
      throw this.#options.fail('unsupported modifier (\uFFFD) in substitution', 'Close the ${ with a }');
    }
    if (operator === '}') {
      return this.#options.lookup(name) ?? (this.#options.skipUnset === true ? `\${${name}}` : '');
    }
    if (operator === '/') return this.#replacement(name);
    if (operator === ':') return this.#modified(name, `:${this.#next() ?? '\uFFFD'}`);
    return this.#modified(name, operator);
  }

  #modified(name: string, modifier: string): string {
    if (!/^(?::.|[+\-?#%])$/su.test(modifier) || modifier === ':#' || modifier === ':%') {
      throw this.#options.fail(`unsupported modifier (${modifier}) in substitution`);
    }
    const word = this.#part('}', { rawEscapes: modifier === '#' || modifier === '%', missing: "'}'" });
    const value = this.#options.lookup(name);
    if (value === undefined && this.#options.skipUnset === true) return `\${${name}${modifier}${word}}`;
    const present = value !== undefined && !(modifier.startsWith(':') && value === '');
    switch (modifier.at(-1)) {
      case '-':
        return present ? value : word;
      case '+':
        return present ? word : '';
      case '?':
        if (present) return value;
        throw this.#options.fail(
          `${name}: ${word === '' ? `is not allowed to be ${value === undefined ? 'unset' : 'empty'}` : word}`,
        );
      case '#':
        return this.#trimmed('start', value ?? '', word);
      case '%':
        return this.#trimmed('end', value ?? '', word);
      default:
        throw this.#options.fail(`unsupported modifier (${modifier}) in substitution`);
    }
  }

  #trimmed(side: 'start' | 'end', value: string, word: string): string {
    const greedy = word.startsWith(side === 'start' ? '#' : '%');
    return trimPattern(side, value, { tokens: this.#pattern(greedy ? word.slice(1) : word), greedy });
  }

  #replacement(name: string): string {
    const all = this.#peek() === '/';
    if (all) this.#position++;
    const pattern = this.#part('/', { rawEscapes: true, missing: "'/' in ${}" });
    const replacement = this.#part('}', { rawEscapes: true, missing: "'}'" });
    const value = this.#options.lookup(name);
    if (value === undefined && this.#options.skipUnset === true) return `\${${name}/${pattern}/${replacement}}`;
    return (all ? replaceAll : replaceFirst)(value ?? '', this.#pattern(pattern), replacement);
  }

  #pattern(pattern: string) {
    const parsed = parseShellPattern(pattern);
    if (parsed.problem === undefined) return parsed.tokens;
    throw this.#options.fail(`invalid pattern (${pattern}) in substitution: ${parsed.problem}`);
  }

  /** A part of `${...}`; whatever goes wrong in one that is not closed is told as the missing end. */
  #part(stop: string, { rawEscapes, missing }: { readonly rawEscapes: boolean; readonly missing: string }): string {
    try {
      return this.#until(stop, rawEscapes).text;
    } catch (error) {
      if (error instanceof Fault && this.#peek() === undefined) {
        throw this.#options.fail(`syntax error: missing ${missing}`);
      }
      throw error;
    }
  }

  #name(): string {
    const first = this.#peek() ?? '';
    if (digit.test(first)) return this.#run(digit);
    if (specialParameter.test(first)) return this.#next() ?? '';
    return this.#run(nameCharacter);
  }

  #run(characters: RegExp): string {
    const start = this.#position;
    while (characters.test(this.#peek() ?? '')) this.#position++;
    return this.#characters.slice(start, this.#position).join('');
  }
}
