import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../../src/errors/fault.ts';
import { parseReference } from '../../../src/oci/reference.ts';
import type { OrderEvidence } from '../../../src/plan/order-evidence.ts';
import type { Destination } from '../../../src/plan/plan.ts';
import { type PublishOptions, publishReleases } from '../../../src/publish/publish-releases.ts';
import { openLocation } from '../../../src/store/open-location.ts';
import { type FakeHost, fakeHost } from '../../support/fake-host.ts';
import { brokenTags, sampleRelease } from '../../support/sample-release.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';
import { SmallRefusal } from '../../support/small-registry-state.ts';

const older: OrderEvidence = { version: '1.0.0' };
const newer: OrderEvidence = { version: '2.0.0' };

describe('publishReleases', () => {
  let folder: string;
  let registries: SmallRegistry[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'polyarch-publish-'));
    registries = [];
  });
  afterEach(async () => {
    for (const registry of registries) await registry.stop();
    rmSync(folder, { recursive: true });
  });

  async function start(options: SmallRegistryOptions = { honoursConditions: true }): Promise<SmallRegistry> {
    const registry = await SmallRegistry.start(options);
    registries.push(registry);
    return registry;
  }

  type RepositoryDestination = Extract<Destination, { kind: 'repository' }>;

  function at(registry: SmallRegistry, more: Partial<RepositoryDestination> = {}): RepositoryDestination {
    const repository = `${registry.host}/acme/app`;
    return { kind: 'repository', repository, tags: ['1', 'latest'], required: true, ...more };
  }

  async function publish(
    order: OrderEvidence,
    destinations: readonly Destination[],
    more: Partial<PublishOptions> & { readonly host?: FakeHost } = {},
  ) {
    const { release, source } = await sampleRelease(order, destinations);
    const published = await publishReleases([release], {
      host: fakeHost(),
      source,
      runId: 'run',
      folder,
      nameOf: (destination) => (destination.kind === 'repository' ? destination.repository : destination.kind),
      open: openAt,
      ...more,
    });
    return { published, digest: release.index.digest };
  }

  function tagsOf(registry: SmallRegistry): Record<string, string> {
    return Object.fromEntries(registry.repository('acme/app').tags);
  }

  /** Refuses to move a tag: the one with that number, or every one. */
  function failTagPuts(registry: SmallRegistry, number?: number): void {
    let count = 0;
    registry.beforePut = () => {
      count += 1;
      if (number === undefined || count === number) throw new SmallRefusal(403, 'DENIED', 'no tag may move today');
    };
  }

  test('moves the tags of all repositories to one digest, those of the first repository last', async () => {
    const [a, b] = [await start(), await start()];
    const order: string[] = [];
    a.afterPut = () => order.push('a');
    b.afterPut = () => order.push('b');

    const { published, digest } = await publish(newer, [at(a), at(b)]);

    expect(published.map(({ state }) => state)).toEqual(['written', 'written']);
    expect(published[0]?.moves?.map(({ tag, state, to }) => [tag, state, to])).toEqual([
      ['1', 'new', digest],
      ['latest', 'new', digest],
    ]);
    expect(order).toEqual(['b', 'b', 'a', 'a']);
    expect([tagsOf(a), tagsOf(b)]).toEqual([
      { 1: digest, latest: digest },
      { 1: digest, latest: digest },
    ]);
    expect(JSON.parse(readFileSync(join(folder, 'publish.json'), 'utf8'))).toMatchObject({ state: 'published' });
  });

  test('moves those of the first repository first where that is wanted', async () => {
    const [a, b] = [await start(), await start()];
    const order: string[] = [];
    a.afterPut = () => order.push('a');
    b.afterPut = () => order.push('b');

    await publish(newer, [at(a), at(b)], { primary: 'first' });

    expect(order).toEqual(['a', 'a', 'b', 'b']);
  });

  test('mounts in a second repository of a registry what the first one has', async () => {
    const registry = await start();
    const second = at(registry, { repository: `${registry.host}/acme/copy` });

    await publish(newer, [at(registry), second]);

    const puts = registry.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/uploads/'));
    expect(puts).toHaveLength(2);
    expect(registry.requests.some(({ path }) => path.includes('mount='))).toBe(true);
    expect(brokenTags(registry, 'acme/copy')).toEqual([]);
  });

  test('moves nothing anywhere where one required repository cannot take the content', async () => {
    const [a, b] = [await start(), await start({ auth: { kind: 'basic', passwords: { me: 'secret' } } })];

    const { published } = await publish(newer, [at(a), at(b)]);

    expect(published.map(({ state, problem }) => [state, problem?.code])).toEqual([
      ['skipped', undefined],
      ['failed', 'REGISTRY_UNAUTHORIZED'],
    ]);
    expect(tagsOf(a)).toEqual({});
  });

  test('publishes where only a repository that is not required fails, and leaves that as it is', async () => {
    const [a, b] = [await start(), await start()];
    failTagPuts(b);

    const { published, digest } = await publish(newer, [at(a), at(b, { required: false })]);

    expect(published.map(({ state }) => state)).toEqual(['written', 'failed']);
    expect(tagsOf(a)).toEqual({ 1: digest, latest: digest });
  });

  test.each([1, 2])('puts every tag back where the move %i of the last repository is refused', async (number) => {
    const [a, b] = [await start(), await start()];
    const first = await publish(older, [at(a, { tags: ['latest'] }), at(b, { tags: ['latest'] })]);
    failTagPuts(a, number);

    const { published } = await publish(newer, [at(a), at(b)]);

    // The first repository is the primary one: it comes last.
    expect([tagsOf(a), tagsOf(b)]).toEqual([{ latest: first.digest }, { latest: first.digest }]);
    const [one, other] = published;
    expect(other).toMatchObject({ state: 'skipped', moves: [{ tag: '1' }, { tag: 'latest' }] });
    expect(other?.moves?.map(({ state }) => state)).toEqual(['rolled-back', 'rolled-back']);
    expect(one).toMatchObject({ state: 'failed', problem: { code: 'REGISTRY_DENIED' } });
  });

  test('tells a new tag that the registry does not take away', async () => {
    const [a, b] = [await start({ honoursConditions: true, deletes: false }), await start()];
    failTagPuts(b);

    const { published } = await publish(newer, [at(b), at(a)]);

    expect(published[1]).toMatchObject({ state: 'failed', problem: { code: 'TAG_LEFT' } });
    expect(JSON.parse(readFileSync(join(folder, 'publish.json'), 'utf8'))).toMatchObject({ state: 'moving' });
    expect(brokenTags(a, 'acme/app')).toEqual([]);
  });

  test('keeps a newer release, and replaces it where that is allowed', async () => {
    const registry = await start();
    const { digest: kept } = await publish(newer, [at(registry)]);

    const refused = await publish(older, [at(registry)]);
    const before = tagsOf(registry);
    const allowed = await publish(older, [at(registry)], { allowDowngrade: ['latest'] });

    expect(refused.published[0]).toMatchObject({
      state: 'written',
      moves: [{ state: 'kept-newer' }, { state: 'kept-newer' }],
    });
    expect(before).toEqual({ 1: kept, latest: kept });
    expect(allowed.published[0]?.moves?.map(({ state }) => state)).toEqual(['kept-newer', 'moved']);
    expect(tagsOf(registry)).toEqual({ 1: kept, latest: allowed.digest });
  });

  test('refuses another image under an immutable tag before anything moves; the same one is fine', async () => {
    const [a, b] = [await start(), await start()];
    const destinations = [at(a, { immutable: ['1'] }), at(b)];
    const { digest } = await publish(older, [at(a, { tags: ['1'], immutable: ['1'] })]);

    const other = await publish(newer, destinations);
    const same = await publish(older, destinations);

    expect(other.published[0]).toMatchObject({ state: 'failed', problem: { code: 'TAG_IMMUTABLE' } });
    expect(same.published.map(({ state }) => state)).toEqual(['written', 'written']);
    expect(tagsOf(b)).toEqual({ 1: digest, latest: digest });
  });

  test('moves tags of one platform alone to its image', async () => {
    const registry = await start();
    const { release } = await sampleRelease(newer, []);
    const architectureTags = { 'app/linux/arm64': ['1-arm64'] };

    await publish(newer, [at(registry, { architectureTags })]);

    expect(tagsOf(registry)['1-arm64']).toBe(release.images.get('app/linux/arm64')?.digest);
  });

  test('leaves the tags of one platform with the release that the tag of the whole one is left with', async () => {
    const registry = await start();
    const architectureTags = { 'app/linux/arm64': ['1-arm64', 'latest-arm64'] };
    const { published } = await publish(newer, [at(registry, { architectureTags })]);
    const before = tagsOf(registry);

    const late = await publish(older, [at(registry, { architectureTags })]);
    const after = tagsOf(registry);
    const meant = await publish(older, [at(registry, { architectureTags })], { allowDowngrade: ['1'] });

    expect(published[0]?.moves?.map(({ tag }) => tag)).toEqual(['1', 'latest', '1-arm64', 'latest-arm64']);
    expect(late.published[0]?.moves?.map(({ state }) => state)).toEqual(Array(4).fill('kept-newer'));
    expect(after).toEqual(before);
    expect(meant.published[0]?.moves?.map(({ tag, state }) => `${tag} ${state}`)).toEqual([
      '1 moved',
      'latest kept-newer',
      '1-arm64 moved',
      'latest-arm64 kept-newer',
    ]);
  });

  test('moves no tag anywhere where what is to be public is private, and all once it is not', async () => {
    const [a, b] = [await start(), await start()];
    const closed = await start({ auth: { kind: 'basic', passwords: { me: 'secret' } } });
    function destinations(): readonly Destination[] {
      return [at(a, { public: true }), at(b)];
    }
    function openAsStranger(who: SmallRegistry): NonNullable<PublishOptions['openAsStranger']> {
      const reference = parseReference(`${who.host}/acme/app`);
      const access = { anonymous: true };
      return () => openLocation({ kind: 'registry', reference }, { host: fakeHost(), mode: 'read', access });
    }

    const denied = await publish(newer, destinations(), { openAsStranger: openAsStranger(closed) });
    const before = [tagsOf(a), tagsOf(b)];
    const shown = await publish(newer, destinations(), { openAsStranger: openAsStranger(a) });

    expect(denied.published[0]).toMatchObject({ state: 'failed', problem: { code: 'IMAGE_NOT_PUBLIC' } });
    expect(before).toEqual([{}, {}]);
    expect(shown.published.map(({ state }) => state)).toEqual(['written', 'written']);
  });

  test('writes no repository where another release of the run cannot be published', async () => {
    const registry = await start();
    const layout: Destination = { kind: 'oci', path: join(folder, 'layout'), tags: ['1'] };

    const { published } = await publish(newer, [at(registry), layout], { isBlocked: true });

    expect(published.map(({ destination, state }) => [destination.kind, state])).toEqual([
      ['oci', 'written'],
      ['repository', 'skipped'],
    ]);
    expect(registry.requests).toEqual([]);
  });

  test('ends the moves when it is interrupted in the middle of them', async () => {
    const [a, b] = [await start(), await start()];
    const host = fakeHost({ clock: 'real' });
    const interruption = new Fault('INTERRUPTED', 'Cannot finish the run: it was interrupted by a test');
    b.afterPut = () => host.abort(interruption);

    await expect(publish(newer, [at(a), at(b)], { host })).rejects.toMatchObject({ code: 'INTERRUPTED' });

    expect(tagsOf(a)).toEqual(tagsOf(b));
    expect(Object.keys(tagsOf(a))).toEqual(['1', 'latest']);
  });
});

function openAt(destination: Destination, { host, mountFrom }: Parameters<PublishOptions['open']>[1]) {
  if (destination.kind === 'oci')
    return openLocation({ kind: 'oci', path: destination.path, image: '' }, { host, mode: 'write' });
  const reference = parseReference(destination.kind === 'repository' ? destination.repository : '');
  return openLocation({ kind: 'registry', reference }, { host, mode: 'write', access: { mountFrom } });
}
