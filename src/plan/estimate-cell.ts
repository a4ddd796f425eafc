import type { RouteKind } from './cell.ts';
import type { CellHistory } from './facts.ts';

const seenRuns = 5;

/** What a cell will take by a route, in milliseconds: the median of its last builds; `undefined` where there were none. */
export function estimateCell(history: CellHistory | undefined, route: RouteKind): number | undefined {
  return medianOf((route === 'emulated' ? history?.emulatedMs : history?.durationsMs) ?? []);
}

function medianOf(durationsMs: readonly number[]): number | undefined {
  const sorted = durationsMs.slice(0, seenRuns).toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/**
 * What emulation costs, by the last emulated build and the last one without emulation of the same cell, else of
 * another platform of the same image: `about 9 x slower, 148 s against 15 s last time`. Empty where nothing is known.
 */
export function priceOfEmulation(
  emulated: CellHistory | undefined,
  plain: readonly (CellHistory | undefined)[],
): string {
  const emulatedMs = emulated?.emulatedMs?.[0];
  const plainMs = plain.flatMap((history) => history?.durationsMs[0] ?? [])[0];
  if (emulatedMs === undefined) return '';
  if (plainMs === undefined || plainMs === 0) return `it took ${seconds(emulatedMs)} last time`;
  const factor = emulatedMs / plainMs;
  const shown = factor >= 3 ? factor.toFixed(0) : factor.toFixed(1);
  return `about ${shown} x slower, ${seconds(emulatedMs)} against ${seconds(plainMs)} last time`;
}

function seconds(ms: number): string {
  return `${ms < 10_000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
}
