import { goQuote } from '../../dockerfile/go-quote.ts';

/** A list of texts as Go's `%q` prints it: `["a" "b"]`. */
export function goQuoteList(words: readonly string[]): string {
  return `[${words.map(goQuote).join(' ')}]`;
}

/** A number as Go's `%q` prints it: the character it stands for, in single quotes. https://pkg.go.dev/strconv#QuoteRune */
export function goQuoteRune(code: number): string {
  const character = code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  if (character === '"') return `'"'`;
  if (character === "'") return `'\\''`;
  return `'${goQuote(character).slice(1, -1)}'`;
}

const unitsNs: readonly (readonly [string, number])[] = [
  ['ns', 1],
  ['µs', 1_000],
  ['ms', 1_000_000],
  ['s', 1_000_000_000],
];

/** A length of time as Go prints it: `1h30m0s`, `1.5s`, `0s`. https://pkg.go.dev/time#Duration.String */
export function goDuration(ns: number): string {
  if (ns === 0) return '0s';
  const sign = ns < 0 ? '-' : '';
  const length = Math.abs(ns);
  if (length < 1_000_000_000) {
    const [unit = 'ns', size = 1] = unitsNs.findLast(([, unitNs]) => length >= unitNs) ?? [];
    return `${sign}${length / size}${unit}`;
  }
  const minutes = Math.floor(length / 60_000_000_000);
  const seconds = (length - minutes * 60_000_000_000) / 1_000_000_000;
  if (minutes === 0) return `${sign}${seconds}s`;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${hours}h${minutes % 60}m${seconds}s`;
}
