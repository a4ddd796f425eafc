import { invariant } from '../../../errors/invariant.ts';
import type { BuilderFacts } from '../../../plan/builder-facts.ts';
import type { Cell, Placement } from '../../../plan/cell.ts';
import type { FailureKind } from '../attempt.ts';
import { type Job, jobsOf } from './job.ts';
import { type BuilderPlaces, formatPlace, type Place, type PlaceName, placesOf } from './place.ts';
import { backOffMs } from './retry.ts';
import { WaitingCells } from './waiting-cells.ts';

/** What happened, as the schedule must know it. */
export type ScheduleEvent =
  /** Time went on. */
  | { readonly kind: 'time' }
  | { readonly kind: 'built'; readonly cell: string }
  /** `chance`: from 0 to 1, for the length of a back-off. */
  | { readonly kind: 'failed'; readonly cell: string; readonly failure: FailureKind; readonly chance: number }
  /** A missing builder was made, or cannot be. */
  | { readonly kind: 'made'; readonly builder: string; readonly isReady: boolean }
  /** What a look at a lost place came to. */
  | { readonly kind: 'probed'; readonly place: PlaceName; readonly isAlive: boolean };

/** Why a cell is given up. */
export type GivenUp =
  | { readonly why: 'permanent' }
  | { readonly why: 'retries-used-up'; readonly attemptCount: number }
  /** Its route failed, and no other is allowed. */
  | { readonly why: 'no-other-route' }
  /** All places that qualify are lost. */
  | { readonly why: 'no-place'; readonly places: readonly string[] }
  /** Too many places were lost while they built it. */
  | { readonly why: 'ends-places'; readonly places: readonly string[] };

/** What is to be done now. */
export type Decision =
  | { readonly kind: 'start'; readonly cell: Cell; readonly placement: Placement; readonly attempt: number }
  /** It is tried again after a while. `retry`: 1 for the first. */
  | { readonly kind: 'rest'; readonly cell: Cell; readonly delayMs: number; readonly retry: number }
  | { readonly kind: 'give-up'; readonly cell: Cell; readonly reason: GivenUp }
  /** A place was lost. `running`: the cells that are built there still, and may be waiting for an answer for ever. */
  | { readonly kind: 'lost'; readonly place: PlaceName; readonly running: readonly string[] }
  /** A lost place is to be looked at, and answered by `probed`. */
  | { readonly kind: 'probe'; readonly place: PlaceName }
  /** A lost place works again. */
  | { readonly kind: 'back'; readonly place: PlaceName };

/** So many places may be lost under one cell before it is taken for the cause. */
const mostLosses = 3;

/**
 * Which cell is built where and when. It knows no clock and does nothing itself: events and the time go in, decisions come
 * out, the same for the same. A cell only ever goes to one of its placements; no place ever gets more cells than it has
 * slots; every cell ends once, by a `built` event or a `give-up` decision.
 *
 * List scheduling: a free slot takes the longest cell that is planned there; where there is none, one that waits for
 * another place and takes no longer here; where there is none either, one that this slower place would still finish
 * earlier. Whether it would is only asked where the time of the cell is known.
 */
export class Schedule {
  readonly #places: ReadonlyMap<string, BuilderPlaces>;
  readonly #all: readonly Place[];
  readonly #jobs: ReadonlyMap<string, Job>;
  readonly #waiting = new WaitingCells();
  readonly #resting = new Set<Job>();
  #endedCount = 0;

