import type { CellOutcome, Outcome, ReleaseOutcome } from '../plan/outcome.ts';
import type { Plan } from '../plan/plan.ts';

export interface FinishedRun {
  /** By cell; one that is not here was not begun. */
  readonly outcomes: ReadonlyMap<string, CellOutcome>;
  readonly releases: readonly ReleaseOutcome[];
  readonly durationMs: number;
}

/** What a run came to. */
export function assembleOutcome(plan: Plan, { outcomes, releases, durationMs }: FinishedRun): Outcome {
  const isWell = releases.every(
    ({ index, destinations }) =>
      index !== undefined && destinations.every(({ state }) => state === 'written' || state === 'unchanged'),
  );
  return {
    version: 1,
    runId: plan.runId,
    startedAt: plan.createdAt,
    durationMs: Math.round(durationMs),
    state: isWell ? 'succeeded' : 'failed',
    cells: plan.cells.map(({ id }) => outcomes.get(id) ?? notBegun(id)),
    releases,
    notes: plan.releases.flatMap(({ leftOut }) =>
      leftOut.map(({ repository, reason }) => `${repository} is left out: ${reason}`),
    ),
  };
}

function notBegun(cell: string): CellOutcome {
  return { cell, state: 'skipped', reason: 'Not begun: a required platform of its release cannot be built' };
}
