import { invariant } from '../../../errors/invariant.ts';
import type { Cell, Placement, RouteKind } from '../../../plan/cell.ts';
import { type BuilderPlaces, type Place, placeOf } from './place.ts';

/** A place that a cell may be built at. */
export interface Option {
  readonly place: Place;
  readonly placement: Placement;
  /** What the cell takes there, in milliseconds. */
  readonly estimateMs: number;
}

/** A cell that is to be built, and how that goes. */
export interface Job {
  readonly cell: Cell;
  /** Where it may still be built, best first. */
  options: readonly Option[];
  /** What it takes where it is planned, in milliseconds. */
  readonly estimateMs: number;
  /** What it may well take, in milliseconds: what could be long is begun early. */
  readonly atMostMs: number;
  /** Whether the estimate comes from former runs and not from those of other cells. */
  readonly isKnown: boolean;
  state: 'waiting' | 'resting' | 'running' | 'ended';
  /** Where it runs. */
  at: Option | undefined;
  /** Attempts that were begun. */
  attemptCount: number;
  /** Of these, those that failed by something that may pass. */
  retryCount: number;
  /** Of these, those that ended because the place was lost. */
  readonly lostAt: Place[];
  /** When a resting one is tried again. */
  wakeMs: number;
}

/** What a build takes by each route, as a multiple of a native one: a minimal Debian under QEMU takes ten times as long. */
const price: Readonly<Record<RouteKind, number>> = { native: 1, cross: 1, assembled: 1, emulated: 10 };

/** What is expected of cells that were never built. */
interface Guess {
  readonly medianMs: number;
  /** Nine of ten take less. */
  readonly longMs: number;
}

/** Where nothing is known of any cell. */
const anyGuess: Guess = { medianMs: 60_000, longMs: 60_000 };

/**
 * One job a cell. A cell that was never built is taken for the median of its image's on the same platform, else of its
 * image's by the same kind of route, else of all; but it is begun with the long ones, since it may be one of them.
 */
export function jobsOf(cells: readonly Cell[], places: ReadonlyMap<string, BuilderPlaces>): readonly Job[] {
  const times = new Map<string, number[]>();
  for (const cell of cells)
    for (const key of likenessOf(cell)) if (cell.estimateMs !== undefined) listAt(times, key).push(cell.estimateMs);
  const guesses = new Map(Array.from(times, ([key, all]) => [key, guessOf(all)]));
  return cells.map((cell) => {
    const key = likenessOf(cell).find((likeness) => guesses.has(likeness)) ?? '';
    return jobOf(cell, { places, guess: guesses.get(key) ?? anyGuess });
  });
}

function listAt(lists: Map<string, number[]>, key: string): number[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

/** What a cell has in common with others, the most telling first. */
function likenessOf({ image, platform, route }: Cell): readonly string[] {
  return [JSON.stringify([image, platform]), JSON.stringify([image, '', route.kind]), ''];
}

function guessOf(times: readonly number[]): Guess {
  const sorted = times.toSorted((a, b) => a - b);
  const medianMs = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return { medianMs, longMs: sorted[Math.floor(sorted.length * 0.9)] ?? medianMs };
}

interface Known {
  readonly places: ReadonlyMap<string, BuilderPlaces>;
  readonly guess: Guess;
}

function jobOf(cell: Cell, { places, guess }: Known): Job {
  const { builder, node, route } = cell;
  const planned: Placement = { builder, route, ...(node === undefined ? {} : { node }) };
  const estimateMs = cell.estimateMs ?? guess.medianMs;
  const options = [planned, ...(cell.alternatives ?? [])].map((placement) => {
    const place = placeOf(placement, places);
    invariant(place !== undefined, `Cell "${cell.id}" is placed on "${placement.builder}", which is no builder`);
    const ratio = price[placement.route.kind] / price[route.kind];
    return { place, placement, estimateMs: placement.estimateMs ?? estimateMs * ratio };
  });
  return {
    cell,
    options,
    estimateMs,
    atMostMs: cell.estimateMs ?? guess.longMs,
    isKnown: cell.estimateMs !== undefined,
    state: 'waiting',
    at: undefined,
    attemptCount: 0,
    retryCount: 0,
    lostAt: [],
    wakeMs: 0,
  };
}
