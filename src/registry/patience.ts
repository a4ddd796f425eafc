import type { Host } from '../host/host.ts';
import type { Gate } from './limits.ts';
import { decideRetry, type Failure, isRateLimit, type RetryDecision, type RetryPolicy } from './retry.ts';

export interface PatienceOptions {
  readonly host: Host;
  readonly gate: Gate;
  /** Told in the notes about waits. */
  readonly registry: string;
  readonly policy: RetryPolicy;
  readonly everAnswered: () => boolean;
}

/** What was tried before giving up. */
export interface Tried {
  readonly count: number;
  readonly elapsedMs: number;
  readonly why: (RetryDecision & { kind: 'give-up' })['why'];
  /** The wait that the registry asked for, in milliseconds. */
  readonly askedMs?: number;
}

const announcedFromMs = 2000;

/** The memory of one operation about its failures: waits between attempts, and knows when enough was tried. */
export class Patience {
  readonly #options: PatienceOptions;
  #failedCount = 0;
  #stalledCount = 0;
  #firstFailureMs = 0;
  #askedMs = 0;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /**
   * Waits for the next attempt; or tells, at once, what was tried when there is to be none. A wait that the registry asks
   * for holds back all requests to it, and every wait from 2 seconds on is announced.
   */
  async next(failure: Failure): Promise<Tried | undefined> {
    const { host, gate, policy, everAnswered } = this.#options;
    const nowMs = host.clock.monotonicMs();
    if (this.#failedCount === 0) this.#firstFailureMs = nowMs;
    this.#failedCount += 1;
    if (failure.kind === 'broken' && failure.isStall) this.#stalledCount += 1;
    const elapsedMs = nowMs - this.#firstFailureMs;
    const decision = decideRetry(
      failure,
      {
        failedCount: this.#failedCount,
        stalledCount: this.#stalledCount,
        elapsedMs: elapsedMs - this.#askedMs,
        askedMs: this.#askedMs,
        everAnswered: everAnswered(),
        jitter: randomFraction(host),
      },
      policy,
    );
    const asked = failure.kind === 'status' && failure.askedMs !== undefined ? { askedMs: failure.askedMs } : {};
    if (decision.kind === 'give-up') return { count: this.#failedCount, elapsedMs, why: decision.why, ...asked };
    if (decision.asked) this.#askedMs += decision.afterMs;
    if (failure.kind === 'status' && (decision.asked || isRateLimit(failure.status, failure.text)))
      gate.pause(decision.afterMs);
    this.#announce(failure, decision.afterMs);
    await host.clock.sleep(decision.afterMs, host.signal);
    return undefined;
  }

  /** Forgets the failures: something was achieved since. */
  progressed(): void {
    this.#failedCount = 0;
    this.#stalledCount = 0;
    this.#askedMs = 0;
  }

  #announce(failure: Failure, waitMs: number): void {
    if (waitMs < announcedFromMs) return;
    const { host, registry } = this.#options;
    const what = failure.kind === 'status' ? `answered ${failure.status}` : 'could not be reached, or broke off';
    const text = `${registry} ${what}; trying again in ${Math.round(waitMs / 1000)} s`;
    host.emit({ kind: 'note', level: 'info', text });
  }
}

/** A random number from 0 to 1. */
export function randomFraction(host: Host): number {
  return Number.parseInt(host.randomHex(4), 16) / 0xffff_ffff;
}
