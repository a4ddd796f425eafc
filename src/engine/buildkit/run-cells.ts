import { setMaxListeners } from 'node:events';
import { invariant } from '../../errors/invariant.ts';
import { type Fault, isFault } from '../../errors/fault.ts';
import type { BuilderFacts } from '../../plan/builder-facts.ts';
import type { Cell, Placement } from '../../plan/cell.ts';
import type { Attempt } from '../../plan/outcome.ts';
import type { Part } from '../../plan/part.ts';
import type { BuildOptions } from '../engine.ts';
import type { AttemptResult, RunAttempt } from './attempt.ts';
import { attemptProblem } from './attempt-problem.ts';
import { describeTime } from './describe-time.ts';
import { giveUpFault } from './give-up-fault.ts';
import { Inbox } from './inbox.ts';
import { formatPlace, type PlaceName } from './place.ts';
import { QueueProgress } from './queue-progress.ts';
import { runWatched, type WatchedAttempt } from './run-watched.ts';
import { type Decision, Schedule, type ScheduleEvent } from './schedule.ts';
import type { WatchLimits } from './watchdog.ts';

/** What the loop does its work by. */
export interface LoopTools {
  readonly runAttempt: RunAttempt;
  readonly ensureBuilder: (builder: BuilderFacts, host: BuildOptions['host']) => Promise<void>;
  /** Whether a lost place answers again. */
  readonly probe: (place: PlaceName, host: BuildOptions['host']) => Promise<boolean>;
  readonly limits: WatchLimits;
}

/** What is kept of a cell while it is built. */
interface Progress {
  readonly attempts: Attempt[];
  last: Extract<AttemptResult, { kind: 'failed' }> | undefined;
  running: WatchedAttempt | undefined;
  /** Where its last attempt was. */
  at: Placement | undefined;
}

/**
 * Builds cells to their ends and reports each: the effects around a `Schedule`. Nothing is left running when it resolves or
 * rejects.
 *
 * @returns the parts that were built
 * @throws {Fault} INTERRUPTED
 */
export function runCells(cells: readonly Cell[], options: BuildOptions, tools: LoopTools): Promise<readonly Part[]> {
  return new CellLoop(cells, options, tools).run();
}

class CellLoop {
  readonly #cells: readonly Cell[];
  readonly #options: BuildOptions;
  readonly #tools: LoopTools;
  readonly #schedule: Schedule;
  readonly #progress: ReadonlyMap<string, Progress>;
  readonly #queue: QueueProgress;
  readonly #inbox = new Inbox<() => ScheduleEvent>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #lostPlaces = new Map<string, Fault>();
  /** Aborted when the loop ends before its time: what runs must end with it. */
  readonly #ending = new AbortController();
  readonly #parts: Part[] = [];
  #failedCount = 0;

  constructor(cells: readonly Cell[], options: BuildOptions, tools: LoopTools) {
    const signal = AbortSignal.any([options.host.signal, this.#ending.signal]);
    // One listener a wait, and many cells wait at once.
    setMaxListeners(0, signal);
    this.#cells = cells;
    this.#options = { ...options, host: { ...options.host, signal } };
    this.#tools = tools;
    this.#schedule = new Schedule(cells, options.builders);
    this.#progress = new Map(
      cells.map(({ id }) => [id, { attempts: [], last: undefined, running: undefined, at: undefined }]),
    );
    this.#queue = new QueueProgress(options.host.emit);
  }

  async run(): Promise<readonly Part[]> {
    const { clock, signal } = this.#options.host;
    this.#queue.begin(this.#cells);
    try {
      this.#makeBuilders();
      this.#feed({ kind: 'time' });
      while (!this.#schedule.isDone) {
        const nowMs = clock.monotonicMs();
        const wakeMs = this.#schedule.wakeMs(nowMs);
        const happened = await this.#inbox.take({
          clock,
          signal,
          ms: wakeMs === undefined ? undefined : wakeMs - nowMs,
        });
        this.#feed(happened?.() ?? { kind: 'time' });
      }
    } finally {
      this.#ending.abort();
      await Promise.all(this.#underWay);
      this.#queue.end(this.#failedCount);
    }
    return this.#parts;
  }

  #feed(event: ScheduleEvent): void {
    const { clock } = this.#options.host;
    for (const decision of this.#schedule.take(event, clock.monotonicMs())) this.#act(decision);
    this.#queue.update(this.#schedule.waiting, this.#schedule.waitingCount);
  }

