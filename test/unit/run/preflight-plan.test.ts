import { afterEach, describe, expect, test } from 'vitest';
import type { Destination, PlannedRelease } from '../../../src/plan/plan.ts';
import { preflightPart, preflightPlan } from '../../../src/run/release/preflight-plan.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { place, sampleImage } from '../../support/sample-image.ts';
import { SmallRegistry, type SmallRegistryOptions } from '../../support/small-registry.ts';

const bearer = { kind: 'bearer', givesJwt: true } as const;
const readOnly = { auth: { ...bearer, withholds: ['push'] } } as const;

describe('the check of repositories', () => {
  let registry: SmallRegistry;
  afterEach(() => registry.stop());

  async function start(options: SmallRegistryOptions = {}): Promise<string> {
    registry = await SmallRegistry.start(options);
    place(registry.repository('acme/app'), sampleImage(100), '1.0.0');
    return `${registry.host}/acme/app`;
  }

  function planFor(repository: string, immutable: readonly string[] = []) {
    const destination: Destination = { kind: 'repository', repository, tags: ['1.0.0'], required: true, immutable };
    const release: PlannedRelease = {
      id: 'app',
      image: 'app',
      variant: '',
      cells: [],
      annotations: {},
      descriptorAnnotations: {},
      allowForeign: [],
      order: {},
      destinations: [destination],
      leftOut: [],
    };
    return { releases: [release] };
  }

  test('stops a build where the login may not push, and only warns a job that does not push itself', async () => {
    const plan = planFor(await start(readOnly));
    const host = fakeHost();

    await expect(preflightPlan(plan, host)).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
    const found = await preflightPlan(plan, host, { isForOthers: true });

    expect(found[0]?.problem?.code).toBe('REGISTRY_DENIED');
    expect(host.events.filter(({ kind }) => kind === 'note')).toHaveLength(1);
  });

  test('stops both where an immutable tag is taken, and neither where it is free', async () => {
    const repository = await start();

    for (const isForOthers of [true, false]) {
      await expect(preflightPlan(planFor(repository, ['1.0.0']), fakeHost(), { isForOthers })).rejects.toMatchObject({
        code: 'TAG_IMMUTABLE',
      });
      expect(await preflightPlan(planFor(repository, ['1.0.1']), fakeHost(), { isForOthers })).toHaveLength(1);
    }
  });

  test.each(['api', 'none'] as const)('tells jobs to come what they will find: referrers %s', async (referrers) => {
    const plan = planFor(await start({ referrers, auth: bearer, ratelimitRemaining: '180;w=21600' }));

    const [found] = await preflightPlan(plan, fakeHost(), { isForOthers: true });

    expect(found).toMatchObject({ granted: 'pull,push', requestsLeft: 180 });
    expect(found?.referrers).toBe(referrers === 'api' ? 'api' : 'tag');
  });

  test('of a part stops its job before it is built where it cannot be pushed', async () => {
    await expect(preflightPart(await start(readOnly), fakeHost())).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
    await registry.stop();
    await expect(preflightPart(await start({ auth: bearer }), fakeHost())).resolves.toBeUndefined();
  });

  test('of a part that stays on the machine asks nobody', async () => {
    await start();

    await preflightPart(undefined, fakeHost());

    expect(registry.requests).toEqual([]);
  });
});
