import type { CellOutcome } from './outcome.ts';
import type { Part } from './part.ts';

/** The part that a cell gives to its release, whoever built it. */
export function partOf(outcome: CellOutcome | undefined): Part | undefined {
  return outcome !== undefined && 'part' in outcome ? outcome.part : undefined;
}
