import { Fault } from '../../errors/fault.ts';

type Optional<T> = T | null | undefined;

/** What the event's own document says; the names are those of GitHub's webhooks. */
export interface TagPayload {
  /** Of the pull request. */
  readonly number?: Optional<number | string>;
  /** The branch a pushed tag was made from, with or without `refs/heads/`. */
  readonly base_ref?: Optional<string>;
  /** `repository.default_branch` of the event; decides `{{is_default_branch}}`. */
  readonly default_branch?: Optional<string>;
  /** The branch a pull request is to be merged into. */
  readonly pr_base?: Optional<string>;
  /** The newest commit of the pull request's own branch. */
  readonly pr_head_sha?: Optional<string>;
}

/** What is known of the repository; it fills the labels, and `default_branch` the rule `type=edge`. */
export interface TagRepository {
  /** Default: what stands behind the last `/` of `full_name`. */
  readonly name?: Optional<string>;
  readonly full_name?: Optional<string>;
  readonly description?: Optional<string>;
  readonly html_url?: Optional<string>;
  /** The SPDX identifier, alone or as GitHub gives it. */
  readonly license?: Optional<string | { readonly spdx_id?: Optional<string> }>;
  readonly default_branch?: Optional<string>;
}

/** The event that tags are made for. Everything but `now` may be missing; nothing is read from the environment. */
export interface TagContext {
  /** `push`, `pull_request`, `schedule`… */
  readonly eventName?: Optional<string>;
  /** The whole name: `refs/heads/main`, `refs/tags/v1.2.3`, `refs/pull/7/merge`. */
  readonly ref?: Optional<string>;
  readonly sha?: Optional<string>;
  readonly payload?: Optional<TagPayload>;
  readonly repository?: Optional<TagRepository>;
  /** Take the newest commit of the pull request's branch in place of `sha`; a text counts where it holds "true". */
  readonly prHeadSha?: Optional<boolean | string>;
  /** Characters of a short commit name. Default: 7. */
  readonly shortShaLength?: Optional<number | string>;
  readonly now: Date;
  /** When the commit was made. Default: `now`. */
  readonly commitDate?: Optional<Date>;
}

/** The context with its defaults filled in, and `ref` and `sha` as pull requests want them. */
export interface ResolvedTagContext {
  readonly eventName: string;
  readonly ref: string;
  readonly sha: string;
  readonly payload: TagPayload;
  readonly repository: TagRepository;
  readonly shortShaLength: number | string;
  readonly now: Date;
  readonly commitDate: Date;
}

/**
 * Fills in the defaults. A `pull_request_target` stands on `refs/pull/NUMBER/merge`, whatever ref the event names.
 * @throws {Fault} TAG_CONTEXT_MALFORMED
 */
export function resolveTagContext(context: TagContext): ResolvedTagContext {
  const payload = context.payload ?? {};
  const eventName = context.eventName ?? '';
  const now = dateOf('now', context.now);
  const onTarget = eventName.includes('pull_request_target') && (payload.number ?? undefined) !== undefined;
  const fromHead = /true/i.test(String(context.prHeadSha ?? '')) && eventName.includes('pull_request');
  return {
    eventName,
    ref: onTarget ? `refs/pull/${String(payload.number)}/merge` : (context.ref ?? ''),
    sha: (fromHead ? payload.pr_head_sha : undefined) ?? context.sha ?? '',
    payload,
    repository: context.repository ?? {},
    shortShaLength: lengthOf(context.shortShaLength),
    now,
    commitDate: dateOf('commitDate', context.commitDate ?? now),
  };
}

/**
 * The first characters of the commit's name.
 * @throws {Fault} TAG_CONTEXT_MALFORMED
 */
export function shortSha({ sha, shortShaLength }: ResolvedTagContext): string {
  const length = Number(shortShaLength);
  if (Number.isNaN(length)) {
    throw new Fault(
      'TAG_CONTEXT_MALFORMED',
      `Cannot shorten the commit's name: DOCKER_METADATA_SHORT_SHA_LENGTH is not a valid number: ${shortShaLength}`,
    );
  }
  return length >= sha.length ? sha : sha.substring(0, length);
}

/** What stands behind a beginning such as `refs/tags/`, or undefined where the ref begins otherwise. */
export function refBehind(ref: string, beginning: string): string | undefined {
  return ref.startsWith(beginning) ? ref.slice(beginning.length) : undefined;
}

function lengthOf(written: TagContext['shortShaLength']): number | string {
  return written === undefined || written === null || written === '' ? 7 : written;
}

function dateOf(name: string, value: Date): Date {
  const date = new Date(value);
  if (!Number.isNaN(date.getTime())) return date;
  throw new Fault('TAG_CONTEXT_MALFORMED', `Cannot take "${String(value)}" as ${name}: it is no date, expected a Date`);
}
