/** What happened that a run answers: a push, a tag, a pull request, a schedule, or somebody at a keyboard. Plain JSON. */
export interface EventFacts {
  /** Where it was read from. */
  readonly provider: 'github' | 'gitlab' | 'jenkins' | 'git' | 'none';
  /** As GitHub names events: `push`, `pull_request`, `schedule`, `workflow_dispatch`… Empty where there is none. */
  readonly name: string;
  /** The whole name: `refs/heads/main`, `refs/tags/v1.2.3`, `refs/pull/7/merge`. Empty where there is none. */
  readonly ref: string;
  /** The commit. Empty where there is none. */
  readonly sha: string;
  /** When the commit was made; ISO 8601. */
  readonly commitDate?: string;
  readonly defaultBranch?: string;
  /** The branch that a tag was pushed from, or that a pull request goes to. */
  readonly baseRef?: string;
  readonly pullRequest?: PullRequestFacts;
  readonly repository?: RepositoryFacts;
  /** Grows with every run of the pipeline. */
  readonly runNumber?: number;
  /** Where the run can be looked at. */
  readonly runUrl?: string;
  /** Whether this is a CI service. */
  readonly isCi: boolean;
}

export interface PullRequestFacts {
  readonly number: number;
  /** The newest commit of its branch. */
  readonly headSha?: string;
  readonly headRef?: string;
  readonly baseRef?: string;
  /** It comes from another repository: there are no secrets and no right to push. */
  readonly isFork: boolean;
}

/** The repository of the source, as its host knows it. */
export interface RepositoryFacts {
  /** `owner/name` */
  readonly fullName: string;
  readonly url?: string;
  readonly description?: string;
  /** SPDX. */
  readonly license?: string;
}

/** Nothing is known: no CI service and no git. */
export const noEvent: EventFacts = { provider: 'none', name: '', ref: '', sha: '', isCi: false };
