import { scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isFault } from '../../../src/errors/fault.ts';
import { Authenticator } from '../../../src/server/authenticator.ts';
import { hashPassword, parseUsers } from '../../../src/server/registry-users.ts';
import { fakeHost } from '../../support/fake-host.ts';

function faultOf(text: string) {
  try {
    parseUsers(text, 'users.txt');
    return undefined;
  } catch (error) {
    return isFault(error) ? error : undefined;
  }
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

describe('parseUsers', () => {
  test('reads users line by line, with colons in passwords', () => {
    expect(parseUsers('# a comment\r\nann:a:b\r\n\nbob:c\n')).toEqual([
      { name: 'ann', secret: { kind: 'plain', password: 'a:b' } },
      { name: 'bob', secret: { kind: 'plain', password: 'c' } },
    ]);
  });

  test('reads what hashPassword wrote', async () => {
    const text = await hashPassword('secret', fakeHost());

    expect(text).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$[^$]+\$[^$]+$/);
    expect(parseUsers(`ann:${text}`)).toMatchObject([{ name: 'ann', secret: { kind: 'scrypt', logCost: 15 } }]);
  });

  test.each([
    ['nonsense', 1],
    [':password', 1],
    ['ann:', 1],
    ['ann:a\nbob:$2y$05$abcdefghijklmnopqrstuv', 2],
    ['ann:$apr1$x$y', 1],
    ['ann:{SHA}abc', 1],
    ['ann:$scrypt$nonsense', 1],
    ['ann:$scrypt$ln=30,r=8,p=1$c2FsdA$c2FsdA', 1],
  ])('refuses %s and names its line', (text, line) => {
    const fault = faultOf(text);

    expect([fault?.code, fault?.where]).toEqual(['SERVER_USERS_MALFORMED', { file: 'users.txt', line }]);
  });

  test('refuses a user that is there twice', () => {
    expect(faultOf('ann:a\nann:b')?.code).toBe('SERVER_USERS_MALFORMED');
    expect(faultOf('ann:a\nbob:b')).toBeUndefined();
  });
});

describe('Authenticator', () => {
  test('is busy when too many hashes wait, and serves those it knows all the same', async () => {
    const host = fakeHost();
    const salt = Buffer.from('salt');
    const hash = scryptSync('right', salt, 32, { N: 2 ** 10, r: 8, p: 1 });
    const written = [salt, hash].map((bytes) => bytes.toString('base64').replace(/=+$/, ''));
    const users = parseUsers(`ann:$scrypt$ln=10,r=8,p=1$${written.join('$')}\nbob:plain`);
    const authenticator = new Authenticator(users, host);
    const waiting = Array.from({ length: 33 }, (_, number) => authenticator.identify(basic(`ann:wrong${number}`)));

    const known = await authenticator.identify(basic('bob:plain'));
    const kinds = (await Promise.all(waiting)).map(({ kind }) => kind);

    expect(known).toEqual({ kind: 'user', name: 'bob' });
    expect((await authenticator.identify(basic('ann:right'))).kind).toBe('user');
    expect([kinds.filter((kind) => kind === 'unknown').length, kinds.at(-1)]).toEqual([32, 'busy']);
  });

  test('masks plain passwords in all that is shown', () => {
    const host = fakeHost();

    expect(new Authenticator(parseUsers('ann:topsecret'), host)).toBeDefined();

    expect(host.redactor.redact('it is topsecret')).toBe('it is ***');
  });
});
