import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuilderFacts } from '../../src/plan/builder-facts.ts';
import type { CellRecord } from '../../src/plan/cell-record.ts';
import { cellSlug } from '../../src/plan/cell-slug.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { gatherInputs } from '../../src/run/parts/gather-inputs.ts';
import { openLayout } from '../../src/store/layout-store.ts';
import { type FakeHost, fakeHost } from './fake-host.ts';
import { partRecord, writePart } from './part-record.ts';
import { planOf } from './plan-facts.ts';

/** A builder that nobody asks anything: what it built in former runs is all that counts. */
const builder: BuilderFacts = {
  name: 'farm',
  driver: 'docker-container',
  state: 'ready',
  slots: 1,
  options: {},
  nodes: [
    {
      name: 'farm0',
      endpoint: 'unix:///var/run/docker.sock',
      state: 'ready',
      version: 'v0.30.0',
      native: ['linux/amd64', 'linux/arm64'],
      emulated: [],
      canPushByDigest: true,
    },
  ],
};

/** A project whose cells BuildKit builds, in a folder of its own. */
export interface Restorable {
  readonly folder: string;
  readonly host: FakeHost;
  plan(yaml?: string, overrides?: Parameters<typeof planOf>[1]): Plan;
  /** Keeps a former run in which a cell of the plan was built, with its content; gives the record. */
  keepRun(plan: Plan, changes?: Partial<CellRecord> & { readonly words?: string }): Promise<CellRecord>;
  /** Where the content of a former run lies. */
  content(runId: string): string;
  remove(): void;
}

export function openRestorable(dockerfile = 'FROM scratch\nCOPY a /\n'): Restorable {
  const folder = mkdtempSync(join(tmpdir(), 'polyarch-restore-'));
  const env = { POLYARCH_CACHE_DIR: join(folder, 'cache') };
  const host = fakeHost({ env, workingDirectory: folder });
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
  writeFileSync(join(folder, 'a'), '1');

  function plan(yaml = 'image: app\nplatforms: [linux/arm64]\n', overrides: Parameters<typeof planOf>[1] = {}): Plan {
    const facts = { root: folder, dockerfiles: { [join(folder, 'Dockerfile')]: dockerfile } };
    const embedded = planOf(yaml, overrides, facts);
    const cells = embedded.cells.map((cell) => ({ ...cell, builder: builder.name }));
    return { ...embedded, engine: { name: 'buildkit', reason: 'for a test' }, builders: [builder], cells };
  }

  async function keepRun(planned: Plan, changes: Parameters<Restorable['keepRun']>[1] = {}): Promise<CellRecord> {
    const { words, ...fields } = changes;
    const [cell] = planned.cells;
    if (cell === undefined) throw new Error('the plan has no cell');
    const runId = fields.runId ?? '20251231T000000Z-aaaaaa';
    const store = await openLayout(content(runId), { host, create: true });
    const { id, platform } = cell;
    const part = await writePart(store, { cell: id, platform, ...(words === undefined ? {} : { words }) });
    const inputs = (await gatherInputs(planned, [cell], host)).get(id);
    const record = partRecord({
      runId,
      cell: id,
      platform,
      ...(inputs !== undefined && 'digest' in inputs ? { inputs: inputs.digest } : {}),
      outcome: { cell: id, state: 'built', part: { ...part, location: `oci:${content(runId)}` } },
      ...fields,
    });
    mkdirSync(join(folder, '.polyarch/runs', runId, 'parts'), { recursive: true });
    const file = join(folder, '.polyarch/runs', runId, 'parts', `${cellSlug(id)}.json`);
    writeFileSync(file, JSON.stringify(record));
    return record;
  }

  function content(runId: string): string {
    return join(folder, '.polyarch/runs', runId, 'content');
  }

  return { folder, host, plan, keepRun, content, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
