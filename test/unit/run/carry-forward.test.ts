import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseReference } from '../../../src/oci/reference.ts';
import type { CellOutcome } from '../../../src/plan/outcome.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { carryForward } from '../../../src/run/parts/carry-forward.ts';
import { mergeRelease } from '../../../src/run/release/merge-release.ts';
import { type RunningRegistry, startRegistry } from '../../../src/server/start-registry.ts';
import { copyGraph } from '../../../src/store/copy.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { openLocation } from '../../../src/store/open-location.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { writePart } from '../../support/part-record.ts';
import { openRestorable, type Restorable } from '../../support/restorable.ts';

const dayMs = 24 * 60 * 60 * 1000;
const problem = { code: 'X', exitCode: 1, message: 'It broke', hint: 'h', where: {} };

let project: Restorable = openRestorable();
let registry: RunningRegistry | undefined;

beforeAll(async () => {
  registry = await startRegistry({ host: fakeHost(), memory: true });
});
afterAll(() => registry?.close());
beforeEach(() => {
  project.remove();
  project = openRestorable();
});
afterEach(() => project.remove());

function planOf(platform: string, overrides: Parameters<Restorable['plan']>[1] = {}): Plan {
  return project.plan(`image: app\nplatforms: [linux/amd64, ${platform}]\n`, overrides);
}

const optional = '{platform: linux/arm64, optional: true, carryForward: 30d}';

function daysAgo(days: number): string {
  return new Date(project.host.clock.now().getTime() - days * dayMs).toISOString();
}

/** A former run of the arm64 cell alone. */
async function keepArm64(days: number) {
  return project.keepRun(project.plan(`image: app\nplatforms: [${optional}]\n`), { finishedAt: daysAgo(days) });
}

async function carried(plan: Plan): Promise<readonly CellOutcome[]> {
  const outcomes = new Map(plan.cells.map(({ id: cell }) => [cell, { cell, state: 'failed', problem } as const]));
  return [...(await carryForward(plan, outcomes, project.host)).values()];
}

describe('carryForward', () => {
  test('lets the last good part of an optional cell stand in, and says how old it is', async () => {
    const { outcome } = await keepArm64(3);

    expect(await carried(planOf(optional))).toEqual([
      {
        ...outcome,
        state: 'carried',
        problem,
        reason: 'The part of run 20251231T000000Z-aaaaaa stands in, 3 days old; at most 30 days are allowed',
      },
    ]);
    expect(project.host.events).toContainEqual(expect.objectContaining({ kind: 'note', level: 'warning' }));
  });

  test.each([
    ['a part that is too old', optional, 31],
    ['a required cell', 'linux/arm64', 3],
    ['a cell that may not be carried forward', '{platform: linux/arm64, optional: true}', 3],
  ])('does not carry %s', async (_name, platform, days) => {
    await keepArm64(days);

    expect(await carried(planOf(platform))).toEqual([]);
  });

  test('does not carry what has gone', async () => {
    await keepArm64(3);
    const plan = planOf(optional);
    const elsewhere = openRestorable();
    expect(await carried({ ...plan, root: elsewhere.folder })).toEqual([]);
    elsewhere.remove();
  });

  test('replaces no cell that was built', async () => {
    const { outcome } = await keepArm64(3);
    const plan = planOf(optional);

    const found = await carryForward(plan, new Map([[outcome.cell, outcome]]), project.host);

    expect(found.size).toBe(0);
  });

  test.each([
    [5, 1],
    [40, 0],
  ])('takes the image that the tag points at now, made %i days ago: %i carried', async (days, count) => {
    const repository = `${registry?.registry ?? ''}/acme/published${days}`;
    const plan = planOf(optional, { push: true, tags: [`${repository}:latest`] });
    const [release] = plan.releases;
    if (release === undefined) throw new Error('there is a release');
    const source = new MemoryStore();
    const part = await writePart(source, { created: daysAgo(days) });
    const index = await mergeRelease(release, [part], source);
    const location = { kind: 'registry', reference: parseReference(repository) } as const;
    const destination = await openLocation(location, { host: project.host, mode: 'write' });
    await copyGraph(index, { host: project.host, source, destination });
    await destination.tag('latest', index);

    const found = await carried(plan);

    expect(found).toHaveLength(count);
    if (count === 1)
      expect(found).toMatchObject([
        {
          state: 'carried',
          part: { location: repository, manifest: { digest: part.manifest.digest }, config: part.config },
        },
      ]);
  });
});
