import type { Digest } from '../oci/digest.ts';
import type { CellOutcome } from './outcome.ts';

/**
 * What became of one cell, kept as soon as it is known: `.polyarch/runs/<id>/parts/*.json`, the file that one CI job hands
 * to another, and the record beside the image in the registry. Plain JSON.
 */
export interface CellRecord {
  readonly version: 1;
  readonly kind: 'polyarch/part';
  readonly runId: string;
  readonly cell: string;
  readonly platform: string;
  /** ISO 8601. */
  readonly finishedAt: string;
  /** The digest of all that decides the part's bytes; absent where an input cannot be pinned: it never counts as unchanged. */
  readonly inputs?: Digest;
  readonly outcome: CellOutcome;
  /** The last lines of its log, redacted; kept where it failed. */
  readonly logTail?: readonly string[];
}
