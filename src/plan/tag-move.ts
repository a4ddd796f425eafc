import type { Digest } from '../oci/digest.ts';

/** What becomes, or became, of one tag in one repository. */
export interface TagMove {
  readonly repository: string;
  readonly tag: string;
  /**
   * `new`: it pointed at nothing. `kept-newer`: it points at something newer and stays there. `refused`: it may not be
   * moved at all. `rolled-back`: it was moved and put back, because another required tag could not be moved.
   */
  readonly state: 'new' | 'moved' | 'unchanged' | 'kept-newer' | 'refused' | 'rolled-back';
  /** What it pointed at; absent where it was new. */
  readonly from?: Digest;
  /** What it is to point at; absent before anything is built. */
  readonly to?: Digest;
  /** Why it stays or may not be moved. */
  readonly reason?: string;
}