  constructor(cells: readonly Cell[], builders: readonly BuilderFacts[]) {
    this.#places = placesOf(builders);
    this.#all = [...this.#places.values()].flatMap(({ whole, nodes }) => [whole, ...nodes.values()]);
    this.#jobs = new Map(jobsOf(cells, this.#places).map((job) => [job.cell.id, job]));
    for (const job of this.#jobs.values()) this.#waiting.add(job);
  }

  /** Whether every cell has ended. */
  get isDone(): boolean {
    return this.#endedCount === this.#jobs.size;
  }

  /** When the schedule must be told the time again, if nothing else happens before; the next such moment after `nowMs`. */
  wakeMs(nowMs: number): number | undefined {
    let earliestMs = Infinity;
    for (const { wakeMs } of this.#resting) if (wakeMs > nowMs) earliestMs = Math.min(earliestMs, wakeMs);
    for (const { restsUntilMs, probeAtMs = 0 } of this.#all)
      for (const ms of [restsUntilMs, probeAtMs]) if (ms > nowMs) earliestMs = Math.min(earliestMs, ms);
    return earliestMs === Infinity || this.isDone ? undefined : earliestMs;
  }

  /** The cells that wait for a slot. */
  get waiting(): Iterable<Cell> {
    return this.#waiting.cells();
  }

  get waitingCount(): number {
    return this.#waiting.count;
  }

  take(event: ScheduleEvent, nowMs: number): readonly Decision[] {
    const told = this.#note(event, nowMs);
    if (told.some(({ kind }) => kind === 'lost' || kind === 'back')) this.#waiting.refresh();
    for (const job of this.#resting) if (job.wakeMs <= nowMs) this.#queue(job);
    return [...told, ...this.#giveUpStranded(), ...this.#start(nowMs), ...this.#probe(nowMs)];
  }

  #note(event: ScheduleEvent, nowMs: number): readonly Decision[] {
    switch (event.kind) {
      case 'time':
        return [];
      case 'built': {
        const { job, place } = this.#ended(event.cell);
        this.#finish(job);
        return place.prove() ? [{ kind: 'back', place }] : [];
      }
      case 'failed':
        return this.#noteFailure(event, nowMs);
      case 'made':
        for (const place of this.#all)
          if (place.builder === event.builder && place.health === 'making')
            place.health = event.isReady ? 'up' : 'gone';
        this.#waiting.refresh();
        return [];
      case 'probed':
        if (this.#placeNamed(event.place).answer(event.isAlive, nowMs)) this.#waiting.refresh();
        return [];
    }
  }

  #noteFailure(event: ScheduleEvent & { readonly kind: 'failed' }, nowMs: number): readonly Decision[] {
    const { job, place, startedMs } = this.#ended(event.cell);
    switch (event.failure) {
      case 'permanent':
        return [this.#giveUp(job, { why: 'permanent' }), ...backOf(place)];
      case 'emulator':
        job.options = job.options.filter((option) => option !== job.at);
        if (job.options.length === 0) return [this.#giveUp(job, { why: 'no-other-route' })];
        this.#queue(job);
        return [];
      case 'transient':
        place.doubt(startedMs, nowMs);
        return [this.#retry(job, event.chance, nowMs)];
      case 'node-lost':
        return this.#lose(job, place, nowMs);
    }
  }

  #retry(job: Job, chance: number, nowMs: number): Decision {
    if (job.retryCount >= job.cell.limits.retryCount)
      return this.#giveUp(job, { why: 'retries-used-up', attemptCount: job.attemptCount });
    job.retryCount += 1;
    const delayMs = backOffMs(job.retryCount, chance);
    job.wakeMs = nowMs + delayMs;
    job.state = 'resting';
    job.options = behindItsLike(job);
    this.#resting.add(job);
    return { kind: 'rest', cell: job.cell, delayMs, retry: job.retryCount };
  }

  #lose(job: Job, place: Place, nowMs: number): readonly Decision[] {
    const wasTrial = place.health === 'trial';
    const isNews = place.lose(nowMs);
    const lost: Decision = { kind: 'lost', place, running: [...place.running.keys()] };
    if (!wasTrial) job.lostAt.push(place);
    if (job.lostAt.length >= mostLosses)
      return [
        ...(isNews ? [lost] : []),
        this.#giveUp(job, { why: 'ends-places', places: job.lostAt.map(formatPlace) }),
      ];
    this.#queue(job);
    return isNews ? [lost] : [];
  }

  /** Cells all of whose places are lost wait as often as they would be tried again, and no longer. */
  #giveUpStranded(): readonly Decision[] {
    return this.#waiting
      .takeStranded(({ cell, options }) =>
        options.every(({ place }) => place.health === 'gone' || place.failedProbes >= cell.limits.retryCount),
      )
      .map((job) =>
        this.#giveUp(job, {
          why: 'no-place',
          places: [...new Set(job.options.map(({ place }) => formatPlace(place)))],
        }),
      );
  }

  #start(nowMs: number): readonly Decision[] {
    return [
      ...this.#fill((place) => this.#waiting.take(place, 'planned'), nowMs),
      ...this.#fill((place) => this.#waiting.take(place, 'level'), nowMs),
      ...this.#fill((place) => this.#waiting.takeSlower(place, nowMs), nowMs),
    ];
  }

  #fill(take: (place: Place) => Job | undefined, nowMs: number): readonly Decision[] {
    const started: Decision[] = [];
    for (const place of this.#all) {
      let job = place.hasFreeSlot(nowMs) ? take(place) : undefined;
      while (job !== undefined) {
        started.push(begin(job, place, nowMs));
        job = place.hasFreeSlot(nowMs) ? take(place) : undefined;
      }
    }
    return started;
  }

  #probe(nowMs: number): readonly Decision[] {
    if (this.isDone) return [];
    const due = this.#all.filter((place) => place.health === 'lost' && (place.probeAtMs ?? Infinity) <= nowMs);
    for (const place of due) place.probeAtMs = undefined;
    return due.map((place) => ({ kind: 'probe', place }));
  }

