import { describe, expect, test } from 'vitest';
import { Fault, isFault } from '../../../src/errors/fault.ts';
import { type Digest, digestOf } from '../../../src/oci/digest.ts';
import { replyOfFault } from '../../../src/server/fault-reply.ts';
import { clientAddress, isLoopback, parseListenAddress } from '../../../src/server/listen-address.ts';
import { arePreconditionsMet } from '../../../src/server/preconditions.ts';
import { extendBusy, pushPauseMs } from '../../../src/server/push-lease.ts';
import { RunningDigest } from '../../../src/server/running-digest.ts';
import { UploadTurns } from '../../../src/server/upload-turns.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    return isFault(error) ? error.code : String(error);
  }
}

describe('parseListenAddress', () => {
  test.each([
    ['127.0.0.1:5000', '127.0.0.1', 5000, '127.0.0.1:5000'],
    ['5000', '127.0.0.1', 5000, '127.0.0.1:5000'],
    [':5000', '0.0.0.0', 5000, '127.0.0.1:5000'],
    ['[::1]:0', '::1', 0, '[::1]:0'],
    ['[::]:80', '::', 80, '[::1]:80'],
    ['registry.local:443', 'registry.local', 443, 'registry.local:443'],
  ])('reads %s', (text, hostname, port, reached) => {
    const address = parseListenAddress(text);

    expect(address).toEqual({ hostname, port });
    expect(clientAddress(address)).toBe(reached);
  });

  test.each(['', 'localhost', '127.0.0.1:', '127.0.0.1:65536', 'http://127.0.0.1:5000', '::1:5000', 'a b:1'])(
    'refuses "%s"',
    (text) => {
      expect(codeOf(() => parseListenAddress(text))).toBe('SERVER_ADDRESS_MALFORMED');
    },
  );

  test.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['localhost', true],
    ['::1', true],
    ['0.0.0.0', false],
    ['127.0.0.1.example.org', false],
  ])('isLoopback of %s is %s', (hostname, expected) => {
    expect(isLoopback(hostname)).toBe(expected);
  });
});

describe('arePreconditionsMet', () => {
  const current: Digest = digestOf('x');
  test.each([
    [undefined, undefined, current, true],
    ['*', undefined, current, true],
    ['*', undefined, undefined, false],
    [`"${current}"`, undefined, current, true],
    [`"a", W/"${current}"`, undefined, current, true],
    [current, undefined, current, true],
    ['"other"', undefined, current, false],
    [undefined, '*', undefined, true],
    [undefined, '*', current, false],
    [undefined, `"${current}"`, current, false],
    [undefined, '"other"', current, true],
    ['*', '"other"', current, true],
  ])('If-Match %s, If-None-Match %s, now %s: %s', (ifMatch, ifNoneMatch, now, expected) => {
    expect(arePreconditionsMet({ ifMatch, ifNoneMatch }, now)).toBe(expected);
  });
});

describe('RunningDigest', () => {
  test('gives the digest of what came in order', () => {
    const digest = new RunningDigest('sha256');
    digest.update(Buffer.from('ab'), 0);
    digest.update(Buffer.from('c'), 2);

    expect([digest.of(3, 'sha256'), digest.of(2, 'sha256'), digest.of(3, 'sha512')]).toEqual([
      digestOf('abc'),
      undefined,
      undefined,
    ]);
  });

  test('gives nothing once something was left out, until it begins again', () => {
    const digest = new RunningDigest('sha256');
    digest.update(Buffer.from('b'), 1);
    digest.update(Buffer.from('a'), 0);
    expect(digest.of(1, 'sha256')).toBeUndefined();

    digest.restart('sha512');
    digest.update(Buffer.from('a'), 0);
    expect(digest.of(1, 'sha512')).toBe(digestOf('a', 'sha512'));
  });
});

describe('extendBusy', () => {
  test('goes on while the pauses are short, and begins again after a long one', () => {
    const first = extendBusy(undefined, 1000);
    const second = extendBusy(first, 1000 + pushPauseMs);
    const third = extendBusy(second, second.untilMs + pushPauseMs + 1);

    expect([first.sinceMs, second.sinceMs, third.sinceMs]).toEqual([1000, 1000, third.untilMs]);
  });
});

describe('UploadTurns', () => {
  test('lets the newest go first once the one before has ended, and no two at once', async () => {
    const turns = new UploadTurns();
    const order: string[] = [];
    async function work(name: string, signal: AbortSignal): Promise<void> {
      order.push(`${name} begins`);
      while (!signal.aborted && name === 'first') await new Promise(setImmediate);
      order.push(`${name} ends`);
    }

    await Promise.all([
      turns.take('a', (signal) => work('first', signal)),
      turns.take('a', (signal) => work('second', signal)),
      turns.take('b', (signal) => work('other', signal)),
    ]);

    expect(order.filter((entry) => !entry.startsWith('other'))).toEqual([
      'first begins',
      'first ends',
      'second begins',
      'second ends',
    ]);
  });
});

describe('replyOfFault', () => {
  test.each([
    [new Fault('STORE_FULL', 'at /secret'), 507],
    [new Fault('STORE_LOCKED', 'at /secret'), 503],
    [new Fault('STORE_DENIED', 'at /secret'), 500],
    [new Fault('SERVER_BODY_TOO_LARGE', 'at /secret'), 413],
    [new Fault('SERVER_BODY_STALLED', 'at /secret'), 408],
    [new Fault('SERVER_BODY_CUT_OFF', 'at /secret'), 400],
    [new Error('at /secret'), 500],
  ])('answers %s with %i and without its path', (fault, status) => {
    const reply = replyOfFault(fault);

    expect(reply.status).toBe(status);
    expect(JSON.stringify(reply)).not.toContain('secret');
  });
});
