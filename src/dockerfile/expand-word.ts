import { Fault } from '../errors/fault.ts';
import { goQuote } from './go-quote.ts';
import { type ExpandOptions, type Lookup, WordLexer } from './word-lexer.ts';

export type { ExpandOptions, Lookup } from './word-lexer.ts';

/** What a word has become. */
export interface Expansion {
  /** The whole word, expanded, white space kept. */
  readonly text: string;
  /** The same, split at white space that is not quoted. */
  readonly words: readonly string[];
  /** The variables that were referred to and are set. */
  readonly matched: ReadonlySet<string>;
  /** The variables that were referred to and are not set. */
  readonly unmatched: ReadonlySet<string>;
}

/**
 * Expands variables, quotes and escapes as BuildKit does for every instruction but RUN, CMD and ENTRYPOINT:
 * `$v ${v} ${v:-w} ${v-w} ${v:+w} ${v+w} ${v:?w} ${v?w} ${v#p} ${v##p} ${v%p} ${v%%p} ${v/p/r} ${v//p/r}`.
 * https://docs.docker.com/reference/dockerfile/#environment-replacement
 * @throws {Fault} DOCKERFILE_EXPANSION where a form is unknown or not closed, or `?` finds a variable unset
 */
export function expandWord(word: string, lookup: Lookup, options: ExpandOptions = {}): Expansion {
  const matched = new Set<string>();
  const unmatched = new Set<string>();
  const lexer = new WordLexer(word, {
    ...options,
    lookup(name) {
      const value = lookup(name);
      (value === undefined ? unmatched : matched).add(name);
      return value;
    },
    fail: (reason, hint) =>
      new Fault(
        'DOCKERFILE_EXPANSION',
        `Cannot expand ${goQuote(word)}: ${reason}`,
        hint === undefined ? {} : { hint },
      ),
  });
  return { ...lexer.run(), matched, unmatched };
}
