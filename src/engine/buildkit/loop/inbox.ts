import type { Clock } from '../../../host/clock.ts';

/** Values that are put in at any time and taken out one at a time. */
export class Inbox<Value> {
  readonly #values: Value[] = [];
  #wake: (() => void) | undefined;

  put(value: Value): void {
    this.#values.push(value);
    this.#wake?.();
  }

  /**
   * The next value, or undefined when `ms` milliseconds have gone by without one; without `ms` it waits as long as it takes.
   * Rejects with the signal's reason when it is aborted.
   */
  async take({ clock, signal, ms }: TakeValueOptions): Promise<Value | undefined> {
    if (this.#values.length > 0) return this.#values.shift();
    signal.throwIfAborted();
    const over = new AbortController();
    const any = AbortSignal.any([signal, over.signal]);
    const put = new Promise<void>((resolve) => (this.#wake = resolve));
    const slept = ms === undefined ? aborted(any) : clock.sleep(ms, any).catch(() => undefined);
    await Promise.race([put, slept]);
    this.#wake = undefined;
    over.abort();
    signal.throwIfAborted();
    return this.#values.shift();
  }
}

export interface TakeValueOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly ms?: number | undefined;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
