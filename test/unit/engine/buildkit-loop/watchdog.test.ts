import { describe, expect, test } from 'vitest';
import { defaultWatchLimits, Watchdog } from '../../../../src/engine/buildkit/loop/watchdog.ts';
import type { Cell, RouteKind } from '../../../../src/plan/cell.ts';
import { at, cellOf } from '../../../support/sample-fleet.ts';

const minuteMs = 60_000;

function watchdog(kind: RouteKind, changes: Partial<Cell> = {}): Watchdog {
  const placement = at('fleet/n1', kind);
  const cell = cellOf('app/linux/arm64', [placement], changes);
  return new Watchdog({ cell, placement, limits: defaultWatchLimits, startedMs: 0 });
}

/** The code and kind of failure at a time, or what it is without one. */
function judged(dog: Watchdog, nowMs: number) {
  const verdict = dog.judge(nowMs);
  return verdict === undefined ? 'goes on' : `${verdict.fault.code} ${verdict.failure}`;
}

describe('silence', () => {
  test.each([
    ['emulated', 10, 'EMULATION_STUCK emulator'],
    ['native', 60, 'BUILD_SILENT permanent'],
    ['cross', 60, 'BUILD_SILENT permanent'],
  ] as const)('Watchdog ends a build that is %s after %i minutes of it', (kind, minutes, ended) => {
    const dog = watchdog(kind);

    expect(judged(dog, minutes * minuteMs - 1)).toBe('goes on');
    expect(judged(dog, minutes * minuteMs)).toBe(ended);
  });

  test.each(['step', 'log', 'bytes'] as const)('Watchdog takes a %s for a sign of life', (kind) => {
    const dog = watchdog('emulated');
    dog.hear({ kind, text: 'RUN make' }, 9 * minuteMs);

    expect(judged(dog, 18 * minuteMs)).toBe('goes on');
    expect(judged(dog, 19 * minuteMs)).toBe('EMULATION_STUCK emulator');
  });

  test('Watchdog names the cell, the place, the limit and the step', () => {
    const dog = watchdog('emulated');
    dog.hear({ kind: 'step', text: '[2/3] RUN make' }, 0);

    expect(dog.judge(10 * minuteMs)?.fault.message).toBe(
      'Cannot build "app/linux/arm64" on "fleet/n1": no sign of life for 10 min under emulation at "[2/3] RUN make"',
    );
  });

  test('Watchdog tells of it every three minutes', () => {
    const dog = watchdog('native');
    dog.hear({ kind: 'step', text: 'RUN make' }, minuteMs);
    const told = [2, 4, 5, 7, 8].map((minutes) => dog.heartbeat(minutes * minuteMs));

    expect(told).toEqual([
      undefined,
      'app/linux/arm64 is still running on fleet/n1: RUN make, silent for 3 min',
      undefined,
      'app/linux/arm64 is still running on fleet/n1: RUN make, silent for 6 min',
      undefined,
    ]);
  });
});

describe('a crash of QEMU', () => {
  test.each([
    'qemu: uncaught target signal 11 (Segmentation fault) - core dumped',
    'make: qemu: uncaught target signal 6 (Aborted) - core dumped',
    'QEMU internal SIGSEGV {code=MAPERR, addr=0x20}',
    'qemu-aarch64: Could not open /lib/ld-linux-aarch64.so.1',
    'qemu: fatal: Trap 0x02 while interrupts disabled',
  ])('Watchdog ends an emulated build that says %j and nothing more', (text) => {
    const dog = watchdog('emulated');
    dog.hear({ kind: 'log', text }, 1000);

    expect(judged(dog, 2 * minuteMs)).toBe('goes on');
    expect(judged(dog, 1000 + 2 * minuteMs)).toBe('EMULATOR_CRASHED emulator');
    expect(dog.judge(1000 + 2 * minuteMs)?.fault.frame).toBe(text);
  });

  test('Watchdog lets a build go on that lives with a crash', () => {
    const dog = watchdog('emulated');
    dog.hear({ kind: 'log', text: 'qemu: uncaught target signal 4 (Illegal instruction)' }, 0);
    dog.hear({ kind: 'log', text: 'checking for SVE... no' }, minuteMs);

    expect(judged(dog, 2 * minuteMs)).toBe('goes on');
  });

  test('Watchdog knows text that is about QEMU from text of QEMU', () => {
    const dog = watchdog('emulated');
    dog.hear({ kind: 'log', text: 'Setting up qemu-user-static (1:7.2)' }, 0);

    expect(judged(dog, 3 * minuteMs)).toBe('goes on');
  });
});

describe('time', () => {
  test.each([
    ['native', 'BUILD_TIMED_OUT permanent'],
    ['emulated', 'BUILD_TIMED_OUT emulator'],
  ] as const)('Watchdog ends a build that is %s at the limit of the config', (kind, ended) => {
    const dog = watchdog(kind, { limits: { retryCount: 3, timeoutMs: 5 * minuteMs } });
    dog.hear({ kind: 'bytes' }, 5 * minuteMs - 1);

    expect(judged(dog, 5 * minuteMs - 1)).toBe('goes on');
    expect(judged(dog, 5 * minuteMs)).toBe(ended);
  });

  test.each([
    [1, 10],
    [4, 20],
  ])('Watchdog ends an emulated build that took %i min at most after %i min', (longest, limit) => {
    const dog = watchdog('emulated', { longestEmulatedMs: longest * minuteMs });
    dog.hear({ kind: 'log', text: 'busy' }, limit * minuteMs - 1);

    expect(judged(dog, limit * minuteMs - 1)).toBe('goes on');
    expect(judged(dog, limit * minuteMs)).toBe('EMULATION_TOO_SLOW emulator');
  });

  test('Watchdog does not judge a native build by emulated ones', () => {
    const dog = watchdog('native', { longestEmulatedMs: minuteMs });

    expect(judged(dog, 11 * minuteMs)).toBe('goes on');
  });

  test('Watchdog wakes at the next limit', () => {
    const dog = watchdog('emulated', { limits: { retryCount: 0, timeoutMs: 2 * minuteMs } });
    const free = watchdog('emulated');
    free.heartbeat(9 * minuteMs);

    expect(dog.wakeMs()).toBe(2 * minuteMs);
    expect(free.wakeMs()).toBe(10 * minuteMs);
  });
});

describe('a builder that was lost', () => {
  test('Watchdog ends the other builds on it that give no sign of life', () => {
    const dog = watchdog('native');
    dog.suspect(5000);

    expect(judged(dog, 34_999)).toBe('goes on');
    expect(judged(dog, 35_000)).toBe('BUILDER_LOST node-lost');
  });

  test('Watchdog lets those go on that do', () => {
    const dog = watchdog('native');
    dog.suspect(5000);
    dog.hear({ kind: 'log', text: 'compiling' }, 20_000);

    expect(judged(dog, 60_000)).toBe('goes on');
  });
});
