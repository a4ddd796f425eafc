import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { prune } from '../../../src/run/prune.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { SmallRegistry } from '../../support/small-registry.ts';
import { models, placeModel, reachedBy } from './prune-model.ts';

describe('prune over random repositories', () => {
  let registry: SmallRegistry;

  afterEach(() => registry.stop());

  test.each(['api', 'none'] as const)(
    'what any tag that stays reaches is there, with referrers by %s',
    async (referrers) => {
      registry = await SmallRegistry.start({ referrers });
      let number = 0;
      let removedCount = 0;
      await fc.assert(
        fc.asyncProperty(models, fc.nat(2), async (model, keepCount) => {
          const name = `acme/app${(number += 1)}`;
          const repository = registry.repository(name);
          const digests = placeModel(repository, model, referrers === 'api');
          const before = repository.manifests.size;

          const { problems } = await prune(
            { repository: `${registry.host}/${name}`, pattern: 't*', keepCount, deletes: true },
            fakeHost(),
          );

          expect(problems).toEqual([]);
          removedCount += before - repository.manifests.size;
          expect([...repository.tags.keys()].filter((tag) => tag.startsWith('other'))).toHaveLength(
            model.others.length,
          );
          for (const tag of repository.tags.keys())
            for (const digest of reachedBy(tag, repository, model, digests))
              expect(repository.manifests.has(digest), `${tag} reaches ${digest}`).toBe(true);
          for (const digest of repository.tags.values()) expect(repository.manifests.has(digest)).toBe(true);
        }),
        { numRuns: 20, seed: 7, endOnFailure: true },
      );
      expect(removedCount).toBeGreaterThan(10);
    },
  );
});
