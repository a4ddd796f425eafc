import type { Host } from '../../host/host.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Cell } from '../../plan/cell.ts';
import type { CellRecord } from '../../plan/cell-record.ts';
import type { CellInputs } from '../../plan/input-digest.ts';
import type { CellOutcome } from '../../plan/outcome.ts';
import { partRepository } from '../../plan/part-repository.ts';
import type { Plan } from '../../plan/plan.ts';
import { forEachLimited } from '../../store/for-each-limited.ts';
import { FormerRecords } from './former-records.ts';
import { gatherInputs } from './gather-inputs.ts';
import { isPartWhole } from './part-content.ts';
import { readPartRecord } from './part-record.ts';
import type { ReuseRequest } from './reuse-request.ts';
import { tellRestored } from './tell-restored.ts';

/** What a build need not make again, and what is known of the inputs of the rest. */
export interface RestoredParts {
  /** By cell: `reused`. */
  readonly outcomes: ReadonlyMap<string, CellOutcome>;
  /** By cell; one whose inputs were not looked at is not in it. */
  readonly inputs: ReadonlyMap<string, CellInputs>;
}

export interface RestoreOptions {
  readonly host: Host;
  readonly reuse: ReuseRequest;
  /** By id. Default: all of the plan. */
  readonly cells?: readonly Cell[];
}

const parallelCells = 8;

/**
 * Finds parts of former runs that were made from the same inputs and are still wholly there: first in the runs that are kept
 * here, the newest first, then in the repository that the part would be pushed to. What the embedded engine makes is taken
 * from its own cache faster than from a record, so that only the registry's count for it.
 *
 * @throws {Fault} RUN_MISSING
 */
export async function restoreParts(
  plan: Plan,
  { host, reuse, cells: wanted = plan.cells }: RestoreOptions,
): Promise<RestoredParts> {
  const ids = new Set(wanted.map(({ id }) => id));
  const cells = plan.cells.filter(({ id }) => ids.has(id));
  const former = await FormerRecords.open(plan, typeof reuse.resume === 'string' ? reuse.resume : undefined);
  const asked = cells.filter((cell) => cell.builder !== 'embedded' || recordsOf(cell, plan, reuse) !== undefined);
  const inputs = asked.length === 0 ? new Map<string, CellInputs>() : await gatherInputs(plan, asked, host);
  const outcomes = new Map<string, CellOutcome>();
  if (reuse.force !== true) {
    await forEachLimited(asked, parallelCells, async (cell) => {
      const known = inputs.get(cell.id);
      if (known === undefined || !('digest' in known)) return;
      const record =
        (await findHere(cell, known.digest, { former, host })) ??
        (await findThere(cell, known.digest, { repository: recordsOf(cell, plan, reuse), host }));
      if (record !== undefined) outcomes.set(cell.id, reusedOf(record));
    });
  }
  tellRestored({ cells, outcomes, inputs, reuse }, host);
  return { outcomes, inputs };
}

/** The repository that records of a cell are read from and kept in; undefined where they are not. */
export function recordsOf(cell: Cell, plan: Plan, { skipUnchanged, resume }: ReuseRequest): string | undefined {
  if (typeof resume === 'string' || !(skipUnchanged ?? plan.event.isCi)) return undefined;
  return partRepository(cell, plan);
}

type WithPart = CellRecord & { readonly outcome: Extract<CellOutcome, { readonly state: 'built' | 'reused' }> };

async function findHere(
  cell: Cell,
  inputs: Digest,
  { former, host }: { readonly former: FormerRecords; readonly host: Host },
): Promise<WithPart | undefined> {
  for await (const record of former.of(cell.id)) {
    if (record.inputs !== inputs || record.platform !== cell.platform) continue;
    const found = await usable(record, host);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function findThere(
  cell: Cell,
  inputs: Digest,
  { repository, host }: { readonly repository: string | undefined; readonly host: Host },
): Promise<WithPart | undefined> {
  return repository === undefined ? undefined : usable(await readPartRecord(cell, inputs, { repository, host }), host);
}

/** What was carried forward was not made from these inputs. */
async function usable(record: CellRecord | undefined, host: Host): Promise<WithPart | undefined> {
  if (record === undefined || !hasPart(record)) return undefined;
  return (await isPartWhole(record.outcome.part, host)) ? record : undefined;
}

export function hasPart(record: CellRecord): record is WithPart {
  return record.outcome.state === 'built' || record.outcome.state === 'reused';
}

function reusedOf({ cell, runId, outcome }: WithPart): CellOutcome {
  return { cell, state: 'reused', part: outcome.part, reason: `Inputs unchanged since run ${runId}` };
}
