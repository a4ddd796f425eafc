import type { OrderEvidence } from './order-evidence.ts';
import { compareVersions, parseSemanticVersion } from './semantic-version.ts';

/** How the commit of a next release stands to that of the current one; `apart`: neither leads to the other. */
export type CommitOrder = 'newer' | 'older' | 'apart';

/** What a comparison of two releases came to, and what told it. */
export interface ReleaseOrder {
  /** How the next release stands to the current one; `unknown`: nothing tells. */
  readonly order: 'newer' | 'older' | 'same' | 'unknown';
  /** One clause: `1.3.0 is newer than 1.2.9`. */
  readonly reason: string;
}

export interface ComparedReleases {
  readonly current: OrderEvidence;
  readonly next: OrderEvidence;
  /** What git knows of the two commits. Default: nothing. */
  readonly commitOrder?: CommitOrder | undefined;
}

/**
 * Tells which of two releases is newer: by version as semver has it, else by ancestry of their commits, else by run
 * number, else by date of commit. Evidence that only one of them has, or that is equal, leaves it to the next kind.
 * https://semver.org/spec/v2.0.0.html#spec-item-11
 */
export function compareReleases(releases: ComparedReleases): ReleaseOrder {
  const told = [byVersion, byAncestry, byRunNumber, byCommitDate].flatMap((compare) => compare(releases) ?? []);
  return (
    told.find(({ order }) => order !== 'same') ??
    told[0] ?? { order: 'unknown', reason: 'nothing tells which of the two is newer' }
  );
}

function byVersion({ current, next }: ComparedReleases): ReleaseOrder | undefined {
  const there = parseSemanticVersion(current.version);
  const here = parseSemanticVersion(next.version);
  if (there === undefined || here === undefined) return undefined;
  return ordered(compareVersions(here, there), here.text, there.text);
}

function byAncestry({ current, next, commitOrder }: ComparedReleases): ReleaseOrder | undefined {
  if (current.commit === undefined || next.commit === undefined) return undefined;
  const [there, here] = [`commit ${short(current.commit)}`, `commit ${short(next.commit)}`];
  if (current.commit === next.commit) return ordered(0, here, there);
  if (commitOrder === undefined || commitOrder === 'apart') return undefined;
  return ordered(commitOrder === 'newer' ? 1 : -1, here, there);
}

function byRunNumber({ current, next }: ComparedReleases): ReleaseOrder | undefined {
  if (current.runNumber === undefined || next.runNumber === undefined) return undefined;
  return ordered(next.runNumber - current.runNumber, `run ${next.runNumber}`, `run ${current.runNumber}`);
}

function byCommitDate({ current, next }: ComparedReleases): ReleaseOrder | undefined {
  const difference = Date.parse(next.commitDate ?? '') - Date.parse(current.commitDate ?? '');
  if (Number.isNaN(difference)) return undefined;
  return ordered(difference, `the commit of ${next.commitDate ?? ''}`, `that of ${current.commitDate ?? ''}`);
}

function ordered(difference: number, here: string, there: string): ReleaseOrder {
  if (difference > 0) return { order: 'newer', reason: `${here} is newer than ${there}` };
  if (difference < 0) return { order: 'older', reason: `${there} is newer than ${here}` };
  return { order: 'same', reason: `both are ${here}` };
}

function short(commit: string): string {
  return commit.slice(0, 7);
}
