import { Fault } from '../errors/fault.ts';

const unitsMs = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

/**
 * A duration in milliseconds, written as `90s`, `1h30m` or `30d`.
 *
 * @throws {Fault} DURATION_MALFORMED
 */
export function parseDuration(text: string): number {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/.test(text)) {
    throw new Fault(
      'DURATION_MALFORMED',
      `Cannot read the duration "${text}", expected for example "90s", "30m" or "30d"`,
    );
  }
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g);
  return [...parts].reduce((total, [, count, unit]) => total + Number(count) * (unitsMs.get(unit ?? '') ?? 0), 0);
}
