import type { Cell } from './cell.ts';
import type { Plan } from './plan.ts';

/** The repository that a cell's part goes to by digest: its own, else the first that its release is pushed to. */
export function partRepository(cell: Cell, { releases }: Pick<Plan, 'releases'>): string | undefined {
  if (cell.repository !== undefined) return cell.repository;
  const release = releases.find(({ cells }) => cells.includes(cell.id));
  const primary = release?.destinations.find((destination) => destination.kind === 'repository');
  return primary?.kind === 'repository' ? primary.repository : undefined;
}