  #ended(id: string): { readonly job: Job; readonly place: Place; readonly startedMs: number } {
    const job = this.#jobs.get(id);
    invariant(job?.state === 'running' && job.at !== undefined, `Cell "${id}" ended and did not run`);
    const { place } = job.at;
    return { job, place, startedMs: place.end(id) };
  }

  #queue(job: Job): void {
    this.#resting.delete(job);
    job.state = 'waiting';
    this.#waiting.add(job);
  }

  #giveUp(job: Job, reason: GivenUp): Decision {
    this.#finish(job);
    return { kind: 'give-up', cell: job.cell, reason };
  }

  #finish(job: Job): void {
    job.state = 'ended';
    this.#endedCount += 1;
  }

  #placeNamed({ builder, node }: PlaceName): Place {
    const found = this.#places.get(builder);
    const place = node === undefined ? found?.whole : found?.nodes.get(node);
    invariant(
      place !== undefined,
      `There is no place "${formatPlace({ builder, ...(node === undefined ? {} : { node }) })}"`,
    );
    return place;
  }
}

function begin(job: Job, place: Place, nowMs: number): Decision {
  const option = job.options.find((candidate) => candidate.place === place);
  invariant(option !== undefined, `Cell "${job.cell.id}" does not qualify for "${formatPlace(place)}"`);
  job.state = 'running';
  job.at = option;
  job.attemptCount += 1;
  place.begin(job.cell.id, { startedMs: nowMs, estimateMs: option.estimateMs });
  return { kind: 'start', cell: job.cell, placement: option.placement, attempt: job.attemptCount };
}

/** A build that fails by its own fault shows that the place works. */
function backOf(place: Place): readonly Decision[] {
  return place.prove() ? [{ kind: 'back', place }] : [];
}

/** The place that failed comes behind those that are as good: what is wrong may be wrong there alone. */
function behindItsLike({ options, at }: Job): Job['options'] {
  if (at === undefined) return options;
  const kind = at.placement.route.kind;
  const last = options.findLastIndex(({ placement }) => placement.route.kind === kind);
  const failed = options.indexOf(at);
  return [...options.slice(0, failed), ...options.slice(failed + 1, last + 1), at, ...options.slice(last + 1)];
}
