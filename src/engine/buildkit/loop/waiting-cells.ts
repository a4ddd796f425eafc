import type { Cell } from '../../../plan/cell.ts';
import type { Job, Option } from './job.ts';
import { formatPlace, type Place } from './place.ts';

/** Jobs that may go to the same places in the same order, at the same ratio of times; longest first. */
interface Line {
  /** Those of the first job. */
  readonly options: readonly Option[];
  readonly jobs: Job[];
  /** How good each place is, of those that are there. */
  fits: ReadonlyMap<Place, Fit>;
  load: Load;
}

/** All that waits for the same set of places, in whatever order of preference. */
interface Load {
  workMs: number;
  readonly slots: number;
}

/**
 * How good a place is for a cell. `planned`: the best one that is there. `level`: another one, where it takes no longer.
 * `slower`: one where it takes clearly longer, or that emulates while the planned one does not.
 */
type Fit = 'planned' | 'level' | 'slower';

/** How much longer a cell may take elsewhere and count as level; estimates are not better than that. */
const levelRatio = 1.1;

/**
 * The cells that wait for a slot. Cells with equal choices stand in one line, so that finding the next one costs the number
 * of lines and not of cells.
 */
export class WaitingCells {
  readonly #lines = new Map<string, Line>();
  readonly #byPlace = new Map<Place, Line[]>();
  readonly #loads = new Map<string, Load>();

  add(job: Job): void {
    const line = this.#lineOf(job);
    line.jobs.splice(firstShorter(line.jobs, job.atMostMs), 0, job);
    line.load.workMs += job.estimateMs;
  }

  /** Places came or went. */
  refresh(): void {
    this.#loads.clear();
    for (const line of this.#lines.values()) {
      line.fits = fitsOf(line.options);
      line.load = this.#loadOf(line.fits);
      line.load.workMs += workOf(line);
    }
  }

  /**
   * Takes out the cell that a free slot of a place should build next: of the set of places whose end is furthest away, a cell
   * that is planned here before others, and a longer one before a shorter. `planned`: only where that is a cell that is
   * planned here. `level`: also one that is planned elsewhere and takes no longer here.
   */
  take(place: Place, fit: 'planned' | 'level'): Job | undefined {
    let best: Candidate | undefined;
    for (const line of this.#byPlace.get(place) ?? []) {
      const head = line.jobs[0];
      const lineFit = line.fits.get(place);
      if (head === undefined || lineFit === undefined || lineFit === 'slower') continue;
      const endMs = Math.max(head.atMostMs, line.load.workMs / line.load.slots);
      const candidate = { line, endMs, isPlanned: lineFit === 'planned', lengthMs: head.atMostMs };
      if (best === undefined || isUrgent(candidate, best)) best = candidate;
    }
    return best === undefined || (fit === 'planned' && !best.isPlanned) ? undefined : removeAt(best.line, 0);
  }

  /**
   * Takes out a cell for a free slot of a place that is slower than others: the shortest of a line, which would be the last
   * to begin at the better places, where it would end earlier here than they are through with what they have.
   */
  takeSlower(place: Place, nowMs: number): Job | undefined {
    let best: { readonly line: Line; readonly at: number; readonly lengthMs: number } | undefined;
    for (const line of this.#byPlace.get(place) ?? []) {
      if (line.jobs.length === 0 || line.fits.get(place) !== 'slower') continue;
      const at = this.#lastFaster(line, place, nowMs);
      const lengthMs = line.jobs[at]?.estimateMs;
      if (lengthMs !== undefined && (best === undefined || lengthMs < best.lengthMs)) best = { line, at, lengthMs };
    }
    return best === undefined ? undefined : removeAt(best.line, best.at);
  }

