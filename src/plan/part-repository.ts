import type { Cell } from './cell.ts';
import type { Plan, PlannedRelease } from './plan.ts';

/** The repository that a cell's part goes to by digest: its own, else the first that its release is pushed to. */
export function partRepository(cell: Cell, { releases }: Pick<Plan, 'releases'>): string | undefined {
  if (cell.repository !== undefined) return cell.repository;
  const release = releases.find(({ cells }) => cells.includes(cell.id));
  return release === undefined ? undefined : firstRepository(release);
}

/** The primary repository of a release; undefined where it has none, or one that is reached insecurely. */
export function firstRepository({ destinations }: Pick<PlannedRelease, 'destinations'>): string | undefined {
  const primary = destinations.find((destination) => destination.kind === 'repository');
  return primary?.kind === 'repository' && primary.insecure !== true ? primary.repository : undefined;
}
