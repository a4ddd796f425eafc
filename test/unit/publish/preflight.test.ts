import { afterEach, describe, expect, test } from 'vitest';
import { type PreflightTarget, preflight } from '../../../src/publish/preflight.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { place, sampleImage } from '../../support/sample-image.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';

const passwords = { me: 'secret' };

describe('preflight', () => {
  let registry: SmallRegistry;
  afterEach(() => registry.stop());

  async function check(options: SmallRegistryOptions, more: Partial<PreflightTarget> = {}, password = 'secret') {
    registry = await SmallRegistry.start(options);
    place(registry.repository('acme/app'), sampleImage(100), '1.0.0');
    const login = { auths: { [registry.host]: { auth: Buffer.from(`me:${password}`).toString('base64') } } };
    const host = fakeHost({ env: { DOCKER_AUTH_CONFIG: JSON.stringify(login) } });
    const target = {
      repository: `${registry.host}/acme/app`,
      insecure: false,
      required: true,
      public: false,
      immutable: [],
      ...more,
    };
    const [found] = await preflight([target], host);
    return { ...found, uploads: registry.repository('acme/app').uploads.size };
  }

  test('finds nothing wrong with a repository that takes the login, and leaves no upload there', async () => {
    const found = await check({ auth: { kind: 'bearer', passwords, givesJwt: true } });

    expect(found).toMatchObject({ required: true, notes: [], uploads: 0 });
    expect(found.problem).toBeUndefined();
    expect(registry.requests.some(({ method }) => method === 'POST')).toBe(true);
  });

  test('tells a wrong password', async () => {
    const { problem } = await check({ auth: { kind: 'bearer', passwords } }, {}, 'wrong');

    expect(problem).toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
    expect(problem?.message).toContain('the login "me"');
    expect(problem?.message).not.toContain('wrong"');
  });

  test('tells what a token allows that does not allow to push', async () => {
    const { problem } = await check({ auth: { kind: 'bearer', passwords, givesJwt: true, withholds: ['push'] } });

    expect(problem).toMatchObject({ code: 'REGISTRY_DENIED' });
    expect(problem?.message).toContain('the token allows only "pull" there, expected "push"');
  });

  test('tells a repository that is not there, and finds one that is', async () => {
    const { problem } = await check({ repositories: ['acme/other'] });
    await registry.stop();
    const { problem: none } = await check({ repositories: ['acme/app'] });

    expect(problem).toMatchObject({ code: 'REPOSITORY_UNKNOWN' });
    expect(none).toBeUndefined();
  });

  test('refuses an immutable tag that holds something, and takes one that is free', async () => {
    const { problem } = await check({}, { immutable: [{ tag: '1.0.0', order: { version: '1.0.0' } }] });
    await registry.stop();
    const { problem: none } = await check({}, { immutable: [{ tag: '1.0.1', order: { version: '1.0.1' } }] });

    expect(problem).toMatchObject({ code: 'TAG_IMMUTABLE', where: { reference: '1.0.0' } });
    expect(none).toBeUndefined();
  });

  test('tells a repository that is to be public and is private, and takes one that is not', async () => {
    const { problem } = await check({ auth: { kind: 'basic', passwords } }, { public: true });
    await registry.stop();
    const { problem: none } = await check({}, { public: true });

    expect(problem).toMatchObject({ code: 'IMAGE_NOT_PUBLIC' });
    expect(problem?.hint).toContain('Make acme/app public');
    expect(none).toBeUndefined();
  });

  test('tells a registry that does not answer in seconds', async () => {
    registry = await SmallRegistry.start();
    const host = fakeHost();
    const target = { insecure: false, required: false, public: false, immutable: [] };

    const [found] = await preflight([{ ...target, repository: '127.0.0.1:1/acme/app' }], host);

    expect(found).toMatchObject({ required: false, problem: { code: 'REGISTRY_UNREACHABLE' } });
    expect(host.clock.monotonicMs()).toBeLessThan(10_000);
  });

  test('notes that few requests are left', async () => {
    const scarce = await check({ ratelimitRemaining: '7;w=21600' });
    await registry.stop();
    const plenty = await check({ ratelimitRemaining: '70;w=21600' });

    expect(scarce.notes).toEqual([`${scarce.repository}: its registry takes only 7 more requests for now`]);
    expect(plenty.notes).toEqual([]);
  });
});
