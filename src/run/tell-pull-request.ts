import { type Fault, isFault } from '../errors/fault.ts';
import type { Forge } from '../forge/forge.ts';
import { readForgePlace } from '../forge/forge-place.ts';
import { type CommentState, keepComment } from '../forge/keep-comment.ts';
import { keepSection, type SectionState } from '../forge/keep-section.ts';
import { openForge } from '../forge/open-forge.ts';
import type { Host } from '../host/host.ts';
import type { Problem } from '../plan/outcome.ts';
import { problemOf } from '../plan/problem-of.ts';
import { renderPullRequestComment } from '../report/render-pull-request-comment.ts';
import { renderPullRequestSection } from '../report/render-pull-request-section.ts';
import type { Summary } from '../report/summary.ts';
import { openForgeWire } from './open/open-forge-wire.ts';

export interface TellRequest {
  /** Keep one comment up to date. */
  readonly comment: boolean;
  /** Keep a section of the description up to date. */
  readonly description: boolean;
}

/** What became of a comment or a section. `skipped`: nobody to tell, or no right to; that is no failure. */
export type Told =
  | { readonly state: CommentState | Exclude<SectionState, 'no-room'> }
  | { readonly state: 'skipped'; readonly reason: string }
  | { readonly state: 'failed'; readonly problem: Problem };

export interface PullRequestTold {
  readonly comment?: Told;
  readonly description?: Told;
}

/** Characters kept free for the mark of a comment. */
const markRoom = 500;

/**
 * Tells the pull request that a run is about what it came to. Without a pull request, a token or the right to write, as
 * in a pull request from a fork, it is said in a note and nothing fails; what else goes wrong is in the result.
 */
export async function tellPullRequest(summary: Summary, request: TellRequest, host: Host): Promise<PullRequestTold> {
  if (!request.comment && !request.description) return {};
  const { event } = summary;
  const place = readForgePlace(
    {
      provider: event?.provider ?? 'none',
      ...(event?.repository === undefined ? {} : { repository: event.repository.fullName }),
      ...(event?.pullRequest === undefined ? {} : { number: event.pullRequest.number }),
    },
    host.env,
  );
  if (place.kind === 'none') return tellBoth(request, () => skipped(place.reason, host));
  const wire = openForgeWire(host);
  try {
    const forge = openForge(place, { host, wire });
    const comment = request.comment ? await tell(() => writeComment(forge, summary, host), summary, host) : undefined;
    const description = request.description
      ? await tell(() => writeSection(forge, summary, host), summary, host)
      : undefined;
    return { ...(comment === undefined ? {} : { comment }), ...(description === undefined ? {} : { description }) };
  } finally {
    wire.close();
  }
}

async function writeComment(forge: Forge, summary: Summary, host: Host): Promise<Told> {
  const body = host.redactor.redact(renderPullRequestComment(summary, { limit: forge.commentLimit - markRoom }));
  const runNumber = summary.event?.runNumber;
  const comment = { key: keyOf(summary), body, ...(runNumber === undefined ? {} : { runNumber }) };
  return { state: await keepComment(forge, comment) };
}

async function writeSection(forge: Forge, summary: Summary, host: Host): Promise<Told> {
  const state = await keepSection(forge, {
    key: keyOf(summary),
    render: (limit) => {
      const text = renderPullRequestSection(summary, { limit });
      return text === undefined ? undefined : host.redactor.redact(text);
    },
  });
  if (state !== 'no-room') return { state };
  return skipped('The rest of the description is so long that the section has no room', host);
}

async function tell(write: () => Promise<Told>, summary: Summary, host: Host): Promise<Told> {
  try {
    return await write();
  } catch (fault) {
    if (!isFault(fault) || fault.code === 'INTERRUPTED') throw fault;
    if (fault.code === 'FORGE_DENIED') return skipped(reasonOf(fault, summary), host, fault.hint);
    return { state: 'failed', problem: problemOf(fault, host) };
  }
}

/** That a fork may not write is as it should be; anything else is a setting that is missing. */
function reasonOf(fault: Fault, { event }: Summary): string {
  if (event?.pullRequest?.isFork !== true) return fault.message;
  return 'The pull request comes from a fork, whose token may only read; the report is in the summary of the job';
}

function skipped(reason: string, host: Host, hint?: string): Told {
  const text = `The pull request is not told: ${reason}`;
  host.emit({ kind: 'note', level: 'warning', text, ...(hint === undefined ? {} : { hint }) });
  return { state: 'skipped', reason };
}

function tellBoth(request: TellRequest, tellOne: () => Told): PullRequestTold {
  const told = tellOne();
  return { ...(request.comment ? { comment: told } : {}), ...(request.description ? { description: told } : {}) };
}

/** Several configs of one repository have a comment each; one config keeps its comment though its images change. */
function keyOf({ releases, cells }: Summary): string {
  return (releases[0]?.id ?? cells[0]?.release ?? 'image').split('/')[0] ?? 'image';
}
