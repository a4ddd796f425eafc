import type { Descriptor } from '../oci/descriptor.ts';
import type { Finding } from '../verify/finding.ts';
import type { RouteKind } from './cell.ts';
import type { Part } from './part.ts';
import type { TagMove } from './tag-move.ts';

/** What became of one cell. */
export type CellOutcome =
  | { readonly cell: string; readonly state: 'built'; readonly part: Part; readonly attempts?: readonly Attempt[] }
  /** Not built again: a part of a former run has the same inputs. */
  | { readonly cell: string; readonly state: 'reused'; readonly part: Part; readonly reason: string }
  /** Failed, and the last good part stands in for it. */
  | {
      readonly cell: string;
      readonly state: 'carried';
      readonly part: Part;
      readonly reason: string;
      readonly problem: Problem;
    }
  | {
      readonly cell: string;
      readonly state: 'failed';
      readonly problem: Problem;
      readonly attempts?: readonly Attempt[];
      /** What to type to try it by hand, quoted for a shell, without secrets. */
      readonly command?: string;
    }
  | { readonly cell: string; readonly state: 'skipped'; readonly reason: string };

/** One try at a cell that did not succeed. */
export interface Attempt {
  readonly builder: string;
  readonly node?: string;
  readonly route: RouteKind;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly problem: Problem;
}

/** A fault as it is kept: plain JSON, redacted. */
export interface Problem {
  readonly code: string;
  /** What a process exits with that this ends. */
  readonly exitCode: number;
  readonly message: string;
  readonly hint: string;
  readonly frame?: string;
  readonly where: Readonly<Record<string, string | number>>;
  /** What led to it, outermost first. Absent where there is nothing more to tell. */
  readonly causes?: readonly ProblemCause[];
}

/** One link of the chain that led to a problem. */
export interface ProblemCause {
  readonly message: string;
  readonly code?: string;
  readonly frame?: string;
}

export type DestinationState = 'written' | 'unchanged' | 'failed' | 'skipped';

export interface DestinationOutcome {
  /** As a user would name it again: `oci:DIR`, `ghcr.io/acme/app`. */
  readonly name: string;
  readonly kind: string;
  readonly state: DestinationState;
  readonly tags: readonly string[];
  /** What became of each tag, in the order of the plan; absent where no tag was looked at. */
  readonly moves?: readonly TagMove[];
  readonly problem?: Problem;
}

export interface ReleaseOutcome {
  readonly id: string;
  /** Absent where a required cell failed or a proof found an error. */
  readonly index?: Descriptor;
  readonly platforms: readonly string[];
  /** Optional platforms that are not in the index. */
  readonly missing: readonly string[];
  readonly findings: readonly Finding[];
  /** Names of the rules that were applied. */
  readonly checks: readonly string[];
  readonly destinations: readonly DestinationOutcome[];
}

/** What a run came to; the one value that every report is rendered from. */
export interface Outcome {
  readonly version: 1;
  readonly runId: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly state: 'succeeded' | 'failed';
  readonly cells: readonly CellOutcome[];
  readonly releases: readonly ReleaseOutcome[];
  readonly notes: readonly string[];
}
