import { describe, expect, test } from 'vitest';
import { describeTime } from '../../../../src/engine/buildkit/loop/describe-time.ts';
import { Inbox } from '../../../../src/engine/buildkit/loop/inbox.ts';
import { backOffMs } from '../../../../src/engine/buildkit/loop/retry.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

describe('the back-off', () => {
  test('backOffMs doubles from two seconds to a minute', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((retry) => backOffMs(retry, 0))).toEqual([
      2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000,
    ]);
  });

  test('backOffMs adds up to a quarter by chance', () => {
    expect([0, 0.5, 1].map((chance) => backOffMs(2, chance))).toEqual([4000, 4500, 5000]);
  });
});

describe('a length of time', () => {
  test.each([
    [400, '0 s'],
    [2000, '2 s'],
    [99_000, '99 s'],
    [600_000, '10 min'],
    [3_540_000, '59 min'],
    [3_600_000, '1 h 00 min'],
    [7_500_000, '2 h 05 min'],
  ])('describeTime says %i ms as %s', (ms, text) => {
    expect(describeTime(ms)).toBe(text);
  });
});

describe('the inbox', () => {
  const { signal } = new AbortController();

  test('Inbox gives values in the order they came', async () => {
    const inbox = new Inbox<number>();
    inbox.put(1);
    inbox.put(2);
    const clock = new FakeClock();

    expect([await inbox.take({ clock, signal }), await inbox.take({ clock, signal })]).toEqual([1, 2]);
  });

  test('Inbox waits for a value that comes later, and no longer than it is told', async () => {
    const inbox = new Inbox<number>();
    const clock = new FakeClock();
    const waiting = inbox.take({ clock, signal });
    inbox.put(7);

    expect(await waiting).toBe(7);
    expect(await inbox.take({ clock, signal, ms: 5000 })).toBe(undefined);
    expect(clock.monotonicMs()).toBe(5000);
  });

  test.each([undefined, 5000])('Inbox rejects when it is interrupted, with a limit of %s', async (ms) => {
    const interrupt = new AbortController();
    const waiting = new Inbox<number>().take({ clock: new FakeClock(), signal: interrupt.signal, ms });
    interrupt.abort(new Error('stop'));

    await expect(waiting).rejects.toThrow('stop');
  });
});
