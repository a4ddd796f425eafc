import { describe, expect, test } from 'vitest';
import { resolveLocation, withDigest } from '../../../src/registry/location.ts';
import { isInner, isLoopback } from '../../../src/registry/network-place.ts';
import { decideRedirect } from '../../../src/registry/redirect.ts';

const registry = new URL('https://registry.example.com');
const from = new URL('https://registry.example.com/v2/app/blobs/uploads/');

function resolved(text: string, at = registry): string {
  const place = resolveLocation(text, { from: at === registry ? from : new URL('/v2/', at.href), registry: at });
  return place.kind === 'allowed' ? `${place.url.href}${place.trusted ? '' : ' untrusted'}` : 'refused';
}

describe('resolveLocation', () => {
  test.each([
    ['/v2/app/blobs/uploads/1?_state=a%2Fb', 'https://registry.example.com/v2/app/blobs/uploads/1?_state=a%2Fb'],
    ['1', 'https://registry.example.com/v2/app/blobs/uploads/1'],
    ['//registry.example.com/x', 'https://registry.example.com/x'],
    ['registry.example.com/x', 'https://registry.example.com/x'],
    ['https://registry.example.com:443/x', 'https://registry.example.com/x'],
    ['http://registry.example.com/x', 'https://registry.example.com/x'],
    ['http://registry.example.com:80/x', 'https://registry.example.com/x'],
    ['https://storage.example.net/x?sig=1', 'https://storage.example.net/x?sig=1 untrusted'],
    ['https://registry.example.com:8443/x', 'https://registry.example.com:8443/x untrusted'],
    ['https://user:secret@registry.example.com/x#f', 'https://registry.example.com/x'],
  ])('takes %s', (text, expected) => {
    expect(resolved(text)).toBe(expected);
  });

  test.each([
    ['http://storage.example.net/x'],
    ['ftp://registry.example.com/x'],
    ['file:///etc/passwd'],
    ['https://127.0.0.1/x'],
    ['https://[::1]/x'],
    ['https://[::ffff:169.254.169.254]/latest'],
    ['https://169.254.169.254/latest'],
    ['https://10.1.2.3/x'],
    ['https://0x7f.1/x'],
    ['https://metadata.localhost/x'],
    ['https://'],
  ])('refuses %s', (text) => {
    expect(resolved(text)).toBe('refused');
  });

  test('takes inner addresses from a registry that is inside itself', () => {
    const inner = new URL('http://127.0.0.1:5000');

    expect(resolved('http://127.0.0.1:5001/token', inner)).toBe('http://127.0.0.1:5001/token untrusted');
    expect(resolved('127.0.0.1:5000/x', inner)).toBe('http://127.0.0.1:5000/x');
  });
});

describe('withDigest', () => {
  test('adds the digest to whatever query there is, which stays as it is', () => {
    const plain = withDigest(new URL('https://r.example.com/u'), 'sha256:ab');
    const stateful = withDigest(new URL('https://r.example.com/u?_state=a%2Fb%3D&x'), 'sha256:ab');

    expect(plain.search).toBe('?digest=sha256%3Aab');
    expect(stateful.search).toBe('?_state=a%2Fb%3D&x&digest=sha256%3Aab');
  });
});

describe('decideRedirect', () => {
  const usual = { status: 307, method: 'PUT', location: 'https://storage.example.net/x', from, registry, followed: 0 };

  test('follows to another host, without trust', () => {
    expect(decideRedirect(usual)).toMatchObject({ kind: 'follow', trusted: false });
  });

  test('follows within the registry, with trust', () => {
    expect(decideRedirect({ ...usual, location: '/x' })).toMatchObject({ kind: 'follow', trusted: true });
  });

  test.each([
    ['a sixth redirect', { followed: 5 }],
    ['a 303 of a PUT', { status: 303 }],
    ['no Location', { location: undefined }],
    ['a private address', { location: 'https://192.168.0.1/' }],
  ])('refuses %s', (_, change) => {
    expect(decideRedirect({ ...usual, ...change }).kind).toBe('refuse');
  });

  test('follows a 303 of a GET', () => {
    expect(decideRedirect({ ...usual, status: 303, method: 'GET' }).kind).toBe('follow');
  });

  test.each([200, 201, 304, 404])('leaves %d alone', (status) => {
    expect(decideRedirect({ ...usual, status })).toEqual({ kind: 'none' });
  });
});

describe('network places', () => {
  test.each([
    ['localhost', true, true],
    ['a.localhost', true, true],
    ['127.9.9.9', true, true],
    ['[::1]', true, true],
    ['10.0.0.1', false, true],
    ['172.31.0.1', false, true],
    ['[fe80::1]', false, true],
    ['172.32.0.1', false, false],
    ['localhost.example.com', false, false],
    ['8.8.8.8', false, false],
  ])('%s: loopback %s, inner %s', (name, loopback, inner) => {
    expect([isLoopback(name), isInner(name)]).toEqual([loopback, inner]);
  });
});
