import { isSettled } from './describe-move.ts';
import type { SummaryDestination } from './summary.ts';

/** The tags that point at the release now: not those that stayed at something newer, or were put back. */
export function settledTags({ tags, moves }: Pick<SummaryDestination, 'tags' | 'moves'>): readonly string[] {
  return moves === undefined ? tags : moves.filter(isSettled).map(({ tag }) => tag);
}
