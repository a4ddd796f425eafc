import type { Fault } from '../../../errors/fault.ts';
import { invariant } from '../../../errors/invariant.ts';
import type { Cell, Placement } from '../../../plan/cell.ts';
import type { Attempt } from '../../../plan/outcome.ts';
import type { Part } from '../../../plan/part.ts';
import { problemOf } from '../../../plan/problem-of.ts';
import type { BuildOptions } from '../../engine.ts';
import type { AttemptResult } from '../attempt.ts';
import { giveUpFault } from './give-up-fault.ts';
import { formatPlace } from './place.ts';
import type { GivenUp } from './schedule.ts';

type FailedAttempt = Extract<AttemptResult, { kind: 'failed' }>;

/** What is kept of a cell. */
interface Entry {
  readonly attempts: Attempt[];
  last: FailedAttempt | undefined;
}

/** When an attempt was begun. */
export interface Begin {
  /** ISO 8601. */
  readonly at: string;
  /** On the clock that only grows. */
  readonly ms: number;
}

/** What became of each attempt, and of each cell; every cell is reported once, as soon as it has ended. */
export class CellLedger {
  readonly parts: Part[] = [];
  failedCount = 0;
  readonly #options: Pick<BuildOptions, 'host' | 'onResult'>;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #lostPlaces = new Map<string, Fault>();

  constructor(cells: readonly Cell[], options: Pick<BuildOptions, 'host' | 'onResult'>) {
    this.#options = options;
    this.#entries = new Map(cells.map(({ id }) => [id, { attempts: [], last: undefined }]));
  }

  /** The last failure of a cell. */
  last(cell: Cell): FailedAttempt | undefined {
    return this.#of(cell).last;
  }

  attemptCount(cell: Cell): number {
    return this.#of(cell).attempts.length;
  }

  /** Why a place was lost. */
  lossOf(place: string): Fault | undefined {
    return this.#lostPlaces.get(place);
  }

  /** Places were lost, or never made. */
  lose(places: readonly string[], fault: Fault): void {
    for (const place of places) this.#lostPlaces.set(place, fault);
  }

  built(cell: Cell, part: Part): void {
    const { attempts } = this.#of(cell);
    this.parts.push(part);
    this.#options.onResult({ kind: 'built', part, ...(attempts.length === 0 ? {} : { attempts }) });
  }

  failed(cell: Cell, result: FailedAttempt, { placement, begin }: { placement: Placement; begin: Begin }): void {
    const { clock, redactor } = this.#options.host;
    const { builder, node, route } = placement;
    const entry = this.#of(cell);
    entry.last = result;
    entry.attempts.push({
      builder,
      ...(node === undefined ? {} : { node }),
      route: route.kind,
      startedAt: begin.at,
      durationMs: clock.monotonicMs() - begin.ms,
      problem: problemOf(result.fault, { redactor }),
    });
    if (result.failure === 'node-lost') this.lose([formatPlace(placement)], result.fault);
  }

  giveUp(cell: Cell, reason: GivenUp): void {
    const { attempts, last } = this.#of(cell);
    this.failedCount += 1;
    this.#options.onResult({
      kind: 'failed',
      cell: cell.id,
      fault: giveUpFault(cell, reason, { last: last?.fault, lostPlaces: this.#lostPlaces }),
      ...(attempts.length < 2 ? {} : { attempts }),
      ...(last === undefined ? {} : { command: last.command, logTail: last.logTail }),
    });
  }

  #of({ id }: Cell): Entry {
    const entry = this.#entries.get(id);
    invariant(entry !== undefined, `There is no cell "${id}"`);
    return entry;
  }
}
