import { describe, expect, test } from 'vitest';
import { askedWaitMs, decideForgeRetry } from '../../../src/forge/forge-retry.ts';
import type { ForgeAnswer } from '../../../src/forge/forge-wire.ts';

const now = new Date('2026-01-01T00:00:00Z');
const first = { failedCount: 1, askedMs: 0, jitter: 0.5 };

function answer(status: number, headers: Readonly<Record<string, string>> = {}, text = ''): ForgeAnswer {
  return { status, header: (name) => headers[name], text };
}

describe('decideForgeRetry', () => {
  test.each([
    ['a broken connection', 'broken' as const, { kind: 'again', afterMs: 500, asked: false }],
    ['a server error', answer(502), { kind: 'again', afterMs: 500, asked: false }],
    ['Retry-After in seconds', answer(429, { 'retry-after': '7' }), { kind: 'again', afterMs: 7250, asked: true }],
    [
      'a budget that fills again',
      answer(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now.getTime() / 1000 + 30) }),
      { kind: 'again', afterMs: 30_250, asked: true },
    ],
    [
      'the budget of GitLab',
      answer(429, { 'ratelimit-remaining': '0', 'ratelimit-reset': String(now.getTime() / 1000 + 5) }),
      { kind: 'again', afterMs: 5250, asked: true },
    ],
    [
      'the secondary limit',
      answer(403, {}, 'You have exceeded a secondary rate limit'),
      { kind: 'again', afterMs: 500, asked: false },
    ],
    ['an hour', answer(429, { 'retry-after': '3600' }), { kind: 'give-up', why: 'asked-too-long' }],
    ['no right', answer(403, {}, 'Resource not accessible by integration'), { kind: 'give-up', why: 'final' }],
    ['nothing there', answer(404), { kind: 'give-up', why: 'final' }],
  ])('after %s', (_name, failed, decision) => {
    expect(decideForgeRetry(failed, first, now)).toEqual(decision);
  });

  test('waits longer each time, and not for ever', () => {
    const waits = Array.from({ length: 7 }, (_, place) =>
      decideForgeRetry('broken', { ...first, failedCount: place + 1 }, now),
    );

    expect(waits.map((wait) => (wait.kind === 'again' ? wait.afterMs : wait.why))).toEqual([
      500,
      1000,
      2000,
      4000,
      8000,
      15_000,
      'tried-enough',
    ]);
  });

  test('does not wait as often as it is asked to', () => {
    const asked = answer(429, { 'retry-after': '100' });

    expect(decideForgeRetry(asked, { ...first, askedMs: 250_000 }, now)).toMatchObject({ why: 'asked-too-long' });
    expect(decideForgeRetry(asked, { ...first, askedMs: 150_000 }, now)).toMatchObject({ kind: 'again' });
  });

  test('reads a date', () => {
    expect(askedWaitMs(answer(429, { 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }), now)).toBe(9000);
  });
});
