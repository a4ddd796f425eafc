import { Fault } from '../../errors/fault.ts';
import { didYouMean } from '../../errors/nearest.ts';
import type { EventFacts, PullRequestFacts } from '../../plan/event-facts.ts';
import { checkCommit, checkRef, known, numberOf } from './environment.ts';

/** An event as flags describe it; what they leave out is taken from where the program runs. */
export interface WrittenEvent {
  /** `--event`. Default: `push`. */
  readonly name?: string;
  /** `--ref`: a whole name. Default: the branch that is checked out; the default branch for a schedule. */
  readonly ref?: string;
  /** `--sha`. Default: the commit that is checked out. */
  readonly sha?: string;
}

const eventNames = [
  'push',
  'pull_request',
  'pull_request_target',
  'schedule',
  'workflow_dispatch',
  'release',
  'merge_group',
] as const;

/** The branch that counts as the default one where nothing tells. */
const usualBranch = 'main';

/**
 * The event that flags describe, in the repository that `base` knows. It counts as one of a CI service, so that rules give
 * what they would give there.
 *
 * @throws {Fault} EVENT_MALFORMED
 */
export function simulateEvent(written: WrittenEvent, base: EventFacts): EventFacts {
  const name = written.name ?? 'push';
  refuseUnknown(name);
  const defaultBranch = base.defaultBranch ?? usualBranch;
  const ref = refOf(name, written, { ...base, defaultBranch });
  const sha = written.sha === undefined ? base.sha : checkCommit(written.sha, '--sha');
  const pullRequest = name.startsWith('pull_request') ? pullRequestOf(ref, defaultBranch) : undefined;
  return {
    provider: base.provider,
    name,
    ref,
    sha,
    ...known({
      commitDate: sha === base.sha ? base.commitDate : undefined,
      defaultBranch,
      baseRef: pullRequest?.baseRef,
      pullRequest,
      repository: base.repository,
    }),
    isCi: true,
  };
}

function refuseUnknown(name: string): void {
  const names: readonly string[] = eventNames;
  if (names.includes(name)) return;
  throw new Fault(
    'EVENT_MALFORMED',
    `Cannot take "${name}" as an event: it is none that is known${didYouMean(name, eventNames)}`,
    { hint: `Write one of ${eventNames.join(', ')}; a pushed tag is --event push --ref refs/tags/v1.2.3` },
  );
}

function refOf(name: string, { ref }: WrittenEvent, base: EventFacts & { readonly defaultBranch: string }): string {
  const branch = `refs/heads/${base.defaultBranch}`;
  if (ref === undefined) {
    if (name.startsWith('pull_request')) return base.ref.startsWith('refs/pull/') ? base.ref : 'refs/pull/1/merge';
    return name === 'schedule' || base.ref === '' ? branch : base.ref;
  }
  if (!ref.startsWith('refs/'))
    throw new Fault(
      'EVENT_MALFORMED',
      `Cannot take "${ref}" as --ref: it is no whole name, expected one with "refs/"`,
      {
        hint: `Write refs/heads/${ref} for a branch, or refs/tags/${ref} for a tag`,
      },
    );
  if (name.startsWith('pull_request') && !/^refs\/pull\/\d+\/\w+$/.test(ref))
    throw new Fault('EVENT_MALFORMED', `Cannot take "${ref}" as --ref of ${name}: expected refs/pull/NUMBER/merge`);
  return checkRef(ref, '--ref');
}

function pullRequestOf(ref: string, baseRef: string): PullRequestFacts {
  return { number: numberOf(ref.split('/')[2]) ?? 1, baseRef, isFork: false };
}
