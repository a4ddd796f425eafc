import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseReference } from '../../../src/oci/reference.ts';
import type { CellOutcome } from '../../../src/plan/outcome.ts';
import { partTag } from '../../../src/plan/part-tag.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { gatherInputs } from '../../../src/run/parts/gather-inputs.ts';
import { readPartRecord, writePartRecord } from '../../../src/run/parts/part-record.ts';
import { restoreParts } from '../../../src/run/parts/restore-parts.ts';
import type { ReuseRequest } from '../../../src/run/parts/reuse-request.ts';
import { type RunningRegistry, startRegistry } from '../../../src/server/start-registry.ts';
import { copyGraph } from '../../../src/store/copy.ts';
import { inspectImage } from '../../../src/store/inspect.ts';
import { openLayout } from '../../../src/store/layout-store.ts';
import { openLocation } from '../../../src/store/open-location.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { openRestorable, type Restorable } from '../../support/restorable.ts';

let registry: RunningRegistry | undefined;
let project: Restorable = openRestorable();

beforeAll(async () => {
  registry = await startRegistry({ host: fakeHost(), memory: true });
});
afterAll(() => registry?.close());

let count = 0;
let repository = '';
beforeEach(() => {
  project.remove();
  project = openRestorable();
  count += 1;
  repository = `${registry?.registry ?? ''}/acme/app${count}`;
});
afterEach(() => project.remove());

function planHere(): Plan {
  return project.plan('image: app\nplatforms: [linux/arm64]\n', { push: true, tags: [`${repository}:1`] });
}

async function openStore() {
  const location = { kind: 'registry', reference: parseReference(repository) } as const;
  return openLocation(location, { host: project.host, mode: 'write' });
}

/** A part in the repository with its record beside it; what was built here is forgotten. */
async function recorded(plan: Plan) {
  const record = await project.keepRun(plan);
  const { outcome, inputs } = record;
  if (outcome.state !== 'built' || inputs === undefined) throw new Error('it was built from known inputs');
  const source = await openLayout(project.content(record.runId), { host: project.host, create: false });
  await copyGraph(outcome.part.manifest, { host: project.host, source, destination: await openStore() });
  const attempts = [
    { builder: 'x', route: 'native', startedAt: record.finishedAt, durationMs: 1, problem: aProblem },
  ] as const;
  const told = { ...record, inputs, logTail: ['a line'], outcome: { ...outcome, attempts } };
  await writePartRecord(told, outcome.part, { repository, host: project.host });
  return { record, part: outcome.part, inputs };
}

const aProblem = { code: 'X', exitCode: 1, message: 'm', hint: 'h', where: {} };

async function restored(plan: Plan, reuse: ReuseRequest): Promise<readonly CellOutcome[]> {
  const elsewhere = openRestorable();
  try {
    const moved = { ...plan, root: elsewhere.folder };
    return [...(await restoreParts(moved, { host: project.host, reuse })).outcomes.values()];
  } finally {
    elsewhere.remove();
  }
}

describe('writePartRecord', () => {
  test('lets a machine that starts from nothing take the part over', async () => {
    const plan = planHere();
    const { record, part } = await recorded(plan);

    const outcomes = await restored(plan, { skipUnchanged: true });

    expect(outcomes).toEqual([
      {
        cell: record.cell,
        state: 'reused',
        part: { ...part, location: repository },
        reason: `Inputs unchanged since run ${record.runId}`,
      },
    ]);
  });

  test('is not asked outside CI, nor when one run is resumed', async () => {
    const plan = planHere();
    await recorded(plan);

    expect(await restored(plan, {})).toEqual([]);
    expect(await restored(plan, { skipUnchanged: false })).toEqual([]);
    expect(await restored({ ...plan, event: { ...plan.event, isCi: true } }, {})).toHaveLength(1);
  });

  test('is an artifact that nobody takes for an image, without attempts and logs', async () => {
    const { record, inputs } = await recorded(planHere());
    const store = await openStore();
    const tag = partTag(record.cell, inputs);

    const image = await inspectImage(store, tag);
    const read = await readPartRecord(cellOf(), inputs, { repository, host: project.host });

    expect(image).toMatchObject({ artifactType: 'application/vnd.polyarch.part.v1+json' });
    expect(await store.tags()).toEqual([tag]);
    expect(JSON.stringify(read)).not.toMatch(/a line|attempts/);
  });

  test('is told of other inputs, and of another cell, nothing', async () => {
    const { inputs } = await recorded(planHere());
    const options = { repository, host: project.host };
    expect(await readPartRecord(cellOf(), inputs, options)).toBeDefined();

    expect(await readPartRecord(cellOf(), `sha256:${'0'.repeat(64)}`, options)).toBeUndefined();
    expect(await readPartRecord({ ...cellOf(), id: 'other/linux/arm64' }, inputs, options)).toBeUndefined();
    expect(await readPartRecord({ ...cellOf(), platform: 'linux/amd64' }, inputs, options)).toBeUndefined();
  });

  test('is not used when the part has gone from the repository', async () => {
    const plan = planHere();
    const { part } = await recorded(plan);
    expect(await restored(plan, { skipUnchanged: true })).toHaveLength(1);

    const response = await fetch(`http://${repository.replace('/', '/v2/')}/manifests/${part.manifest.digest}`, {
      method: 'DELETE',
    });

    expect(response.status).toBe(202);
    expect(await restored(plan, { skipUnchanged: true })).toEqual([]);
  });

  test('is a warning where the registry does not take it', async () => {
    const plan = planHere();
    const record = await project.keepRun(plan);
    const { outcome } = record;
    if (outcome.state !== 'built') throw new Error('it was built');
    const readOnly = await startRegistry({ host: fakeHost(), memory: true, options: { isReadOnly: true } });
    try {
      const inputs = (await gatherInputs(plan, plan.cells, project.host)).get(record.cell);
      if (inputs === undefined || !('digest' in inputs)) throw new Error('they are known');
      const place = { repository: `${readOnly.registry}/acme/app`, host: project.host };

      await writePartRecord({ ...record, inputs: inputs.digest }, outcome.part, place);

      expect(project.host.events).toContainEqual(
        expect.objectContaining({ kind: 'note', level: 'warning', text: expect.stringContaining('is not kept in') }),
      );
    } finally {
      await readOnly.close();
    }
  });
});

function cellOf() {
  const [cell] = planHere().cells;
  if (cell === undefined) throw new Error('there is a cell');
  return cell;
}
