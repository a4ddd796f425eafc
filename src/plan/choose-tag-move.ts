import type { Digest } from '../oci/digest.ts';
import type { OrderEvidence } from './order-evidence.ts';
import { type CommitOrder, compareReleases } from './release-order.ts';
import type { TagMove } from './tag-move.ts';

/** What a tag points at now. */
export interface TagHolder {
  readonly digest: Digest;
  /**
   * What its annotations tell; for the image of one platform alone, what those of the release beside it tell. Empty where
   * they tell nothing.
   */
  readonly order: OrderEvidence;
}

export interface TagMoveQuestion {
  readonly repository: string;
  readonly tag: string;
  /** Absent: the tag points at nothing. */
  readonly current?: TagHolder | undefined;
  readonly next: {
    /** Absent before it is built. */
    readonly digest?: Digest | undefined;
    readonly order: OrderEvidence;
  };
  /** Another digest may never take this tag. */
  readonly isImmutable: boolean;
  /** The user means it: an older release may take this tag. */
  readonly isDowngradeAllowed: boolean;
  /** How the next commit stands to the current one, where git knows both. */
  readonly commitOrder?: CommitOrder | undefined;
}

/**
 * What becomes of one tag: never back to an older release, never off an immutable one. It is asked for the plan, and
 * again with what is there right before the tag is written.
 */
export function chooseTagMove(question: TagMoveQuestion): TagMove {
  const { repository, tag, current, next } = question;
  const to = next.digest === undefined ? {} : { to: next.digest };
  if (current === undefined) return { repository, tag, state: 'new', ...to };
  return { repository, tag, from: current.digest, ...to, ...chooseState(question, current) };
}

function chooseState(question: TagMoveQuestion, current: TagHolder): Pick<TagMove, 'state' | 'reason'> {
  const { next, isImmutable, isDowngradeAllowed, commitOrder } = question;
  if (next.digest === current.digest) return { state: 'unchanged' };
  const { order, reason } = compareReleases({ current: current.order, next: next.order, commitOrder });
  if (isImmutable) return chooseImmutable(question, current);
  if (order === 'unknown') return { state: 'moved', reason };
  if (order !== 'older') return { state: 'moved' };
  return isDowngradeAllowed
    ? { state: 'moved', reason: `${reason}; going back is allowed` }
    : { state: 'kept-newer', reason };
}

/** Before it is built the digest is not known: what comes of the commit that is there already is most likely the same. */
function chooseImmutable({ next }: TagMoveQuestion, { order }: TagHolder): Pick<TagMove, 'state' | 'reason'> {
  if (next.digest === undefined && order.commit !== undefined && order.commit === next.order.commit)
    return { state: 'unchanged', reason: 'it is immutable, and what is there comes from the same commit' };
  return { state: 'refused', reason: 'it is immutable and holds another image' };
}
