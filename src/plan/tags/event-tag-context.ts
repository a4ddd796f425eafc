import type { EventFacts } from '../event-facts.ts';
import type { TagContext } from './tag-context.ts';

/** What tag rules may be told besides the event. */
export interface TagSettings {
  /** The time of the run; ISO 8601. */
  readonly now: string;
  /** See `TagContext.prHeadSha`. */
  readonly prHeadSha?: string | undefined;
  /** See `TagContext.shortShaLength`. */
  readonly shortShaLength?: string | undefined;
}

/** An event as the language of tag rules sees it. */
export function tagContextOf(event: EventFacts, { now, prHeadSha, shortShaLength }: TagSettings): TagContext {
  const { pullRequest, repository, commitDate } = event;
  return {
    eventName: event.name,
    ref: event.ref,
    sha: event.sha,
    payload: {
      number: pullRequest?.number,
      base_ref: event.baseRef,
      default_branch: event.defaultBranch,
      pr_base: pullRequest?.baseRef,
      pr_head_sha: pullRequest?.headSha,
    },
    repository: {
      full_name: repository?.fullName,
      description: repository?.description,
      html_url: repository?.url,
      license: repository?.license,
      default_branch: event.defaultBranch,
    },
    prHeadSha,
    shortShaLength,
    now: new Date(now),
    commitDate: commitDate === undefined ? undefined : new Date(commitDate),
  };
}
