import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseReference } from '../../../src/oci/reference.ts';
import type { OrderEvidence } from '../../../src/plan/order-evidence.ts';
import type { Destination } from '../../../src/plan/plan.ts';
import { type PublishedDestination, publishReleases } from '../../../src/publish/publish-releases.ts';
import { openLocation } from '../../../src/store/open-location.ts';
import { type FakeHost, fakeHost } from '../../support/fake-host.ts';
import { sampleRelease } from '../../support/sample-release.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';
import { SmallRefusal } from '../../support/small-registry-state.ts';
import { type Wayward, WaywardProxy } from '../../support/wayward-proxy.ts';

const [older, newer] = [{ version: '1.0.0' }, { version: '2.0.0' }];

describe('publishReleases beside a registry that', () => {
  let sound: SmallRegistry;
  let odd: SmallRegistry;
  let stops: (() => Promise<void>)[];
  beforeEach(async () => {
    stops = [];
    sound = await start({ honoursConditions: true });
    odd = await start({ honoursConditions: true });
  });
  afterEach(async () => {
    for (const stop of stops) await stop();
  });

  async function start(options: SmallRegistryOptions): Promise<SmallRegistry> {
    const registry = await SmallRegistry.start(options);
    stops.push(() => registry.stop());
    return registry;
  }

  async function through(wayward: Wayward): Promise<{ readonly host: string }> {
    const proxy = await WaywardProxy.start(odd.host, wayward);
    stops.push(() => proxy.stop());
    return proxy;
  }

  interface Wish {
    readonly tags?: readonly string[];
    readonly order?: OrderEvidence;
    readonly host?: FakeHost;
  }

  /** The odd registry is the primary one: its tags move last. */
  async function publish({ host: address }: { readonly host: string }, wish: Wish = {}) {
    const { tags = ['1', 'latest'], order = newer, host = fakeHost() } = wish;
    const destinations: readonly Destination[] = [address, sound.host].map((name) => ({
      kind: 'repository',
      repository: `${name}/acme/app`,
      tags,
      required: true,
    }));
    // As the host of the program does.
    setMaxListeners(0, host.signal);
    const { release, source } = await sampleRelease(order, destinations);
    const published = await publishReleases([release], {
      host,
      source,
      runId: 'run',
      nameOf: () => 'a repository',
      open: openAt,
    });
    return { published, digest: release.index.digest, host };
  }

  function tagsOf(registry: SmallRegistry): Record<string, string> {
    return Object.fromEntries(registry.repository('acme/app').tags);
  }

  /** Refuses the PUTs of tags with these numbers. */
  function failTagPuts(status: number, numbers: readonly number[] | { has: (n: number) => boolean }, says = ''): void {
    let count = 0;
    odd.beforePut = () => {
      count += 1;
      const isMeant = 'has' in numbers ? numbers.has(count) : numbers.includes(count);
      if (isMeant) throw new SmallRefusal(status, 'UNKNOWN', says);
    };
  }

  /** What all of these come to: a true word at the place of the fault, and no tag anywhere that was not there before. */
  function expectUndone(published: readonly PublishedDestination[], code: string, before = {}): void {
    expect(published.map(({ state }) => state)).toEqual(['failed', 'skipped']);
    expect(published[0]?.problem?.code).toBe(code);
    expect(tagsOf(sound)).toEqual(before);
    expect(tagsOf(odd)).toEqual(before);
  }

  test('is sound moves fifty tags in both', async () => {
    const tags = Array.from({ length: 50 }, (_, number) => `1.${number}`);

    const { published, digest } = await publish(odd, { tags });

    expect(published.map(({ state }) => state)).toEqual(['written', 'written']);
    expect(new Set([...Object.values(tagsOf(odd)), ...Object.values(tagsOf(sound))])).toEqual(new Set([digest]));
    expect(Object.keys(tagsOf(odd))).toEqual(tags);
  });

  test('says yes to everything moves nothing: it gives nothing back', async () => {
    const yes = await through((_, response) => answer(response, 200, {}));

    const { published } = await publish(yes);

    expect(published.map(({ state }) => state)).toEqual(['failed', 'skipped']);
    expect(published[0]?.problem?.message).toMatch(/^Cannot (?:push|send|read|fetch|look|ask|upload)/);
    expect(tagsOf(sound)).toEqual({});
  });

  test('tells another digest for a tag than it was given puts all back', async () => {
    const lie = `sha256:${'0'.repeat(64)}`;
    const lying = await through((request, response) => {
      const isThere = tagsOf(odd)['1'] !== undefined;
      if (request.method !== 'HEAD' || !isTag(request, '1') || !isThere) return false;
      const headers = { 'docker-content-digest': lie, 'content-length': '500', 'content-type': indexType };
      return answer(response, 200, headers);
    });

    const { published } = await publish(lying);

    expect(published[0]).toMatchObject({ state: 'failed' });
    expect(published[0]?.problem?.message).toContain(lie);
    expect(tagsOf(sound)).toEqual({});
  });

  test('sends the PUT of a tag elsewhere moves nothing: the tag is to be here, and others get no login', async () => {
    const other = await start({});
    const elsewhere = await through((request, response) => {
      if (request.method !== 'PUT' || !isTag(request, '1')) return false;
      return answer(response, 307, { location: `http://${other.host}/v2/acme/app/manifests/1` });
    });

    const { published } = await publish(elsewhere);

    expectUndone(published, 'REGISTRY_REFUSED');
    expect(published[0]?.problem?.message).toContain(other.host);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined]);
  });

  test('takes a tag and loses it puts all back', async () => {
    const losing = await through((request, response) => {
      if (request.method !== 'PUT' || !isTag(request, 'latest')) return false;
      return answer(response, 201, {});
    });

    const { published } = await publish(losing);

    expectUndone(published, 'TAG_LOST');
    expect(published[0]?.problem?.message).toMatch(/"latest": it points at nothing, expected sha256:/);
  });

  test('asks to wait in the middle of the tags is waited for, as long as it asks', async () => {
    let count = 0;
    const busy = await through((request, response) => {
      if (request.method !== 'PUT' || !isTag(request, 'latest') || count > 0) return false;
      count += 1;
      return answer(response, 429, { 'retry-after': '20' });
    });
    const host = fakeHost();
    const startMs = host.clock.monotonicMs();

    const { published, digest } = await publish(busy, { host });

    expect(published.map(({ state }) => state)).toEqual(['written', 'written']);
    expect(tagsOf(odd)).toEqual({ 1: digest, latest: digest });
    expect(host.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(20_000);
  });

  test.each([
    [507, 'REGISTRY_FULL'],
    [403, 'REGISTRY_DENIED'],
  ])('answers %i to the second tag puts all back, to what it was', async (status, code) => {
    await publish(odd, { order: older });
    const before = tagsOf(sound);
    failTagPuts(status, [2]);

    const { published } = await publish(odd);

    expectUndone(published, code, before);
  });

  test('is full for good tells the tag that it keeps, and all others are put back', async () => {
    await publish(odd, { order: older });
    const before = tagsOf(sound);
    failTagPuts(500, [2, 3, 4, 5, 6], 'write /var/lib/registry: no space left on device');

    const { published } = await publish(odd);

    expect(published[0]?.problem).toMatchObject({ code: 'TAG_LEFT', where: { reference: '1' } });
    expect(published[0]?.problem?.message).toContain('no space left on device');
    expect(tagsOf(sound)).toEqual(before);
    expect(tagsOf(odd)['latest']).toBe(before['latest']);
  });

  test('fails for good is given up after a minute and a half', async () => {
    const host = fakeHost();
    failTagPuts(500, { has: () => true });

    const { published } = await publish(odd, { host });

    expectUndone(published, 'REGISTRY_FAILED');
    expect(host.clock.monotonicMs()).toBeLessThan(200_000);
  });

  test('forgets its tokens between content and tags is asked with a new one', async () => {
    const auth = await start({ honoursConditions: true, auth: { kind: 'bearer' } });
    let isForgotten = false;
    auth.beforePut = () => {
      if (!isForgotten) auth.auth?.revoke();
      isForgotten = true;
    };

    const { published, digest } = await publish(auth);

    expect(published.map(({ state }) => state)).toEqual(['written', 'written']);
    expect(tagsOf(auth)).toEqual({ 1: digest, latest: digest });
    expect(isForgotten).toBe(true);
  });
});

const indexType = 'application/vnd.oci.image.index.v1+json';

function isTag({ url = '' }: IncomingMessage, tag: string): boolean {
  return url.endsWith(`/manifests/${tag}`);
}

function answer(response: ServerResponse, status: number, headers: Readonly<Record<string, string>>): true {
  response.writeHead(status, headers).end();
  return true;
}

function openAt(
  destination: Destination,
  { host }: { readonly host: FakeHost | Parameters<typeof openLocation>[1]['host'] },
) {
  const reference = parseReference(destination.kind === 'repository' ? destination.repository : '');
  return openLocation({ kind: 'registry', reference }, { host, mode: 'write' });
}
