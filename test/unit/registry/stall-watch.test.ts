import { describe, expect, test } from 'vitest';
import { StallWatch } from '../../../src/registry/stall-watch.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function watch(slowWindowMs = 1000, slowBytes = 100) {
  const clock = new FakeClock();
  const stalls: string[] = [];
  return {
    clock,
    stalls,
    watch: new StallWatch({ clock, slowWindowMs, slowBytes, onStall: (what) => stalls.push(what) }),
  };
}

/** Bytes that move, after a wait. */
function move(at: ReturnType<typeof watch>, waitMs: number, bytes: number): void {
  at.watch.begin('sent no more bytes', 60_000);
  at.clock.advance(waitMs);
  at.watch.end(bytes);
}

describe('StallWatch', () => {
  test('tells of a wait without an end, and not of one that ended', async () => {
    const waiting = watch();
    const ended = watch();
    waiting.watch.begin('did not answer', 5);
    ended.watch.begin('did not answer', 5);
    ended.watch.end(1);

    while (waiting.stalls.length === 0) await new Promise(setImmediate);

    expect(waiting.stalls).toEqual(['did not answer for 5 ms']);
    expect(ended.stalls).toEqual([]);
    for (const { watch } of [waiting, ended]) watch.stop();
  });

  test('tells of bytes that come too slowly, in every window anew', () => {
    const slow = watch();
    const fast = watch();
    for (let times = 0; times < 10; times += 1) {
      move(slow, 200, 10);
      move(fast, 200, 30);
    }

    expect(slow.stalls).toEqual(['moved only 50 bytes in 1 s', 'moved only 50 bytes in 1 s']);
    expect(fast.stalls).toEqual([]);
    for (const { watch } of [slow, fast]) watch.stop();
  });

  test('counts neither the wait for an answer nor the time in which nobody waits', () => {
    const at = watch();
    move(at, 5000, 0);
    at.clock.advance(5000);
    move(at, 10, 1);

    expect(at.stalls).toEqual([]);
    at.watch.stop();
  });
});
