type Token = { readonly kind: 'any' } | { readonly kind: 'one' } | { readonly kind: 'literal'; readonly text: string };

/** A pattern of `${name#pattern}` and its kin, or why it is none. */
export type ShellPattern =
  | { readonly tokens: readonly Token[]; readonly problem?: never }
  | { readonly problem: string };

/**
 * Reads a pattern in which `*` stands for any text, `?` for one character and `\` takes the meaning off `*`, `?` and `\`.
 * Brackets are literal, unlike in a shell.
 */
export function parseShellPattern(pattern: string): ShellPattern {
  const tokens: Token[] = [];
  const characters = Array.from(pattern);
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? '';
    if (character !== '\\') {
      tokens.push(tokenOf(character));
      continue;
    }
    const next = characters[i + 1];
    if (next === '}' || next === '/') continue;
    if (next !== '*' && next !== '?' && next !== '\\') return { problem: `invalid escape '\\${next ?? '\uFFFD'}'` };
    tokens.push({ kind: 'literal', text: next });
    i++;
  }
  return { tokens };
}

function tokenOf(character: string): Token {
  if (character === '*') return { kind: 'any' };
  return character === '?' ? { kind: 'one' } : { kind: 'literal', text: character };
}

/**
 * For every position of the text: where a match that starts there ends, or -1. A greedy `*` takes as much as it can, the
 * other as little. Neither wildcard crosses a line break. One row a token: never more than tokens x characters steps.
 */
function matchEnds(tokens: readonly Token[], text: readonly string[], greedy: boolean): readonly number[] {
  let row = Array.from({ length: text.length + 1 }, (_, position) => position);
  for (const token of tokens.toReversed()) {
    const next = new Array<number>(text.length + 1).fill(-1);
    for (let position = text.length; position >= 0; position--) {
      next[position] = endAt({ token, text, greedy, rest: row, longer: next, position });
    }
    row = next;
  }
  return row;
}

interface Step {
  readonly token: Token;
  readonly text: readonly string[];
  readonly greedy: boolean;
  /** Where the tokens behind this one end, by position. */
  readonly rest: readonly number[];
  /** This token's own row, filled from the end. */
  readonly longer: readonly number[];
  readonly position: number;
}

function endAt({ token, text, greedy, rest, longer, position }: Step): number {
  const character = text[position];
  const here = rest[position] ?? -1;
  if (token.kind === 'literal') return character === token.text ? (rest[position + 1] ?? -1) : -1;
  const crossable = character !== undefined && character !== '\n';
  if (token.kind === 'one') return crossable ? (rest[position + 1] ?? -1) : -1;
  const further = crossable ? (longer[position + 1] ?? -1) : -1;
  if (greedy) return further >= 0 ? further : here;
  return here >= 0 ? here : further;
}

/** `${value#pattern}`, greedy `${value##pattern}`: the value without the start that the pattern matches. */
export function trimPattern(
  side: 'start' | 'end',
  value: string,
  { tokens, greedy }: { readonly tokens: readonly Token[]; readonly greedy: boolean },
): string {
  const characters = Array.from(value);
  const text = side === 'start' ? characters : characters.toReversed();
  const end = matchEnds(side === 'start' ? tokens : tokens.toReversed(), text, greedy)[0] ?? -1;
  if (end < 0) return value;
  const rest = text.slice(end);
  return (side === 'start' ? rest : rest.toReversed()).join('');
}

/** `${value/pattern/replacement}`: the value with its leftmost longest match replaced. */
export function replaceFirst(value: string, tokens: readonly Token[], replacement: string): string {
  const text = Array.from(value);
  const ends = matchEnds(tokens, text, true);
  const start = ends.findIndex((end) => end >= 0);
  return start < 0 ? value : text.slice(0, start).join('') + replacement + text.slice(ends[start]).join('');
}

/**
 * `${value//pattern/replacement}`: the value with every match replaced; an empty match right behind another is none.
 * As in BuildKit, `$0` in the replacement is the match, other `$name` are empty and `$$` is `$`.
 */
export function replaceAll(value: string, tokens: readonly Token[], replacement: string): string {
  const text = Array.from(value);
  const ends = matchEnds(tokens, text, true);
  let result = '';
  let copied = 0;
  let position = 0;
  while (position <= text.length) {
    let start = position;
    while (start < ends.length && (ends[start] ?? -1) < 0) start++;
    const end = ends[start];
    if (end === undefined) break;
    result += text.slice(copied, start).join('');
    if (end > copied || start === 0) result += fillTemplate(replacement, text.slice(start, end).join(''));
    copied = end;
    position = start === end ? end + 1 : end;
  }
  return result + text.slice(copied).join('');
}

function fillTemplate(template: string, match: string): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, bare?: string, braced?: string) => {
    if (whole === '$$') return '$';
    return (bare ?? braced) === '0' ? match : '';
  });
}
