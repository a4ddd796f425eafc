import type { RouteKind } from '../plan/cell.ts';
import type { EventFacts } from '../plan/event-facts.ts';
import type { Problem } from '../plan/outcome.ts';
import type { TagMove } from '../plan/tag-move.ts';
import type { Finding } from '../verify/finding.ts';

/** What a run came to, as every format shows it. Plain JSON; the JSON format is this value. */
export interface Summary {
  readonly version: 1;
  readonly kind: 'polyarch/summary';
  /** One line that says it all. */
  readonly title: string;
  readonly state: 'succeeded' | 'failed';
  readonly runId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly engine: string;
  /** What the run answers; absent where it is no event of a CI service or of git. */
  readonly event?: EventFacts;
  readonly cells: readonly SummaryCell[];
  readonly releases: readonly SummaryRelease[];
  readonly notes: readonly string[];
  readonly totals: SummaryTotals;
}

export interface SummaryCell {
  readonly id: string;
  /** `image[/variant]` */
  readonly release: string;
  readonly platform: string;
  readonly route: string;
  /** The image that it stands on, as FROM names it. */
  readonly base?: string;
  /** Where it was built, or was to be. */
  readonly builder?: string;
  /** Why this route. */
  readonly routeReason: string;
  readonly optional: boolean;
  /**
   * `cached`: nothing had to be done again. `reused`: not built, a former part has the same inputs. `carried`: it failed, and
   * the last good part stands in.
   */
  readonly state: 'built' | 'cached' | 'reused' | 'carried' | 'failed' | 'skipped';
  /** Of the image manifest. */
  readonly digest?: string;
  /** Config and layers as stored. */
  readonly sizeBytes?: number;
  readonly durationMs?: number;
  readonly steps?: { readonly total: number; readonly cached: number };
  readonly checks?: SummaryChecks;
  /** Why it failed. */
  readonly problem?: Problem;
  /** Why it was skipped, reused or carried. */
  readonly reason?: string;
  /** Tries that did not succeed. */
  readonly attempts?: readonly SummaryAttempt[];
  /** What to type to try it by hand. */
  readonly command?: string;
  /** The last lines of the log of a failed cell. */
  readonly logTail?: readonly string[];
}

/** One try at a cell that did not succeed. */
export interface SummaryAttempt {
  readonly builder: string;
  readonly route: RouteKind;
  readonly durationMs: number;
  readonly code: string;
  readonly message: string;
}

export interface SummaryChecks {
  readonly ruleCount: number;
  readonly errorCount: number;
  readonly warningCount: number;
}

export interface SummaryRelease {
  readonly id: string;
  /** Of the config; empty where the image has no variants. */
  readonly variant?: string;
  /** The images that its platforms stand on, each once. */
  readonly bases?: readonly string[];
  /** What a stranger types to have it, one line a repository: by the first tag, else by digest. */
  readonly pull?: readonly string[];
  /** Of the index; absent where none was made. */
  readonly digest?: string;
  readonly platforms: readonly string[];
  /** Platforms that are not in the index. */
  readonly missing: readonly string[];
  readonly checks: readonly string[];
  readonly findings: readonly Finding[];
  readonly destinations: readonly SummaryDestination[];
}

export interface SummaryDestination {
  /** As a user would name it again: `oci:DIR`, `ghcr.io/acme/app`. */
  readonly name: string;
  readonly kind: string;
  readonly state: 'written' | 'unchanged' | 'failed' | 'skipped';
  readonly tags: readonly string[];
  /** What became of each tag; absent where no tag was looked at. */
  readonly moves?: readonly TagMove[];
  readonly problem?: Problem;
}

export interface SummaryTotals {
  readonly cells: number;
  readonly built: number;
  readonly failed: number;
  readonly skipped: number;
  /** Sum of the sizes of all images. */
  readonly sizeBytes: number;
  /** The same, what several images share counted once. */
  readonly uniqueBytes: number;
  readonly steps: { readonly total: number; readonly cached: number };
  readonly errors: number;
  readonly warnings: number;
}
