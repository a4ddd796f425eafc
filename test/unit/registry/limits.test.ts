import { describe, expect, test } from 'vitest';
import { decodeErrorBody } from '../../../src/registry/error-body.ts';
import { Gate } from '../../../src/registry/limits.ts';
import { Patience } from '../../../src/registry/patience.ts';
import { usualRetryPolicy } from '../../../src/registry/retry.ts';
import { parseWarnings } from '../../../src/registry/warnings.ts';
import { commitLimits, usualWireLimits } from '../../../src/registry/wire-limits.ts';
import { fakeHost } from '../../support/fake-host.ts';

describe('Gate', () => {
  test('holds back requests that have not begun while a pause is on', async () => {
    const { clock, signal } = fakeHost();
    const gate = new Gate({ clock, uploadsAtMost: 1, requestsAtMost: 9 });

    gate.pause(5000);
    gate.pause(1000);
    const begunAt = await gate.request(() => Promise.resolve(clock.monotonicMs()), signal);

    expect(begunAt).toBe(5000);
  });

  test('lets a waiter go when it is interrupted, and keeps its place for the next', async () => {
    const { clock } = fakeHost();
    const gate = new Gate({ clock, uploadsAtMost: 1, requestsAtMost: 1 });
    const interrupt = new AbortController();
    const reason = new Error('stop');
    const held = { release: (): void => undefined };
    const first = gate.upload(
      () => new Promise<void>((resolve) => (held.release = resolve)),
      new AbortController().signal,
    );
    const second = gate.upload(() => Promise.resolve('second'), interrupt.signal);
    const third = gate.upload(() => Promise.resolve('third'), new AbortController().signal);

    interrupt.abort(reason);
    await expect(second).rejects.toBe(reason);
    held.release();

    await first;
    expect(await third).toBe('third');
  });
});

describe('Patience', () => {
  test('announces waits from two seconds on, and pauses all when the registry asks', async () => {
    const host = fakeHost();
    const gate = new Gate({ clock: host.clock, uploadsAtMost: 1, requestsAtMost: 9 });
    const patience = new Patience({ host, gate, registry: 'r', policy: usualRetryPolicy, everAnswered: () => true });

    await patience.next({ kind: 'status', status: 503, text: '' });
    const quiet = host.events.length;
    await patience.next({ kind: 'status', status: 429, text: '', askedMs: 7000 });

    expect(quiet).toBe(0);
    expect(host.events).toMatchObject([{ kind: 'note', text: 'r answered 429; trying again in 7 s' }]);
  });

  test('forgets what failed before something was achieved', async () => {
    const host = fakeHost();
    const gate = new Gate({ clock: host.clock, uploadsAtMost: 1, requestsAtMost: 9 });
    const policy = { ...usualRetryPolicy, failedAtMost: 2 };
    const patience = new Patience({ host, gate, registry: 'r', policy, everAnswered: () => true });
    const broken = { kind: 'broken', retryable: true, isStall: false } as const;

    expect(await patience.next(broken)).toBeUndefined();
    patience.progressed();
    expect(await patience.next(broken)).toBeUndefined();
    expect(await patience.next(broken)).toMatchObject({ count: 2, why: 'tried-enough' });
  });
});

describe('parseWarnings', () => {
  test.each([
    ['299 - "old"', ['old']],
    ['299 - "say \\"hi\\"", 299 registry "two"', ['say "hi"', 'two']],
    ['199 - "other"', []],
    ['299 - ""', []],
    [`299 - "${'x'.repeat(2000)}"`, []],
  ])('reads %s', (header, expected) => {
    expect(parseWarnings([header])).toEqual(expected);
  });
});

describe('decodeErrorBody', () => {
  test.each([
    ['{"errors":[{"code":"DENIED","message":"no"}]}', { codes: ['DENIED'], text: 'DENIED: no', isPage: false }],
    ['{"errors":[{"code":"A","detail":"why"},{"code":"B"}]}', { codes: ['A', 'B'], text: 'A: why; B', isPage: false }],
    [
      '{"errors":[{"code":"UNKNOWN","detail":{"Path":"/var/lib"}}]}',
      { codes: ['UNKNOWN'], text: 'UNKNOWN', isPage: false },
    ],
    [
      '{"details":"incorrect username or password"}',
      { codes: [], text: 'incorrect username or password', isPage: false },
    ],
    ['<html><head><title> Bad  Gateway </title>', { codes: [], text: 'Bad Gateway', isPage: true }],
    ['<Error><Message>Expired</Message></Error>', { codes: [], text: 'Expired', isPage: false }],
    ['{"errors":[7]}', { codes: [], text: '{"errors":[7]}', isPage: false }],
    ['plain\n words', { codes: [], text: 'plain words', isPage: false }],
    ['', { codes: [], text: '', isPage: false }],
  ])('reads %s', (body, expected) => {
    expect(decodeErrorBody(body)).toEqual(expected);
  });

  test('shortens what is long', () => {
    expect(decodeErrorBody('x'.repeat(1000)).text).toHaveLength(301);
  });
});

describe('commitLimits', () => {
  test('gives a registry time to hash and move a large blob', () => {
    const { answerMs } = commitLimits(usualWireLimits, 10 * 1024 ** 3);

    expect(answerMs).toBe(usualWireLimits.answerMs + 1_310_720);
  });
});
