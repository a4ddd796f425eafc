import type { Problem } from '../plan/outcome.ts';
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
}

export interface SummaryChecks {
  readonly ruleCount: number;
  readonly errorCount: number;
  readonly warningCount: number;
}

export interface SummaryRelease {
  readonly id: string;
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
