import type { Clock } from '../../src/host/clock.ts';

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

/**
 * A clock that stands still until somebody sleeps, and then leaps to the earliest waking time: a back-off of an hour
 * takes one turn of the event loop. Sleepers wake in the order of their times.
 */
export class FakeClock implements Clock {
  /** Every length slept, in milliseconds, in the order of the calls. */
  readonly slept: number[] = [];
  readonly #startMs: number;
  readonly #sleepers: Sleeper[] = [];
  #elapsedMs = 0;
  #leapPlanned = false;

  constructor(start: Date = new Date('2026-01-01T00:00:00Z')) {
    this.#startMs = start.getTime();
  }

  now(): Date {
    return new Date(this.#startMs + this.#elapsedMs);
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  /** Moves time on without anybody sleeping. */
  advance(ms: number): void {
    this.#elapsedMs += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(ms);
    if (signal?.aborted === true) return rejectedWith(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
        rejectedWith(signal?.reason).catch(reject);
      };
      const sleeper: Sleeper = {
        wakeMs: this.#elapsedMs + ms,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.push(sleeper);
      this.#planLeap();
    });
  }

  #planLeap(): void {
    if (this.#leapPlanned || this.#sleepers.length === 0) return;
    this.#leapPlanned = true;
    setImmediate(() => {
      this.#leapPlanned = false;
      this.#leap();
      this.#planLeap();
    });
  }

  #leap(): void {
    this.#sleepers.sort((a, b) => a.wakeMs - b.wakeMs);
    const first = this.#sleepers.shift();
    if (first === undefined) return;
    this.#elapsedMs = Math.max(this.#elapsedMs, first.wakeMs);
    first.wake();
  }
}

async function rejectedWith(reason: unknown): Promise<never> {
  await Promise.resolve();
  throw reason instanceof Error ? reason : new Error(String(reason));
}
