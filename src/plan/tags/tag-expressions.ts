import { formatDate, isTimeZone } from './format-date.ts';
import type { TemplateValues } from './render-template.ts';
import { type ResolvedTagContext, refBehind, shortSha } from './tag-context.ts';
import type { Warn } from './tag-warning.ts';

/** `{{date}}` and `{{commit_date}}`, the expressions of a schedule's pattern. */
export function dateExpressions(
  { now, commitDate }: ResolvedTagContext,
  warn: Warn,
): Readonly<Record<'date' | 'commit_date', unknown>> {
  return {
    date(format: unknown, options: unknown) {
      return dateText(now, { format, options, name: 'date' }, warn);
    },
    commit_date(format: unknown, options: unknown) {
      return dateText(commitDate, { format, options, name: 'commit_date' }, warn);
    },
  };
}

/** The expressions that prefixes, suffixes, values, `enable`, labels and annotations may hold. */
export function globalExpressions(context: ResolvedTagContext, warn: Warn): TemplateValues {
  const { ref } = context;
  const { date, commit_date } = dateExpressions(context, warn);
  return {
    branch() {
      return refBehind(ref, 'refs/heads/') ?? '';
    },
    tag() {
      return refBehind(ref, 'refs/tags/') ?? '';
    },
    sha() {
      return shortSha(context);
    },
    base_ref() {
      return baseRefOf(context);
    },
    commit_date,
    is_default_branch() {
      return String(isDefaultBranch(context));
    },
    is_not_default_branch() {
      return String(!isDefaultBranch(context));
    },
    date,
  };
}

function baseRefOf({ ref, payload }: ResolvedTagContext): string {
  if (ref.startsWith('refs/tags/') && typeof payload.base_ref === 'string') {
    return refBehind(payload.base_ref, 'refs/heads/') ?? payload.base_ref;
  }
  return ref.startsWith('refs/pull/') ? (payload.pr_base ?? '') : '';
}

/** These events are always about the newest commit of the default branch. */
const defaultBranchEvents = /create|discussion|issues|schedule/;

function isDefaultBranch({ ref, eventName, payload }: ResolvedTagContext): boolean {
  const branch = refBehind(ref, 'refs/heads/') ?? ref;
  if (branch === '') return false;
  return payload.default_branch === branch || defaultBranchEvents.test(eventName);
}

interface DateCall {
  readonly name: string;
  readonly format: unknown;
  readonly options: unknown;
}

function dateText(date: Date, { name, format, options }: DateCall, warn: Warn): string {
  const hash: unknown = typeof options === 'object' && options !== null ? Reflect.get(options, 'hash') : undefined;
  if (typeof hash !== 'object' || hash === null) throw new Error(`${name} takes one format: {{${name} 'YYYYMMDD'}}`);
  const unknown = Object.keys(hash).find((key) => key !== 'tz');
  if (unknown !== undefined) throw new Error(`Unknown ${unknown} attribute`);
  if (Boolean(format) && typeof format !== 'string')
    throw new Error(`The format of ${name} is no text, put quotes around it`);
  const timeZone: unknown = 'tz' in hash ? hash.tz : 'UTC';
  if (typeof timeZone !== 'string' || timeZone === '')
    throw new Error(`tz of ${name} is no text, put quotes around it`);
  if (!isTimeZone(timeZone)) warnOfTimeZone(timeZone, warn);
  return formatDate(date, { format: typeof format === 'string' ? format : undefined, timeZone });
}

function warnOfTimeZone(timeZone: string, warn: Warn): void {
  warn({
    kind: 'time-zone-unknown',
    message: `No time zone is named "${timeZone}", so UTC is taken`,
    cure: "Write a name of the time zone database, for example tz='Europe/Berlin'",
  });
}
