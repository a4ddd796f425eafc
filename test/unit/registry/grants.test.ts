import { describe, expect, test } from 'vitest';
import { decodeGrants } from '../../../src/registry/grants.ts';
import { openRegistry } from '../../../src/registry/registry-client.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { place, sampleImage } from '../../support/sample-image.ts';
import { SmallRegistry } from '../../support/small-registry.ts';

function jwt(claims: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;
}

describe('decodeGrants', () => {
  test.each([
    [[{ type: 'repository', name: 'acme/app', actions: ['pull', 'push'] }], ['repository:acme/app:pull,push']],
    [[{ type: 'repository', name: 'acme/app', actions: [] }], ['repository:acme/app:']],
    [[{ type: 'repository', name: 'acme/app', actions: null }], ['repository:acme/app:']],
    [[{ name: 'acme/app', actions: ['pull', 7] }, 'noise', { type: 'registry' }], ['repository:acme/app:pull']],
    [[], []],
  ])('reads %j as %j', (access, scopes) => {
    expect(decodeGrants(jwt({ access }))).toEqual(scopes);
  });

  test.each(['', 'opaque', 'a.b.c', jwt({}), jwt({ access: {} }), jwt('text'), 'a.b'])(
    'tells nothing of %j',
    (token) => {
      expect(decodeGrants(token)).toBeUndefined();
    },
  );
});

describe('honoursConditions', () => {
  test.each([true, false])('tells whether If-Match is held: %s, and changes nothing', async (honoursConditions) => {
    const registry = await SmallRegistry.start({ honoursConditions });
    const image = sampleImage(100);
    place(registry.repository('acme/app'), image, '1');
    const repository = openRegistry({ host: fakeHost(), registry: registry.host }).repository('acme/app');

    const answers = [
      await repository.honoursConditions(image.index.descriptor.digest),
      await repository.honoursConditions(image.index.descriptor.digest),
    ];

    expect(answers).toEqual([honoursConditions, honoursConditions]);
    expect(registry.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    expect([...registry.repository('acme/app').tags]).toEqual([['1', image.index.descriptor.digest]]);
    await registry.stop();
  });
});
