import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Host } from '../../../src/host/host.ts';
import { decodeCellRecord } from '../../../src/plan/decode-cell-record.ts';
import { openRunJournal } from '../../../src/run/journal/run-journal.ts';
import { makeParts } from '../../../src/run/parts/make-parts.ts';
import { type RunningRegistry, startRegistry } from '../../../src/server/start-registry.ts';
import { fakeHost } from '../../support/fake-host.ts';
import { planOf } from '../../support/plan-facts.ts';
import { openRestorable, type Restorable } from '../../support/restorable.ts';

let registry: RunningRegistry | undefined;
let project: Restorable = openRestorable();

beforeAll(async () => {
  registry = await startRegistry({ host: fakeHost(), memory: true });
});
afterAll(() => registry?.close());
beforeEach(() => {
  project.remove();
  project = openRestorable();
});
afterEach(() => project.remove());

/** Builds the project with the embedded engine, and gives the record as it was kept. */
async function keptRecord(host: Host) {
  const tags = [`${registry?.registry ?? ''}/acme/app:1`];
  const dockerfiles = {
    [join(project.folder, 'Dockerfile')]: readFileSync(join(project.folder, 'Dockerfile'), 'utf8'),
  };
  const flags = { push: true, tags };
  const plan = planOf('image: app\nplatforms: [linux/arm64]\n', flags, { root: project.folder, dockerfiles });
  const journal = await openRunJournal(host, project.folder, plan.runId);
  await makeParts(plan, plan.cells, { host, journal, reuse: { skipUnchanged: true } });
  return decodeCellRecord(readFileSync(join(journal.folder, 'parts/app-linux-arm64.json')));
}

describe('makeParts', () => {
  test('keeps a part with its inputs', async () => {
    const record = await keptRecord(project.host);

    expect(record).toMatchObject({ outcome: { state: 'built' }, inputs: expect.stringMatching(/^sha256:/) });
  });

  test('keeps no inputs of a part whose files were changed while it was built', async () => {
    let isChanged = false;
    const host: Host = {
      ...project.host,
      emit: (event) => {
        if (event.kind !== 'task-started' || isChanged) return;
        isChanged = true;
        writeFileSync(join(project.folder, 'a'), 'changed');
      },
    };

    const record = await keptRecord(host);

    expect(isChanged).toBe(true);
    expect(record).not.toHaveProperty('inputs');
  });
});
