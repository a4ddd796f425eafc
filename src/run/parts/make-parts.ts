import type { Host } from '../../host/host.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Cell } from '../../plan/cell.ts';
import type { CellRecord } from '../../plan/cell-record.ts';
import { cellSlugs } from '../../plan/cell-slug.ts';
import type { CellInputs } from '../../plan/input-digest.ts';
import { withNeededCells } from '../../plan/needed-cells.ts';
import type { CellOutcome } from '../../plan/outcome.ts';
import type { Plan } from '../../plan/plan.ts';
import type { ImageStore } from '../../store/content-store.ts';
import type { RunJournal } from '../journal/run-journal.ts';
import { buildCells } from './build-cells.ts';
import { carryForward } from './carry-forward.ts';
import { EarlyReadings } from './early-readings.ts';
import { gatherInputs } from './gather-inputs.ts';
import { recordOf } from './record-of.ts';
import { restoreParts } from './restore-parts.ts';
import type { ReuseRequest } from './reuse-request.ts';

export interface MakePartsOptions {
  readonly host: Host;
  readonly reuse: ReuseRequest;
  readonly journal: RunJournal;
  /** The plan as another machine made it, whose builders name the inputs. Default: the plan. */
  readonly planned?: Plan;
  /** Whether this run proves the parts: then they are looked into while others are still built. Default: false. */
  readonly proves?: boolean;
}

/** What became of the cells of a plan. */
export interface MadeParts {
  /** By cell, as it was kept; one that was not begun is not in it. */
  readonly records: ReadonlyMap<string, CellRecord>;
  /** Holds what was built now; undefined where nothing was to be built. */
  readonly store?: ImageStore;
}

/**
 * Brings cells to parts: what former runs made from the same inputs is taken over, the rest is built, and for an optional cell that
 * failed the last good part stands in. What becomes of a cell is kept as soon as it is known.
 *
 * @throws {Fault} RUN_MISSING, STORE_FULL
 */
export async function makeParts(plan: Plan, cells: readonly Cell[], options: MakePartsOptions): Promise<MadeParts> {
  const { host, reuse, journal, planned = plan, proves = false } = options;
  const restored = await restoreParts(planned, { host, reuse, cells });
  const notes = new CellNotes(plan, { host, journal, inputs: restored.inputs });
  for (const outcome of restored.outcomes.values()) notes.keep(outcome);
  const missing = cells.filter(({ id }) => !restored.outcomes.has(id));
  const early = new EarlyReadings(host);
  function onOutcome(outcome: CellOutcome, logTail?: readonly string[]): void {
    notes.keep(outcome, logTail);
    if (proves && outcome.state === 'built') early.begin(outcome.part);
  }
  const built =
    missing.length === 0
      ? {}
      : await buildCells(plan, withNeededCells(missing, plan.cells), {
          host,
          runFolder: journal.folder,
          onOutcome,
        }).finally(() => early.settled());
  await notes.confirmInputs(planned);
  for (const outcome of (await carryForward(plan, notes.outcomes(), host)).values()) notes.keep(outcome);
  await journal.settled();
  return { records: notes.records, ...built };
}

interface NotesOptions {
  readonly host: Host;
  readonly journal: RunJournal;
  readonly inputs: ReadonlyMap<string, CellInputs>;
}

/** The records of a run as they come to be. */
class CellNotes {
  readonly records = new Map<string, CellRecord>();
  readonly #plan: Plan;
  readonly #options: NotesOptions;
  readonly #slugs: ReadonlyMap<string, string>;
  readonly #cells: ReadonlyMap<string, Cell>;

  constructor(plan: Plan, options: NotesOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#slugs = cellSlugs(plan.cells);
    this.#cells = new Map(plan.cells.map((cell) => [cell.id, cell]));
  }

  /** What is known already is not replaced by what was built for another cell's sake. */
  keep(outcome: CellOutcome, logTail?: readonly string[]): void {
    const { host, journal, inputs } = this.#options;
    const cell = this.#cells.get(outcome.cell);
    const slug = this.#slugs.get(outcome.cell);
    if (cell === undefined || slug === undefined || this.records.get(outcome.cell)?.outcome.state === 'reused') return;
    const known = inputs.get(cell.id);
    const record = {
      ...recordOf(cell, this.#plan, { host, outcome, logTail }),
      ...(known !== undefined && 'digest' in known ? { inputs: known.digest } : {}),
    };
    this.records.set(cell.id, record);
    journal.keepCell(slug, record);
  }

  /** What was changed while it was built was made from nobody knows what: such a part is never taken over. */
  async confirmInputs(planned: Plan): Promise<void> {
    const { host, journal } = this.#options;
    const built = planned.cells.filter(({ id }) => this.#builtFrom(id) !== undefined);
    if (built.length === 0) return;
    await journal.settled();
    const now = await gatherInputs(planned, built, host);
    for (const { id } of built) {
      const record = this.records.get(id);
      const known = now.get(id);
      if (record === undefined || (known !== undefined && 'digest' in known && known.digest === record.inputs))
        continue;
      const { inputs: _inputs, ...unknown } = record;
      this.records.set(id, unknown);
      journal.keepCell(this.#slugs.get(id) ?? id, unknown);
    }
  }

  #builtFrom(cell: string): Digest | undefined {
    const record = this.records.get(cell);
    return record?.outcome.state === 'built' ? record.inputs : undefined;
  }

  outcomes(): ReadonlyMap<string, CellOutcome> {
    return outcomesOf(this.records);
  }
}

/** By cell. */
export function outcomesOf(records: ReadonlyMap<string, CellRecord>): ReadonlyMap<string, CellOutcome> {
  return new Map([...records].map(([cell, { outcome }]) => [cell, outcome]));
}
