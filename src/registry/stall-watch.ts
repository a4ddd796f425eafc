import type { Clock } from '../host/clock.ts';

export interface StallWatchOptions {
  readonly clock: Clock;
  readonly slowWindowMs: number;
  readonly slowBytes: number;
  /** Called once, when nothing moved within the limit, or too little within the window. */
  readonly onStall: (what: string) => void;
}

/**
 * Watches the waits of one exchange. Only time spent waiting for the other side counts: a consumer that reads slowly is
 * no stall. One timer serves all waits.
 */
export class StallWatch {
  readonly #options: StallWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #limitMs = 0;
  #what = '';
  #sinceMs: number | undefined;
  #waitedMs = 0;
  #movedBytes = 0;

  constructor(options: StallWatchOptions) {
    this.#options = options;
  }

  /** Begins a wait: `what` is told where it lasts longer than `limitMs`. */
  begin(what: string, limitMs: number): void {
    this.#what = what;
    this.#sinceMs = this.#options.clock.monotonicMs();
    if (this.#timer !== undefined && this.#limitMs === limitMs) this.#timer.refresh();
    else {
      clearTimeout(this.#timer);
      this.#limitMs = limitMs;
      this.#timer = setTimeout(() => this.#expire(), limitMs);
    }
  }

  /** Ends a wait, after which this many bytes had moved. */
  end(movedBytes: number): void {
    if (this.#sinceMs === undefined) return;
    const { clock, slowWindowMs, slowBytes, onStall } = this.#options;
    const waitedMs = clock.monotonicMs() - this.#sinceMs;
    this.#sinceMs = undefined;
    // A wait for something else than bytes, as for the head of an answer, says nothing about how slow the bytes are.
    if (movedBytes > 0) this.#waitedMs += waitedMs;
    this.#movedBytes += movedBytes;
    if (this.#waitedMs < slowWindowMs) return;
    if (this.#movedBytes < slowBytes) onStall(`moved only ${this.#movedBytes} bytes in ${seconds(this.#waitedMs)}`);
    this.#waitedMs = 0;
    this.#movedBytes = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sinceMs = undefined;
  }

  #expire(): void {
    if (this.#sinceMs !== undefined) this.#options.onStall(`${this.#what} for ${seconds(this.#limitMs)}`);
  }
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}
