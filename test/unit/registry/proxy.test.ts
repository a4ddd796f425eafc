import { describe, expect, test } from 'vitest';
import { chooseProxy, proxyAuthorization } from '../../../src/registry/proxy.ts';

const https = new URL('https://registry.example.com/v2/');
const proxy = { HTTPS_PROXY: 'http://proxy.example.net:3128' };

describe('chooseProxy', () => {
  test.each([
    [proxy, 'http://proxy.example.net:3128/'],
    [{ https_proxy: 'proxy.example.net:3128' }, 'http://proxy.example.net:3128/'],
    [{ ALL_PROXY: 'https://proxy.example.net' }, 'https://proxy.example.net/'],
    [{ HTTP_PROXY: 'http://proxy.example.net:3128' }, undefined],
    [{ HTTPS_PROXY: '' }, undefined],
    [{}, undefined],
  ])('with %j chooses %s', (env, expected) => {
    expect(chooseProxy(https, env)?.href).toBe(expected);
  });

  test.each([
    ['*'],
    ['example.com'],
    ['.example.com'],
    ['*.example.com'],
    ['registry.example.com:443'],
    ['other.net, registry.example.com'],
  ])('leaves out what NO_PROXY=%s excepts', (exception) => {
    expect(chooseProxy(https, { ...proxy, NO_PROXY: exception })).toBeUndefined();
  });

  test.each([['ample.com'], ['registry.example.com:444'], ['10.0.0.0/8'], ['example.com.net']])(
    'does not leave it out for NO_PROXY=%s',
    (exception) => {
      expect(chooseProxy(https, { ...proxy, NO_PROXY: exception })).toBeDefined();
    },
  );

  test.each([
    ['https://10.1.2.3/', '10.0.0.0/8', false],
    ['https://11.1.2.3/', '10.0.0.0/8', true],
    ['https://[fd00::1]/', 'fd00::/8', false],
    ['https://10.1.2.3/', '10.1.2.3', false],
    ['https://10.1.2.3/', '10.0.0.0/99', true],
  ])('for %s with NO_PROXY=%s: through the proxy %s', (url, exception, expected) => {
    expect(chooseProxy(new URL(url), { ...proxy, NO_PROXY: exception }) !== undefined).toBe(expected);
  });

  test('never sends what is for this machine through a proxy', () => {
    expect(chooseProxy(new URL('https://localhost:5000/'), proxy)).toBeUndefined();
  });

  test('refuses what is no URL of a proxy, and does not repeat it: it may hold a password', () => {
    const wrong = { HTTPS_PROXY: 'socks5://user:secret-word@proxy' };

    expect(() => chooseProxy(https, wrong)).toThrow(expect.objectContaining({ code: 'PROXY_MALFORMED' }));
    expect(() => chooseProxy(https, wrong)).not.toThrow(/secret-word/);
  });
});

describe('proxyAuthorization', () => {
  test('proves the user of the URL', () => {
    const header = proxyAuthorization(new URL('http://ann:p%40ss@proxy:1'))['proxy-authorization'];

    expect(header).toBe(`Basic ${Buffer.from('ann:p@ss').toString('base64')}`);
    expect(proxyAuthorization(new URL('http://proxy:1'))).toEqual({});
  });
});
