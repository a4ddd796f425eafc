import type { TagHolder } from './choose-tag-move.ts';
import type { CommitOrder } from './release-order.ts';

/** What the tags of one repository point at now. */
export interface RepositoryState {
  readonly repository: string;
  /** By tag; one that is not here points at nothing. */
  readonly holders: Readonly<Record<string, TagHolder>>;
  /** Why nothing is known of it, in one line. Absent: all is known. */
  readonly problem?: string;
}

/** What was there before a release, as far as it could be read. */
export interface TagStates {
  readonly repositories: readonly RepositoryState[];
  /** How the commit of this run stands to those of what is there; what git does not know is not here. */
  readonly commitOrders: Readonly<Record<string, CommitOrder>>;
}