  #act(decision: Decision): void {
    switch (decision.kind) {
      case 'start':
        this.#start(decision);
        break;
      case 'rest':
        this.#rest(decision);
        break;
      case 'give-up':
        this.#giveUp(decision);
        break;
      case 'lost':
        this.#lost(decision);
        break;
      case 'probe':
        this.#track(this.#probe(decision.place));
        break;
      case 'back':
        this.#note('info', `${formatPlace(decision.place)} works again`);
        break;
    }
  }

  #start({ cell, placement, attempt }: Decision & { readonly kind: 'start' }): void {
    const progress = this.#of(cell.id);
    const from = progress.at === undefined ? formatPlace(cell) : formatPlace(progress.at);
    this.#queue.leave(cell);
    if (
      progress.at !== undefined &&
      (from !== formatPlace(placement) || progress.at.route.kind !== placement.route.kind)
    )
      this.#note('info', `${cell.id} moves from ${from} to ${formatPlace(placement)} (${placement.route.kind})`);
    progress.at = placement;
    this.#track(this.#attempt(cell, placement, attempt));
  }

  async #attempt(cell: Cell, placement: Placement, number: number): Promise<void> {
    const { host, builders } = this.#options;
    const builder = builders.find(({ name }) => name === placement.builder);
    invariant(builder !== undefined, `Cell "${cell.id}" is placed on "${placement.builder}", which is no builder`);
    const startedAt = host.clock.now().toISOString();
    const startedMs = host.clock.monotonicMs();
    const progress = this.#of(cell.id);
    const { runAttempt, limits } = this.#tools;
    progress.running = runWatched({ cell, placement, builder, number }, { runAttempt, limits, options: this.#options });
    const result = await progress.running.result;
    progress.running = undefined;
    if (result.kind === 'failed') {
      const { builder: name, node, route } = placement;
      progress.last = result;
      progress.attempts.push({
        builder: name,
        ...(node === undefined ? {} : { node }),
        route: route.kind,
        startedAt,
        durationMs: host.clock.monotonicMs() - startedMs,
        problem: attemptProblem(result.fault, host.redactor),
      });
      if (result.failure === 'node-lost') this.#lostPlaces.set(formatPlace(placement), result.fault);
      this.#put({ kind: 'failed', cell: cell.id, failure: result.failure, chance: this.#chance() });
    } else {
      const attempts = progress.attempts.length === 0 ? {} : { attempts: progress.attempts };
      this.#parts.push(result.part);
      this.#options.onResult({ kind: 'built', part: result.part, ...attempts });
      this.#put({ kind: 'built', cell: cell.id });
    }
  }

  #rest({ cell, delayMs, retry }: Decision & { readonly kind: 'rest' }): void {
    this.#queue.rest(cell, { delayMs, retry });
    const { last } = this.#of(cell.id);
    const again = `attempt ${retry + 1} of ${cell.limits.retryCount + 1} in ${describeTime(delayMs)}`;
    this.#note('warning', `${last?.fault.message ?? cell.id}; ${again}`);
  }

  #giveUp({ cell, reason }: Decision & { readonly kind: 'give-up' }): void {
    const { attempts, last } = this.#of(cell.id);
    this.#queue.leave(cell);
    this.#failedCount += 1;
    const fault = giveUpFault(cell, reason, { last: last?.fault, lostPlaces: this.#lostPlaces });
    this.#options.onResult({
      kind: 'failed',
      cell: cell.id,
      fault,
      ...(attempts.length < 2 ? {} : { attempts }),
      ...(last === undefined ? {} : { command: last.command, logTail: last.logTail }),
    });
    if (last !== undefined && attempts.length > 1)
      this.#note('warning', `${cell.id} is given up after ${attempts.length} attempts; by hand: ${last.command}`);
  }

  #lost({ place, running }: Decision & { readonly kind: 'lost' }): void {
    const name = formatPlace(place);
    const fault = this.#lostPlaces.get(name);
    this.#note('warning', `${name} is lost: its cells go elsewhere where they can`, fault?.message);
    for (const cell of running) this.#of(cell).running?.suspect();
  }

  async #probe(place: PlaceName): Promise<void> {
    const isAlive = await this.#tools.probe(place, this.#options.host);
    this.#put({ kind: 'probed', place, isAlive });
  }

  /** Those that are missing are made while others build already. */
  #makeBuilders(): void {
    const used = new Set(
      this.#cells.flatMap((cell) => [cell.builder, ...(cell.alternatives ?? []).map(({ builder }) => builder)]),
    );
    for (const builder of this.#options.builders)
      if (builder.state === 'missing' && used.has(builder.name)) this.#track(this.#make(builder));
  }

  async #make(builder: BuilderFacts): Promise<void> {
    const { host } = this.#options;
    try {
      await this.#tools.ensureBuilder(builder, host);
      this.#put({ kind: 'made', builder: builder.name, isReady: true });
    } catch (error) {
      if (!isFault(error) || host.signal.aborted) throw error;
      for (const name of [builder.name, ...builder.nodes.map(({ name: node }) => `${builder.name}/${node}`)])
        this.#lostPlaces.set(name, error);
      this.#put({ kind: 'made', builder: builder.name, isReady: false });
    }
  }

  /** What goes wrong in the work itself, and an interruption, ends the loop. */
  #track(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => {
      this.#inbox.put(() => {
        throw error;
      });
    });
    this.#underWay.add(tracked);
    void tracked.then(() => this.#underWay.delete(tracked));
  }

  #put(event: ScheduleEvent): void {
    this.#inbox.put(() => event);
  }

  /** From 0 to 1. */
  #chance(): number {
    return Number.parseInt(this.#options.host.randomHex(2), 16) / 0xffff;
  }

  #of(cell: string): Progress {
    const progress = this.#progress.get(cell);
    invariant(progress !== undefined, `There is no cell "${cell}"`);
    return progress;
  }

  #note(level: 'info' | 'warning', text: string, hint?: string): void {
    this.#options.host.emit({ kind: 'note', level, text, ...(hint === undefined ? {} : { hint }) });
  }
}
