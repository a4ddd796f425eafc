import type { CellOutcome, DestinationOutcome, Outcome, ReleaseOutcome } from '../plan/outcome.ts';
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
    ({ id, index, destinations }) =>
      index !== undefined && destinations.every((one) => isWritten(one) || isBestEffort(plan, id, one)),
  );
  return {
    version: 1,
    runId: plan.runId,
    startedAt: plan.createdAt,
    durationMs: Math.round(durationMs),
    state: isWell ? 'succeeded' : 'failed',
    cells: plan.cells.map(({ id }) => outcomes.get(id) ?? notBegun(id)),
    releases,
    notes: [
      ...plan.releases.flatMap(({ leftOut }) =>
        leftOut.map(({ repository, reason }) => `${repository} is left out: ${reason}`),
      ),
      ...releases.flatMap(({ id, destinations }) =>
        destinations
          .filter((one) => one.state === 'failed' && isBestEffort(plan, id, one))
          .map(({ name, problem }) => `${name} is not required and was not written: ${problem?.message ?? ''}`),
      ),
    ],
  };
}

function isWritten({ state }: DestinationOutcome): boolean {
  return state === 'written' || state === 'unchanged';
}

/** A repository that the config does not require never fails its release. */
function isBestEffort(plan: Plan, release: string, { kind, name }: DestinationOutcome): boolean {
  const destinations = plan.releases.find(({ id }) => id === release)?.destinations ?? [];
  return destinations.some(
    (one) => one.kind === 'repository' && kind === one.kind && one.repository === name && !one.required,
  );
}

function notBegun(cell: string): CellOutcome {
  return { cell, state: 'skipped', reason: 'Not begun: a required platform of its release cannot be built' };
}
