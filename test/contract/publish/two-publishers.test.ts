import { afterEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/errors/fault.ts';
import { parseReference } from '../../../src/oci/reference.ts';
import type { OrderEvidence } from '../../../src/plan/order-evidence.ts';
import { publishReleases } from '../../../src/publish/publish-releases.ts';
import { openLocation } from '../../../src/store/open-location.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { sampleRelease } from '../../support/sample-release.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';

const atOnce = 10;

describe('two publishers of different versions to one tag', () => {
  let registry: SmallRegistry | undefined;
  afterEach(() => registry?.stop());

  async function start(options: SmallRegistryOptions): Promise<SmallRegistry> {
    registry = await SmallRegistry.start(options);
    return registry;
  }

  /** A publisher in a process of its own shares nothing with the other: neither does one with a host of its own. */
  async function publish(
    small: SmallRegistry,
    tag: string,
    order: OrderEvidence,
  ): Promise<readonly (Fault | undefined)[]> {
    const repository = `${small.host}/acme/app`;
    const destination = { kind: 'repository', repository, tags: [tag], required: true } as const;
    const { release, source } = await sampleRelease(order, [destination], 'race');
    const published = await publishReleases([release], {
      host: fakeHost({ clock: 'real' }),
      source,
      runId: 'run',
      nameOf: () => repository,
      open: (_destination, { host }) =>
        openLocation({ kind: 'registry', reference: parseReference(repository) }, { host, mode: 'write' }),
    });
    return published.map(({ problem }) => problem);
  }

  async function race(small: SmallRegistry, round: number): Promise<string> {
    const tag = `latest-${round}`;
    const versions = round % 2 === 0 ? ['1.9.0', '1.10.0'] : ['1.10.0', '1.9.0'];
    const problems = await Promise.all(versions.map((version) => publish(small, tag, { version })));
    expect(problems.flat().filter((problem) => problem !== undefined)).toEqual([]);
    return versionOf(small, tag);
  }

  async function raceAll(small: SmallRegistry, rounds: number): Promise<readonly string[]> {
    const held: string[] = [];
    for (let round = 0; round < rounds; round += atOnce) {
      const numbers = Array.from({ length: atOnce }, (_, number) => round + number);
      held.push(...(await Promise.all(numbers.map((number) => race(small, number)))));
    }
    return held;
  }

  test('leave it to the newer one in 50 of 50 rounds, where the registry honours If-Match', async () => {
    const held = await raceAll(await start({ honoursConditions: true }), 50);

    expect(held).toEqual(Array.from({ length: 50 }, () => '1.10.0'));
  });

  test('leave it to the newer one in 20 of 20 rounds, where the registry knows no conditions', async () => {
    const held = await raceAll(await start({}), 20);

    expect(held).toEqual(Array.from({ length: 20 }, () => '1.10.0'));
  });

  test('leave it to the newer one where the older one writes last of all', async () => {
    const small = await start({});
    const newer: Promise<unknown>[] = [];
    // The older one has read the tag, and its write is on the way: now the newer one does all it does, and is ready.
    const first = { isFirst: true };
    small.beforePut = async () => {
      if (!first.isFirst) return;
      first.isFirst = false;
      newer.push(publish(small, 'latest', { version: '1.10.0' }));
      await tagIs(small, 'latest');
    };

    await publish(small, 'latest', { version: '1.9.0' });
    await Promise.all(newer);

    expect(versionOf(small, 'latest')).toBe('1.10.0');
  });
});

function versionOf(small: SmallRegistry, tag: string): string {
  const { tags, manifests } = small.repository('acme/app');
  const index = manifests.get(tags.get(tag) ?? '')?.bytes.toString() ?? '';
  return /"dev\.polyarch\.order\.version":"([^"]+)"/.exec(index)?.[1] ?? index;
}

/** Resolves when somebody has set the tag. */
async function tagIs(small: SmallRegistry, tag: string): Promise<void> {
  while (!small.repository('acme/app').tags.has(tag)) await new Promise((resolve) => setImmediate(resolve));
}
