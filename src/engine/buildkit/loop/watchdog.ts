import { Fault, type FaultOptions } from '../../../errors/fault.ts';
import type { Cell, Placement } from '../../../plan/cell.ts';
import type { Activity, FailureKind } from '../attempt.ts';
import { describeTime } from './describe-time.ts';
import { formatPlace } from './place.ts';

/** How long an attempt may go on without a reason. Milliseconds. */
export interface WatchLimits {
  /** Silence of an emulated build. Default: 10 minutes. */
  readonly emulatedSilenceMs: number;
  /** Silence of any other build. Default: 1 hour. */
  readonly silenceMs: number;
  /** Silence after QEMU said that it crashed: what waits for the dead program waits for ever. Default: 2 minutes. */
  readonly crashSilenceMs: number;
  /** Silence of a build whose builder was lost to another one. Default: 30 seconds. */
  readonly lostSilenceMs: number;
  /** How many times the longest emulated build of former runs an emulated one may take. Default: 5. */
  readonly historyFactor: number;
  /** That limit is never shorter. Default: 10 minutes. */
  readonly leastHistoryMs: number;
  /** Silence that is told to the user, again and again. Default: 3 minutes. */
  readonly heartbeatMs: number;
}

const minuteMs = 60_000;

export const defaultWatchLimits: WatchLimits = {
  emulatedSilenceMs: 10 * minuteMs,
  silenceMs: 60 * minuteMs,
  crashSilenceMs: 2 * minuteMs,
  lostSilenceMs: 30_000,
  historyFactor: 5,
  leastHistoryMs: 10 * minuteMs,
  heartbeatMs: 3 * minuteMs,
};

/** Why an attempt is ended from outside. */
export interface Verdict {
  readonly failure: FailureKind;
  readonly fault: Fault;
}

export interface Watched {
  readonly cell: Cell;
  readonly placement: Placement;
  readonly limits: WatchLimits;
  readonly startedMs: number;
}

/** QEMU's last words, as its user mode and its signal handler write them. */
const crashText =
  /\bqemu: (?:uncaught target signal|fatal|unhandled CPU exception)|\bQEMU internal SIG[A-Z]+|^qemu-[\w-]+: /m;

/** What is known of one attempt while it runs, and whether it is to be ended. Time comes in from outside. */
export class Watchdog {
  readonly #watched: Watched;
  #heardMs: number;
  #toldMs: number;
  #step = '';
  #crash: string | undefined;
  #isSuspect = false;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#heardMs = watched.startedMs;
    this.#toldMs = watched.startedMs;
  }

  /** A sign of life. It clears its builder of the suspicion to be lost. */
  hear({ kind, text }: Activity, nowMs: number): void {
    this.#heardMs = nowMs;
    this.#toldMs = nowMs;
    this.#isSuspect = false;
    if (kind === 'step' && text !== undefined) this.#step = text;
    if (kind === 'log' && text !== undefined && crashText.test(text)) this.#crash = text.trim();
  }

  /** Another attempt lost the builder. */
  suspect(nowMs: number): void {
    this.#isSuspect = true;
    this.#heardMs = nowMs;
  }

  /** Why the attempt must end now, if it must. */
  judge(nowMs: number): Verdict | undefined {
    return this.#overTime(nowMs) ?? this.#silent(nowMs);
  }

  /** What is to be told of a long silence, once each time it has lasted as long again. */
  heartbeat(nowMs: number): string | undefined {
    if (nowMs - this.#toldMs < this.#watched.limits.heartbeatMs) return undefined;
    this.#toldMs = nowMs;
    const silence = describeTime(nowMs - this.#heardMs);
    return `${this.#watched.cell.id} is still running on ${this.#place}: ${this.#step === '' ? '' : `${this.#step}, `}silent for ${silence}`;
  }

  /** The next moment at which there may be something to judge or to tell. */
  wakeMs(): number {
    return Math.min(
      this.#watched.startedMs + (this.#timeLimit()?.ms ?? Infinity),
      this.#heardMs + this.#silenceLimitMs,
      this.#toldMs + this.#watched.limits.heartbeatMs,
    );
  }

  get #place(): string {
    return formatPlace(this.#watched.placement);
  }

  get #isEmulated(): boolean {
    return this.#watched.placement.route.kind === 'emulated';
  }

  get #silenceLimitMs(): number {
    const { emulatedSilenceMs, silenceMs, crashSilenceMs, lostSilenceMs } = this.#watched.limits;
    if (this.#isSuspect) return lostSilenceMs;
    if (this.#isEmulated && this.#crash !== undefined) return crashSilenceMs;
    return this.#isEmulated ? emulatedSilenceMs : silenceMs;
  }

  /** The shorter of the cell's own limit and what former runs make of an emulated build. */
  #timeLimit(): { readonly ms: number; readonly isOwn: boolean } | undefined {
    const { cell, limits } = this.#watched;
    const ownMs = cell.limits.timeoutMs ?? Infinity;
    const longestMs = this.#isEmulated ? (cell.longestEmulatedMs ?? Infinity) : Infinity;
    const historyMs = Math.max(limits.leastHistoryMs, longestMs * limits.historyFactor);
    const ms = Math.min(ownMs, historyMs);
    return ms === Infinity ? undefined : { ms, isOwn: ownMs <= historyMs };
  }

  #overTime(nowMs: number): Verdict | undefined {
    const limit = this.#timeLimit();
    if (limit === undefined || nowMs - this.#watched.startedMs < limit.ms) return undefined;
    const failure = this.#isEmulated ? 'emulator' : 'permanent';
    const time = describeTime(limit.ms);
    if (limit.isOwn) {
      return { failure, fault: this.#fault('BUILD_TIMED_OUT', `it took longer than its time limit of ${time}`) };
    }
    const longest = describeTime(this.#watched.cell.longestEmulatedMs ?? 0);
    const reason = `it took longer than ${time} under emulation, and ${longest} at most before`;
    return { failure, fault: this.#fault('EMULATION_TOO_SLOW', reason) };
  }

  #silent(nowMs: number): Verdict | undefined {
    const limitMs = this.#silenceLimitMs;
    if (nowMs - this.#heardMs < limitMs) return undefined;
    const silence = `no sign of life for ${describeTime(limitMs)}`;
    if (this.#isSuspect) {
      return { failure: 'node-lost', fault: this.#fault('BUILDER_LOST', `${silence} after the builder was lost`) };
    }
    if (!this.#isEmulated) return { failure: 'permanent', fault: this.#fault('BUILD_SILENT', silence) };
    if (this.#crash === undefined) {
      return { failure: 'emulator', fault: this.#fault('EMULATION_STUCK', `${silence} under emulation`) };
    }
    const crash = { frame: this.#crash };
    return { failure: 'emulator', fault: this.#fault('EMULATOR_CRASHED', `QEMU crashed, then ${silence}`, crash) };
  }

  #fault(code: Fault['code'], reason: string, options: FaultOptions = {}): Fault {
    const { cell } = this.#watched;
    const at = this.#step === '' ? '' : ` at "${this.#step}"`;
    return new Fault(code, `Cannot build "${cell.id}" on "${this.#place}": ${reason}${at}`, {
      where: { platform: cell.platform },
      ...options,
    });
  }
}
