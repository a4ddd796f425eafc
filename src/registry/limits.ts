import type { Clock } from '../host/clock.ts';

export interface GateOptions {
  readonly clock: Clock;
  /** Uploads of blobs at once. Reads are not bounded here: an upload may read from the same registry. */
  readonly uploadsAtMost: number;
  /** Requests at once, those of the uploads included. */
  readonly requestsAtMost: number;
}

/** Bounds what goes on at one registry at once, and holds everything back when the registry asks for a pause. */
export class Gate {
  readonly #clock: Clock;
  readonly #uploads: Lanes;
  readonly #requests: Lanes;
  #closedUntilMs = 0;

  constructor(options: GateOptions) {
    this.#clock = options.clock;
    this.#uploads = new Lanes(options.uploadsAtMost);
    this.#requests = new Lanes(options.requestsAtMost);
  }

  /** Runs the upload of one blob when a lane is free. */
  upload<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    return this.#uploads.run(work, signal);
  }

  /** Runs one request when a lane is free and no pause is on. */
  request<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    return this.#requests.run(async () => {
      for (let waitMs = this.#pauseMs(); waitMs > 0; waitMs = this.#pauseMs()) await this.#clock.sleep(waitMs, signal);
      return work();
    }, signal);
  }

  /** Holds back every request that has not begun, for so many milliseconds from now. */
  pause(ms: number): void {
    this.#closedUntilMs = Math.max(this.#closedUntilMs, this.#clock.monotonicMs() + ms);
  }

  #pauseMs(): number {
    return this.#closedUntilMs - this.#clock.monotonicMs();
  }
}

/** At most so many pieces of work at once; the others wait in the order they came. */
class Lanes {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(next), 1);
        reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
      };
      function next(): void {
        signal.removeEventListener('abort', onAbort);
        resolve();
      }
      this.#waiting.push(next);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
