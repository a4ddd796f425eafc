import type { Fault } from '../errors/fault.ts';

/** What one attempt came to, as far as trying again is concerned. */
export type Failure =
  | {
      readonly kind: 'status';
      readonly status: number;
      /** The text of the refusal; empty for HEAD. */
      readonly text: string;
      /** How long the registry asks to wait. */
      readonly askedMs?: number;
    }
  | {
      readonly kind: 'broken';
      readonly retryable: boolean;
      /** Whether a limit on a wait was met. */
      readonly isStall: boolean;
    };

export interface RetryHistory {
  /** Attempts that have failed in a row, this one included. */
  readonly failedCount: number;
  /** How many of them met a limit on a wait. */
  readonly stalledCount: number;
  /** Milliseconds since the first of them, without the time that the registry itself asked to wait. */
  readonly elapsedMs: number;
  /** Milliseconds that the registry has asked to wait so far. */
  readonly askedMs: number;
  /** Whether the registry has ever answered anything; a host that never has is given up sooner. */
  readonly everAnswered: boolean;
  /** From 0 to 1. */
  readonly jitter: number;
}

export interface RetryPolicy {
  /** The longest time without success, in milliseconds. */
  readonly budgetMs: number;
  /** The same for a host that has never answered. */
  readonly firstContactBudgetMs: number;
  /** The longest single wait that a registry may ask for. */
  readonly askedAtMostMs: number;
  /** The longest sum of such waits. */
  readonly askedBudgetMs: number;
  readonly failedAtMost: number;
  /** Every standstill costs half a minute by itself. */
  readonly stalledAtMost: number;
}

/** A registry that restarts is back within the budget: none of the waits a registry needs in practice is longer. */
export const usualRetryPolicy: RetryPolicy = {
  budgetMs: 90_000,
  firstContactBudgetMs: 30_000,
  askedAtMostMs: 120_000,
  askedBudgetMs: 300_000,
  failedAtMost: 40,
  stalledAtMost: 3,
};

export type RetryDecision =
  | { readonly kind: 'again'; readonly afterMs: number; readonly asked: boolean }
  | { readonly kind: 'give-up'; readonly why: 'final' | 'tried-enough' | 'asked-too-long' };

const firstDelayMs = 250;
const longestDelayMs = 10_000;
const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524]);

/** Whether to try again after a failure, and when. Pure: time and chance are in the history. */
export function decideRetry(failure: Failure, history: RetryHistory, policy: RetryPolicy): RetryDecision {
  if (!isPassing(failure)) return { kind: 'give-up', why: 'final' };
  const isWornOut = history.failedCount >= policy.failedAtMost || history.stalledCount >= policy.stalledAtMost;
  if (isWornOut) return { kind: 'give-up', why: 'tried-enough' };
  const askedMs = failure.kind === 'status' ? failure.askedMs : undefined;
  if (askedMs !== undefined && askedMs > policy.askedAtMostMs) return { kind: 'give-up', why: 'asked-too-long' };
  const ownMs = backOffMs(history.failedCount, history.jitter);
  if (askedMs !== undefined && askedMs >= ownMs) {
    if (history.askedMs + askedMs > policy.askedBudgetMs) return { kind: 'give-up', why: 'tried-enough' };
    return { kind: 'again', afterMs: askedMs + Math.round(history.jitter * firstDelayMs), asked: true };
  }
  const budgetMs = history.everAnswered ? policy.budgetMs : policy.firstContactBudgetMs;
  if (history.elapsedMs + ownMs > budgetMs) return { kind: 'give-up', why: 'tried-enough' };
  return { kind: 'again', afterMs: ownMs, asked: false };
}

/** A connection that did not hold, as far as trying again is concerned. */
export function failureOfFault({ retryable, code }: Fault): Failure {
  return { kind: 'broken', retryable, isStall: code === 'REGISTRY_TIMED_OUT' };
}

/** Whether a failure may be gone when the same request is made again. */
export function isPassing(failure: Failure): boolean {
  if (failure.kind === 'broken') return failure.retryable;
  if (isFull(failure.status, failure.text)) return false;
  return passingStatuses.has(failure.status) || isRateLimit(failure.status, failure.text);
}

/** Whether a registry says that it is asked too often: 429, or GitHub's 403 about its secondary rate limit. */
export function isRateLimit(status: number, text: string): boolean {
  return status === 429 || (status === 403 && /secondary rate limit|rate limit exceeded/i.test(text));
}

/** Whether a registry says that it has no room: 507, or distribution's 500 with the error of its disk. */
export function isFull(status: number, text: string): boolean {
  return status === 507 || (status >= 500 && /no space left on device|ENOSPC|disk quota exceeded/i.test(text));
}

/** Doubles from a quarter of a second up to ten seconds, give or take a quarter. */
function backOffMs(failedCount: number, jitter: number): number {
  const plain = Math.min(longestDelayMs, firstDelayMs * 2 ** (failedCount - 1));
  return Math.round(plain * (0.75 + jitter / 2));
}
