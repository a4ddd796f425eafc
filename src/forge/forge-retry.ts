import type { ForgeAnswer } from './forge-wire.ts';

/** What was waited for so far in one operation. */
export interface ForgeHistory {
  readonly failedCount: number;
  /** Milliseconds that the forge has asked to wait so far. */
  readonly askedMs: number;
  /** From 0 to 1. */
  readonly jitter: number;
}

export type ForgeDecision =
  | { readonly kind: 'again'; readonly afterMs: number; readonly asked: boolean }
  | { readonly kind: 'give-up'; readonly why: 'final' | 'tried-enough' | 'asked-too-long' };

const failedAtMost = 7;
const firstDelayMs = 500;
const longestDelayMs = 15_000;
const askedAtMostMs = 120_000;
const askedBudgetMs = 300_000;
const passing: ReadonlySet<number> = new Set([408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524]);

/** Whether to try again after an answer, or after none (`broken`), and when. */
export function decideForgeRetry(answer: ForgeAnswer | 'broken', history: ForgeHistory, now: Date): ForgeDecision {
  const isLimit = answer !== 'broken' && isRateLimit(answer);
  if (answer !== 'broken' && !isLimit && !passing.has(answer.status)) return { kind: 'give-up', why: 'final' };
  if (history.failedCount >= failedAtMost) return { kind: 'give-up', why: 'tried-enough' };
  const askedMs = answer === 'broken' ? undefined : askedWaitMs(answer, now);
  const ownMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (history.failedCount - 1)) * (0.75 + history.jitter / 2);
  if (askedMs === undefined || askedMs <= ownMs) return { kind: 'again', afterMs: Math.round(ownMs), asked: false };
  if (askedMs > askedAtMostMs || history.askedMs + askedMs > askedBudgetMs)
    return { kind: 'give-up', why: 'asked-too-long' };
  return { kind: 'again', afterMs: Math.round(askedMs + history.jitter * firstDelayMs), asked: true };
}

/**
 * Whether a forge says that it is asked too often: 429, or GitHub's 403 with a used-up budget or about its secondary limit.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function isRateLimit({ status, header, text }: ForgeAnswer): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    header('retry-after') !== undefined ||
    header('x-ratelimit-remaining') === '0' ||
    /secondary rate limit|rate limit exceeded|abuse detection/i.test(text)
  );
}

/** How long the forge asks to wait, in milliseconds: Retry-After, else until its budget is filled again. */
export function askedWaitMs({ header }: ForgeAnswer, now: Date): number | undefined {
  const after = header('retry-after')?.trim();
  if (after !== undefined && /^\d+$/.test(after)) return Number(after) * 1000;
  const date = after === undefined ? Number.NaN : Date.parse(after);
  if (!Number.isNaN(date)) return Math.max(0, date - now.getTime());
  if ((header('x-ratelimit-remaining') ?? header('ratelimit-remaining')) !== '0') return undefined;
  const reset = header('x-ratelimit-reset') ?? header('ratelimit-reset') ?? '';
  return /^\d+$/.test(reset) ? Math.max(0, Number(reset) * 1000 - now.getTime()) : undefined;
}