  /** Takes out the cells none of whose places is there, where `isOver` says so. */
  takeStranded(isOver: (job: Job) => boolean): readonly Job[] {
    return [...this.#lines.values()]
      .filter(({ fits }) => fits.size === 0)
      .flatMap((line) =>
        line.jobs.filter(isOver).map((job) => {
          removeAt(line, line.jobs.indexOf(job));
          return job;
        }),
      );
  }

  *cells(): Generator<Cell, void, undefined> {
    for (const { jobs } of this.#lines.values()) for (const { cell } of jobs) yield cell;
  }

  get count(): number {
    return [...this.#lines.values()].reduce((sum, { jobs }) => sum + jobs.length, 0);
  }

  #lineOf({ options, estimateMs }: Job): Line {
    const key = JSON.stringify(
      options.map(({ place, placement, estimateMs: thereMs }) => [
        formatPlace(place),
        placement.route.kind,
        (thereMs / estimateMs).toFixed(1),
      ]),
    );
    const found = this.#lines.get(key);
    if (found !== undefined) return found;
    const fits = fitsOf(options);
    const line: Line = { options, jobs: [], fits, load: this.#loadOf(fits) };
    this.#lines.set(key, line);
    for (const place of new Set(options.map((option) => option.place)))
      this.#byPlace.set(place, [...(this.#byPlace.get(place) ?? []), line]);
    return line;
  }

  #loadOf(fits: Line['fits']): Load {
    const places = [...fits].filter(([, fit]) => fit !== 'slower').map(([place]) => place);
    const key = JSON.stringify(places.map(formatPlace).sort());
    const load = this.#loads.get(key) ?? { workMs: 0, slots: places.reduce((sum, { slots }) => sum + slots, 0) };
    this.#loads.set(key, load);
    return load;
  }

  /** The last of a line that a slower place would finish before the better places are through with what they have. */
  #lastFaster(line: Line, place: Place, nowMs: number): number {
    const here = optionAt(line.options, place);
    const better = line.options.filter((there) => there.place.isLive && there.estimateMs < (here?.estimateMs ?? 0));
    const drainMs = this.#drainMs(new Set(better.map((option) => option.place)), nowMs);
    return line.jobs.findLastIndex(
      (job) => job.isKnown && (optionAt(job.options, place)?.estimateMs ?? Infinity) * levelRatio < drainMs,
    );
  }

  /** How long some places have to do until nothing waits for them any more. */
  #drainMs(places: ReadonlySet<Place>, nowMs: number): number {
    let workMs = 0;
    let slots = 0;
    for (const place of places) {
      slots += place.slots;
      for (const { startedMs, estimateMs } of place.running.values())
        workMs += Math.max(0, startedMs + estimateMs - nowMs);
      for (const line of this.#byPlace.get(place) ?? []) if (line.fits.get(place) === 'planned') workMs += workOf(line);
    }
    return workMs / Math.max(1, slots);
  }
}

/** The first cell of a line, as a choice. */
interface Candidate {
  readonly line: Line;
  /** How long it takes at least until all that waits for the same places is done. */
  readonly endMs: number;
  readonly isPlanned: boolean;
  readonly lengthMs: number;
}

function isUrgent(one: Candidate, other: Candidate): boolean {
  if (one.endMs !== other.endMs) return one.endMs > other.endMs;
  if (one.isPlanned !== other.isPlanned) return one.isPlanned;
  return one.lengthMs > other.lengthMs;
}

function optionAt(options: readonly Option[], place: Place): Option | undefined {
  return options.find((option) => option.place === place);
}

/** How good the places are that are there. */
function fitsOf(options: readonly Option[]): ReadonlyMap<Place, Fit> {
  const live = options.filter(({ place }) => place.isLive);
  const [planned] = live;
  const fits = new Map<Place, Fit>();
  for (const option of live)
    if (planned !== undefined && !fits.has(option.place)) fits.set(option.place, fitOf(option, planned));
  return fits;
}

function workOf({ jobs }: Line): number {
  return jobs.reduce((sum, { estimateMs }) => sum + estimateMs, 0);
}

function fitOf(option: Option, planned: Option): Fit {
  if (option === planned) return 'planned';
  const emulates = option.placement.route.kind === 'emulated' && planned.placement.route.kind !== 'emulated';
  return emulates || option.estimateMs > planned.estimateMs * levelRatio ? 'slower' : 'level';
}

function removeAt(line: Line, at: number): Job | undefined {
  const [job] = line.jobs.splice(at, 1);
  if (job !== undefined) line.load.workMs = Math.max(0, line.load.workMs - job.estimateMs);
  return job;
}

/** Where a cell of this length stands in a line: behind those that are as long, so that equal ones go as configured. */
function firstShorter(jobs: readonly Job[], atMostMs: number): number {
  let low = 0;
  let high = jobs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const job = jobs[middle];
    if (job !== undefined && job.atMostMs >= atMostMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
