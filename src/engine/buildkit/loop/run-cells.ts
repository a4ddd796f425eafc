import { setMaxListeners } from 'node:events';
import { isFault } from '../../../errors/fault.ts';
import { invariant } from '../../../errors/invariant.ts';
import type { Host } from '../../../host/host.ts';
import type { BuilderFacts } from '../../../plan/builder-facts.ts';
import type { Cell, Placement } from '../../../plan/cell.ts';
import type { Part } from '../../../plan/part.ts';
import type { BuildOptions } from '../../engine.ts';
import type { RunAttempt } from '../attempt.ts';
import { CellLedger } from './cell-ledger.ts';
import { describeTime } from './describe-time.ts';
import { Inbox } from './inbox.ts';
import { formatPlace, type PlaceName } from './place.ts';
import { QueueProgress } from './queue-progress.ts';
import { runWatched, type WatchedAttempt } from './run-watched.ts';
import { type Decision, Schedule, type ScheduleEvent } from './schedule.ts';
import type { WatchLimits } from './watchdog.ts';

/** What the loop does its work by. */
export interface LoopTools {
  readonly runAttempt: RunAttempt;
  readonly ensureBuilder: (builder: BuilderFacts, host: Host) => Promise<void>;
  /** Whether a lost place answers again. */
  readonly probe: (place: PlaceName, host: Host) => Promise<boolean>;
  readonly limits: WatchLimits;
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
  readonly #ledger: CellLedger;
  /** By cell. */
  readonly #running = new Map<string, WatchedAttempt>();
  /** Where each cell was begun last. */
  readonly #lastAt = new Map<string, Placement>();
  readonly #queue: QueueProgress;
  readonly #inbox = new Inbox<() => ScheduleEvent>();
  readonly #underWay = new Set<Promise<void>>();
  /** Aborted when the loop ends before its time: what runs must end with it. */
  readonly #ending = new AbortController();

  constructor(cells: readonly Cell[], options: BuildOptions, tools: LoopTools) {
    const signal = AbortSignal.any([options.host.signal, this.#ending.signal]);
    // One listener a wait, and many cells wait at once.
    setMaxListeners(0, signal);
    this.#cells = cells;
    this.#options = { ...options, host: hostUntil(options.host, signal) };
    this.#tools = tools;
    this.#schedule = new Schedule(cells, options.builders);
    this.#ledger = new CellLedger(cells, options);
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
      this.#queue.end(this.#ledger.failedCount);
    }
    return this.#ledger.parts;
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
    const last = this.#lastAt.get(cell.id);
    const [from, to] = [last ?? placement, placement].map((one) => `${formatPlace(one)} (${one.route.kind})`);
    if (from !== to) this.#note('info', `${cell.id} moves from ${from ?? ''} to ${to ?? ''}`);
    this.#lastAt.set(cell.id, placement);
    this.#queue.leave(cell);
    this.#track(this.#attempt(cell, placement, attempt));
  }

  async #attempt(cell: Cell, placement: Placement, number: number): Promise<void> {
    const { host, builders } = this.#options;
    const builder = builders.find(({ name }) => name === placement.builder);
    invariant(builder !== undefined, `Cell "${cell.id}" is placed on "${placement.builder}", which is no builder`);
    const begin = { at: host.clock.now().toISOString(), ms: host.clock.monotonicMs() };
    const { runAttempt, limits } = this.#tools;
    const attempt = runWatched({ cell, placement, builder, number }, { runAttempt, limits, options: this.#options });
    this.#running.set(cell.id, attempt);
    const result = await attempt.result;
    this.#running.delete(cell.id);
    if (result.kind === 'built') {
      this.#ledger.built(cell, result.part);
      this.#put({ kind: 'built', cell: cell.id });
    } else {
      this.#ledger.failed(cell, result, { placement, begin });
      this.#put({ kind: 'failed', cell: cell.id, failure: result.failure, chance: this.#chance() });
    }
  }

  #rest({ cell, delayMs, retry }: Decision & { readonly kind: 'rest' }): void {
    this.#queue.rest(cell, { delayMs, retry });
    const again = `attempt ${retry + 1} of ${cell.limits.retryCount + 1} in ${describeTime(delayMs)}`;
    this.#note('warning', `${this.#ledger.last(cell)?.fault.message ?? cell.id}; ${again}`);
  }

  #giveUp({ cell, reason }: Decision & { readonly kind: 'give-up' }): void {
    this.#queue.leave(cell);
    this.#ledger.giveUp(cell, reason);
    const last = this.#ledger.last(cell);
    const count = this.#ledger.attemptCount(cell);
    if (last !== undefined && count > 1)
      this.#note('warning', `${cell.id} is given up after ${count} attempts; by hand: ${last.command}`);
  }

  #lost({ place, running }: Decision & { readonly kind: 'lost' }): void {
    const name = formatPlace(place);
    this.#note('warning', `${name} is lost: its cells go elsewhere where they can`, this.#ledger.lossOf(name)?.message);
    for (const cell of running) this.#running.get(cell)?.suspect();
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
      this.#ledger.lose([builder.name, ...builder.nodes.map(({ name }) => `${builder.name}/${name}`)], error);
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

  #note(level: 'info' | 'warning', text: string, hint?: string): void {
    this.#options.host.emit({ kind: 'note', level, text, ...(hint === undefined ? {} : { hint }) });
  }
}

/** The same host, on which all waits and child processes end with a signal. */
function hostUntil(host: Host, signal: AbortSignal): Host {
  return {
    ...host,
    signal,
    processes: {
      run: (command) => {
        const ends = command.signal === undefined ? signal : AbortSignal.any([signal, command.signal]);
        return host.processes.run({ ...command, signal: ends });
      },
    },
  };
}
