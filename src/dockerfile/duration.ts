import { goQuote } from './go-quote.ts';

/** A duration, or why the text is none. */
export type Duration = { readonly nanoseconds: number; readonly problem?: never } | { readonly problem: string };

const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  '\u00b5s': 1e3,
  '\u03bcs': 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const part = /^(\d*)(\.\d*)?([^\d.]*)/;

/** The longest duration that Go can count: 292 years. */
const longest = 2 ** 63;

/** Reads a duration as Go writes it: `1h30m`, `1.5s`, `0`. https://pkg.go.dev/time#ParseDuration */
export function parseDuration(text: string): Duration {
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return { nanoseconds: 0 };
  if (rest === '') return { problem: `time: invalid duration ${goQuote(text)}` };
  let nanoseconds = 0;
  while (rest !== '') {
    const [whole, digits = '', fraction = '', unit = ''] = part.exec(rest) ?? [''];
    if (digits === '' && fraction.length < 2) return { problem: `time: invalid duration ${goQuote(text)}` };
    if (unit === '') return { problem: `time: missing unit in duration ${goQuote(text)}` };
    const scale = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (scale === undefined) {
      return { problem: `time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}` };
    }
    nanoseconds += Number(digits) * scale + Math.trunc(Number(`0${fraction}`) * scale);
    if (nanoseconds >= longest) return { problem: `time: invalid duration ${goQuote(text)}` };
    rest = rest.slice(whole.length);
  }
  return { nanoseconds: sign * nanoseconds };
}
