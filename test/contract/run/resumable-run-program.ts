import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHost } from '../../../src/host/create-host.ts';
import { cellSlugs } from '../../../src/plan/cell-slug.ts';
import { decodePlan } from '../../../src/plan/decode-plan.ts';
import { makeRunId, openRunJournal } from '../../../src/run/journal/run-journal.ts';
import { recordOf } from '../../../src/run/parts/record-of.ts';
import { restoreParts } from '../../../src/run/parts/restore-parts.ts';
import { openLayout } from '../../../src/store/layout-store.ts';
import { writePart } from '../../support/part-record.ts';

/**
 * `node resumable-run-program.js PLAN`: one run of a plan whose parts are written here instead of being built. It prints
 * `taken COUNT`, then `kept CELL` as soon as a part is journalled, and `done` in the end.
 */
const [file = ''] = process.argv.slice(2);
const host = createHost();
const plan = { ...decodePlan(readFileSync(file)), runId: makeRunId(host) };
const journal = await openRunJournal(host, plan.root, plan.runId);
const { outcomes, inputs } = await restoreParts(plan, { host, reuse: { resume: true } });
process.stdout.write(`taken ${outcomes.size}\n`);
const slugs = cellSlugs(plan.cells);
const content = join(journal.folder, 'content');
const store = await openLayout(content, { host, create: true });
for (const cell of plan.cells) {
  const known = inputs.get(cell.id);
  const taken = outcomes.get(cell.id);
  const { id, platform } = cell;
  const outcome = taken ?? {
    cell: id,
    state: 'built' as const,
    part: { ...(await writePart(store, { cell: id, platform, words: id.repeat(1000) })), location: `oci:${content}` },
  };
  const record = recordOf(cell, plan, { host, outcome });
  journal.keepCell(
    slugs.get(id) ?? id,
    known !== undefined && 'digest' in known ? { ...record, inputs: known.digest } : record,
  );
  await journal.settled();
  if (taken === undefined) process.stdout.write(`kept ${id}\n`);
}
await journal.keepOutcome({
  version: 1,
  runId: plan.runId,
  startedAt: plan.createdAt,
  durationMs: 0,
  state: 'succeeded',
  cells: [],
  releases: [],
  notes: [],
});
process.stdout.write('done\n');
