import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { invariant } from '../../../src/errors/invariant.ts';
import { parseReference } from '../../../src/oci/reference.ts';
import type { Destination } from '../../../src/plan/plan.ts';
import { readPublishRecord } from '../../../src/publish/publish-journal.ts';
import { destinationOf, type PublishedDestination, publishReleases } from '../../../src/publish/publish-releases.ts';
import { type Settled, settleMoves } from '../../../src/publish/settle-moves.ts';
import type { ImageStore } from '../../../src/store/content-store.ts';
import { openLocation } from '../../../src/store/open-location.ts';
import { type FakeHost, fakeHost } from '../../support/fake-host.ts';
import { brokenTags, sampleRelease } from '../../support/sample-release.ts';
import { SmallRegistry } from '../../support/small-registry.ts';

type Tags = Readonly<Record<string, string>>;

/** Two registries; of both the tags of the second move first, because the first is the primary one. */
describe('a registry that dies', () => {
  let folder: string;
  let first: SmallRegistry;
  let second: SmallRegistry;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'polyarch-dying-'));
    [first, second] = [await SmallRegistry.start({ honoursConditions: true }), await SmallRegistry.start()];
    await publish('1.0.0', ['latest']);
  });
  afterEach(async () => {
    for (const registry of [first, second]) await registry.stop();
    rmSync(folder, { recursive: true });
  });

  function open(destination: Destination, host: FakeHost): Promise<ImageStore> {
    const reference = parseReference(destination.kind === 'repository' ? destination.repository : '');
    return openLocation({ kind: 'registry', reference }, { host, mode: 'write' });
  }

  async function publish(version: string, tags = ['2', 'latest']): Promise<readonly PublishedDestination[]> {
    const host = fakeHost();
    const destinations = [first, second].map(
      (registry) => ({ kind: 'repository', repository: `${registry.host}/acme/app`, tags, required: true }) as const,
    );
    const { release, source } = await sampleRelease({ version }, destinations);
    return publishReleases([release], {
      host,
      source,
      runId: 'run',
      folder,
      nameOf: () => 'place',
      open: (destination) => open(destination, host),
    });
  }

  async function resume(): Promise<Settled> {
    const record = await readPublishRecord(folder);
    invariant(record !== undefined, 'there is a record of the moves');
    const host = fakeHost();
    return settleMoves(record, {
      host,
      folder,
      allowDowngrade: [],
      openPlace: (place) => open(destinationOf(place), host),
    });
  }

  function tags(): readonly [Tags, Tags] {
    const [one, other] = [first, second].map((registry) => Object.fromEntries(registry.repository('acme/app').tags));
    return [one ?? {}, other ?? {}];
  }

  function everyTagIsWhole(): void {
    for (const registry of [first, second]) expect(brokenTags(registry, 'acme/app')).toEqual([]);
  }

  /** Lets a registry die at a PUT to one of its tags, counted from 1. */
  function dieAt(registry: SmallRegistry, number: number, when: 'before' | 'after' | 'once it is answered'): void {
    let count = 0;
    function die(): void {
      count += 1;
      if (count !== number) return;
      if (when === 'once it is answered') setImmediate(() => setImmediate(() => (registry.isDown = true)));
      else registry.isDown = true;
    }
    if (when === 'before') registry.beforePut = die;
    else registry.afterPut = die;
  }

  function revive(): void {
    for (const registry of [first, second]) {
      [registry.beforePut, registry.afterPut] = [undefined, undefined];
      registry.isDown = false;
    }
  }

  test('between the phases leaves both as they were, also when it comes back', async () => {
    const before = tags();
    second.beforePut = () => (first.isDown = true);

    const published = await publish('2.0.0');

    expect(published.map(({ state }) => state)).toEqual(['failed', 'skipped']);
    expect(tags()).toEqual(before);
    everyTagIsWhole();
  });

  test.each([
    ['before the first move there', 1, 'before'],
    ['in the middle of the second phase', 1, 'after'],
    ['after its last move, its answer lost', 2, 'after'],
    ['during the read-back', 2, 'once it is answered'],
  ] as const)('%s is told, and --resume makes both equal', async (_what, number, when) => {
    dieAt(first, number, when);

    const published = await publish('2.0.0');
    everyTagIsWhole();
    revive();
    const isMoving = (await readPublishRecord(folder))?.state === 'moving';
    const settled = isMoving ? await resume() : undefined;

    everyTagIsWhole();
    const [one, other] = tags();
    expect(published[0]?.state).toBe('failed');
    expect(settled?.state ?? 'published').toBe('published');
    expect(one).toEqual(other);
    expect(one['latest']).toBe(one['2']);
  });

  test('for good is told each time, and the others stay as they were', async () => {
    const [, before] = tags();
    dieAt(first, 1, 'after');
    await publish('2.0.0');

    const again = await resume();

    expect(again).toMatchObject({ state: 'unsettled', places: [{ moves: [] }, { problem: { code: 'TAG_LEFT' } }] });
    expect(tags()[1]).toEqual(before);
  });
});
