import { describe, expect, test } from 'vitest';
import {
  decideRetry,
  type Failure,
  isFull,
  isPassing,
  isRateLimit,
  usualRetryPolicy,
} from '../../../src/registry/retry.ts';
import { parseRetryAfter } from '../../../src/registry/retry-after.ts';

const fresh = { failedCount: 1, stalledCount: 0, elapsedMs: 0, askedMs: 0, everAnswered: true, jitter: 0.5 };
const unavailable = { kind: 'status', status: 503, text: '' } as const satisfies Failure;
const now = new Date('2026-01-01T00:00:00Z');

describe('decideRetry', () => {
  test('doubles its waits from a quarter of a second to ten seconds', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8].map((failedCount) => {
      const decision = decideRetry(unavailable, { ...fresh, failedCount }, usualRetryPolicy);
      return decision.kind === 'again' ? decision.afterMs : undefined;
    });

    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  test('spreads its waits by a quarter either way', () => {
    const waits = [0, 1].map((jitter) =>
      decideRetry(unavailable, { ...fresh, failedCount: 3, jitter }, usualRetryPolicy),
    );

    expect(waits).toEqual([
      { kind: 'again', afterMs: 750, asked: false },
      { kind: 'again', afterMs: 1250, asked: false },
    ]);
  });

  test('goes on for at least 60 seconds, and not for ever', () => {
    const late = { ...fresh, failedCount: 9 };

    expect(decideRetry(unavailable, { ...late, elapsedMs: 60_000 }, usualRetryPolicy).kind).toBe('again');
    expect(decideRetry(unavailable, { ...late, elapsedMs: 85_000 }, usualRetryPolicy)).toEqual({
      kind: 'give-up',
      why: 'tried-enough',
    });
  });

  test('gives a host that never answered less time, but enough for a restart of 20 seconds', () => {
    const unknown = { ...fresh, failedCount: 7, everAnswered: false };

    expect(decideRetry(unavailable, { ...unknown, elapsedMs: 16_000 }, usualRetryPolicy).kind).toBe('again');
    expect(decideRetry(unavailable, { ...unknown, elapsedMs: 25_000 }, usualRetryPolicy).kind).toBe('give-up');
  });

  test('gives up after the third standstill, each of which has taken half a minute', () => {
    const stalled = { kind: 'broken', retryable: true, isStall: true } as const;

    expect(decideRetry(stalled, { ...fresh, stalledCount: 2 }, usualRetryPolicy).kind).toBe('again');
    expect(decideRetry(stalled, { ...fresh, stalledCount: 3 }, usualRetryPolicy).kind).toBe('give-up');
  });

  test('waits as long as it is asked to, up to the cap', () => {
    function asked(askedMs: number) {
      return decideRetry({ ...unavailable, askedMs }, { ...fresh, jitter: 0 }, usualRetryPolicy);
    }

    expect(asked(120_000)).toEqual({ kind: 'again', afterMs: 120_000, asked: true });
    expect(asked(120_001)).toEqual({ kind: 'give-up', why: 'asked-too-long' });
  });

  test('does not wait for ever on a registry that asks again and again', () => {
    const askedMs = usualRetryPolicy.askedBudgetMs - 1000;

    expect(decideRetry({ ...unavailable, askedMs: 5000 }, { ...fresh, askedMs }, usualRetryPolicy).kind).toBe(
      'give-up',
    );
    expect(decideRetry({ ...unavailable, askedMs: 500 }, { ...fresh, askedMs }, usualRetryPolicy).kind).toBe('again');
  });
});

describe('isPassing', () => {
  test.each([408, 425, 429, 499, 500, 502, 503, 504, 520, 524])('takes %d as passing', (status) => {
    expect(isPassing({ kind: 'status', status, text: '' })).toBe(true);
  });

  test.each([400, 401, 403, 404, 405, 413, 416, 501, 507])('takes %d as final', (status) => {
    expect(isPassing({ kind: 'status', status, text: '' })).toBe(false);
  });

  test('knows the rate limit that GitHub sends as 403, and no other 403', () => {
    expect(isRateLimit(403, 'You have exceeded a secondary rate limit')).toBe(true);
    expect(isRateLimit(403, 'denied')).toBe(false);
  });

  test('knows a full disk behind a 500', () => {
    expect(isFull(500, 'write /data: no space left on device')).toBe(true);
    expect(isFull(500, 'panic')).toBe(false);
  });
});

describe('parseRetryAfter', () => {
  test.each([
    ['3', '', 3000],
    ['0.5', '', 500],
    ['Thu, 01 Jan 2026 00:00:05 GMT', '', 5000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', '', 0],
    ['1m30s', '', 90_000],
    [undefined, 'TOOMANYREQUESTS: retry-after: 10.304ms, allowed: 2000/minute', 10.304],
    [undefined, 'Retry after 2s.', 2000],
    ['soon', '', undefined],
    [undefined, 'try again', undefined],
    ['-1', '', undefined],
  ])('reads %j with the body %j as %s ms', (header, body, expected) => {
    expect(parseRetryAfter(header, body, now)).toBe(expected);
  });
});
