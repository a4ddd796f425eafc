import { Fault } from '../errors/fault.ts';

const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  t: 1e12,
  tb: 1e12,
};
const timeUnits: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3, w: 604_800e3 };

/** Reads a size such as `10GB` or `500m`; bytes, in steps of 1,000. @throws {Fault} USAGE */
export function parseSize(text: string): number {
  return parse(text, byteUnits, 'a size such as 500MB or 10GB');
}

/** Reads an age such as `24h` or `30d`; milliseconds. @throws {Fault} USAGE */
export function parseAge(text: string): number {
  return parse(text, timeUnits, 'an age such as 24h or 30d');
}

function parse(text: string, units: Readonly<Record<string, number>>, expected: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = unit === undefined ? undefined : units[unit.toLowerCase()];
  if (number === undefined || factor === undefined)
    throw new Fault('USAGE', `Cannot read "${text}": expected ${expected}`);
  return Math.round(Number(number) * factor);
}
