import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CellOutcome } from '../../../src/plan/outcome.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { restoreParts } from '../../../src/run/parts/restore-parts.ts';
import type { ReuseRequest } from '../../../src/run/parts/reuse-request.ts';
import { openRestorable, type Restorable } from '../../support/restorable.ts';

const runId = '20251231T000000Z-aaaaaa';
const file = join('.polyarch/runs', runId, 'parts/app-linux-arm64.json');

let project: Restorable = openRestorable();

beforeEach(() => {
  project.remove();
  project = openRestorable();
});

afterEach(() => {
  project.remove();
});

async function restored(plan: Plan, reuse: ReuseRequest = {}): Promise<readonly CellOutcome[]> {
  return [...(await restoreParts(plan, { host: project.host, reuse })).outcomes.values()];
}

function notes(): string {
  return project.host.events.flatMap((event) => (event.kind === 'note' ? [event.text] : [])).join('\n');
}

describe('restoreParts', () => {
  test('takes over what a former run made from the same inputs, and says of which', async () => {
    const plan = project.plan();
    const record = await project.keepRun(plan);

    const outcomes = await restored(plan);

    expect(outcomes).toEqual([{ ...record.outcome, state: 'reused', reason: `Inputs unchanged since run ${runId}` }]);
    expect(notes()).toContain('1 of 1 part taken over');
  });

  test('takes over nothing that was made from other inputs', async () => {
    const plan = project.plan();
    await project.keepRun(plan);

    writeFileSync(join(project.folder, 'a'), '2');

    expect(await restored(plan)).toEqual([]);
  });

  test.each<readonly [string, () => void]>([
    ['a layer of it is gone', () => rmSync(join(project.content(runId), 'blobs/sha256', someBlob()))],
    ['all of it is gone', () => rmSync(project.content(runId), { recursive: true })],
    ['its record is damaged', () => writeFileSync(join(project.folder, file), '{"version":1')],
    ['its record is of another cell', () => writeFileSync(join(project.folder, file), '{"cell":"b"}')],
  ])('builds a part again when %s', async (_name, damage) => {
    const plan = project.plan();
    await project.keepRun(plan);
    expect(await restored(plan)).toHaveLength(1);

    damage();

    expect(await restored(plan)).toEqual([]);
  });

  test('does not believe a record that the part is of the platform', async () => {
    const plan = project.plan();
    const { outcome } = await project.keepRun(plan);
    const amd64 = project.plan('image: app\nplatforms: [linux/amd64]\n');
    const { outcome: honest } = await project.keepRun(amd64, { runId: '20251230T000000Z-bbbbbb' });
    if (outcome.state !== 'built' || honest.state !== 'built') throw new Error('both were built');
    const lie = { ...honest.part, manifest: outcome.part.manifest, config: outcome.part.config };
    expect(await restored(amd64)).toHaveLength(1);

    await project.keepRun(amd64, {
      runId: '20251230T000000Z-bbbbbb',
      outcome: { ...honest, part: { ...lie, location: `oci:${project.content(runId)}` } },
    });

    expect(await restored(amd64)).toEqual([]);
  });

  test('takes the newest run that fits, past one that does not', async () => {
    const plan = project.plan();
    await project.keepRun(plan, { runId: '20251229T000000Z-cccccc' });
    await project.keepRun(plan);
    rmSync(project.content(runId), { recursive: true });

    expect(await restored(plan)).toMatchObject([{ reason: 'Inputs unchanged since run 20251229T000000Z-cccccc' }]);
  });

  test('takes over no part that only stood in for a failed one', async () => {
    const plan = project.plan();
    const { outcome } = await project.keepRun(plan);
    if (outcome.state !== 'built') throw new Error('it was built');
    const problem = { code: 'X', exitCode: 1, message: '', hint: '', where: {} };

    await project.keepRun(plan, { outcome: { ...outcome, state: 'carried', reason: 'old', problem } });

    expect(await restored(plan)).toEqual([]);
  });

  test('builds everything by force, and still names the inputs', async () => {
    const plan = project.plan();
    await project.keepRun(plan);

    const { outcomes, inputs } = await restoreParts(plan, { host: project.host, reuse: { force: true } });

    expect(outcomes.size).toBe(0);
    expect([...inputs.values()]).toMatchObject([{ digest: expect.stringMatching(/^sha256:/) }]);
  });

  test('resumes one run where it is named, and refuses one that is not there', async () => {
    const plan = project.plan();
    await project.keepRun(plan);
    await project.keepRun(plan, { runId: '20251230T000000Z-bbbbbb' });

    expect(await restored(plan, { resume: '20251230T000000Z-bbbbbb' })).toMatchObject([
      { reason: 'Inputs unchanged since run 20251230T000000Z-bbbbbb' },
    ]);
    await expect(restored(plan, { resume: '20200101T000000Z-000000' })).rejects.toMatchObject({
      code: 'RUN_MISSING',
      hint: `The last run is ${runId}`,
    });
  });

  test('says on --resume that there is nothing, and why parts are built whatever changed', async () => {
    const plan = project.plan();
    const cells = plan.cells.map((cell) => ({ ...cell, recipe: { ...cell.recipe, noCache: true } }));

    await restored({ ...plan, cells }, { resume: true });

    expect(notes()).toBe(
      '0 of 1 part taken over; 1 to build\n1 part built whatever changed: --no-cache asks for a build',
    );
  });

  test('looks at nothing for the embedded engine, whose own cache is better', async () => {
    const plan = project.plan();
    await project.keepRun(plan);
    const cells = plan.cells.map((cell) => ({ ...cell, builder: 'embedded' }));

    const { outcomes, inputs } = await restoreParts({ ...plan, cells }, { host: project.host, reuse: {} });

    expect([outcomes.size, inputs.size]).toEqual([0, 0]);
  });
});

function someBlob(): string {
  const [name] = readdirSync(join(project.content(runId), 'blobs/sha256'));
  if (name === undefined) throw new Error('there is no blob');
  return name;
}
