import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { parseReference } from '../oci/reference.ts';
import { chooseTagMove } from '../plan/choose-tag-move.ts';
import type { OrderEvidence } from '../plan/order-evidence.ts';
import { openRegistry, type RegistryClient } from '../registry/registry-client.ts';
import type { Repository } from '../registry/repository.ts';
import type { RetryPolicy } from '../registry/retry.ts';
import { RegistryStore } from '../store/registry-store.ts';
import { immutableFault } from './move-tag.ts';
import { cureFor } from './pull-as-stranger.ts';
import { TagReader } from './tag-holder.ts';
import { whereIs } from './target.ts';

/** A repository that is to be published to, and what is to come there. */
export interface PreflightTarget {
  readonly repository: string;
  readonly insecure: boolean;
  readonly required: boolean;
  readonly public: boolean;
  /** Tags that another digest may never replace, each with the order of its release. */
  readonly immutable: readonly { readonly tag: string; readonly order: OrderEvidence }[];
  /** Whether it is to be found out how the repository keeps what refers to an image. Default: false. */
  readonly asksReferrers?: boolean;
}

/** What was found out about a repository before anything is built. */
export interface Preflighted {
  readonly repository: string;
  readonly required: boolean;
  /** Why it cannot be published to; absent where it can. */
  readonly problem?: Fault;
  /** What may become a problem. */
  readonly notes: readonly string[];
  /** What the token allows, for example `pull,push`; absent where it does not tell. */
  readonly granted?: string;
  /** Requests that are left before the registry refuses more; absent where it does not tell. */
  readonly requestsLeft?: number;
  /** How signatures and attestations of an image are found: the registry lists them, or a tag beside the image does. */
  readonly referrers?: 'api' | 'tag';
}

/** A check is to take seconds: a registry that is down now is told, not waited for. */
const hasty: Partial<RetryPolicy> = {
  budgetMs: 6000,
  firstContactBudgetMs: 6000,
  askedAtMostMs: 3000,
  askedBudgetMs: 3000,
  stalledAtMost: 1,
};
const limits = { connectMs: 6000, answerMs: 10_000, receiveMs: 10_000 };
/** A release takes about so many requests. */
const fewRequests = 30;

/**
 * Finds out, in seconds and without leaving anything, whether each repository can be published to: it is reached, takes
 * the login, lets an upload begin, has room in its rate limit, holds no other image under an immutable tag, and is open
 * to strangers where it is to be. All side by side; every problem is told with its repository.
 *
 * @throws {Fault} INTERRUPTED
 */
export async function preflight(targets: readonly PreflightTarget[], host: Host): Promise<readonly Preflighted[]> {
  const clients = new Map<string, RegistryClient>();
  function clientFor(target: PreflightTarget, anonymous: boolean): RegistryClient {
    const { registry } = parseReference(target.repository);
    const key = `${registry} ${target.insecure} ${anonymous}`;
    const credentials = anonymous ? ({ credentials: 'anonymous' } as const) : {};
    const client =
      clients.get(key) ??
      openRegistry({ host, registry, insecure: target.insecure, retry: hasty, limits, ...credentials });
    clients.set(key, client);
    return client;
  }
  try {
    return await Promise.all(
      targets.map((target) => check(target, { host, open: (anonymous) => clientFor(target, anonymous) })),
    );
  } finally {
    for (const client of clients.values()) client.close();
  }
}

interface CheckOptions {
  readonly host: Host;
  readonly open: (anonymous: boolean) => RegistryClient;
}

async function check(target: PreflightTarget, { host, open }: CheckOptions): Promise<Preflighted> {
  const { repository, required } = target;
  const id = `preflight/${repository}`;
  host.emit({ kind: 'task-started', id, title: `check ${repository}` });
  try {
    const name = parseReference(repository).repository;
    const opened = open(false).repository(name);
    const [{ granted, requestsLeft }, lists] = await Promise.all([
      opened.probePush(),
      target.asksReferrers === true ? opened.listsReferrers() : undefined,
    ]);
    await refuseImmutable(target, new RegistryStore(opened, { host }));
    if (target.public) await refusePrivate(target, opened, open(true).repository(name));
    host.emit({ kind: 'task-ended', id, outcome: 'done' });
    const isScarce = requestsLeft !== undefined && requestsLeft < fewRequests;
    const notes = isScarce ? [`${repository}: its registry takes only ${requestsLeft} more requests for now`] : [];
    const prefix = `repository:${name}:`;
    const actions = granted?.find((scope) => scope.startsWith(prefix))?.slice(prefix.length);
    return {
      repository,
      required,
      notes,
      ...(actions === undefined ? {} : { granted: actions }),
      ...(requestsLeft === undefined ? {} : { requestsLeft }),
      ...(lists === undefined ? {} : { referrers: lists ? 'api' : 'tag' }),
    };
  } catch (problem) {
    host.emit({ kind: 'task-ended', id, outcome: 'failed' });
    if (!isFault(problem) || isFault(problem, 'INTERRUPTED')) throw problem;
    return { repository, required, problem, notes: [] };
  }
}

/** What the digest will be is not known yet: what is there of the same commit may be the same image. */
async function refuseImmutable({ repository, immutable }: PreflightTarget, store: RegistryStore): Promise<void> {
  const reader = new TagReader(store);
  for (const { tag, order } of immutable) {
    const current = await reader.read(tag);
    const move = chooseTagMove({
      repository,
      tag,
      current,
      next: { order },
      isImmutable: true,
      isDowngradeAllowed: false,
    });
    if (move.state === 'refused') throw immutableFault({ repository }, move);
  }
}

/** Only where there is something can be told whether strangers see it. */
async function refusePrivate({ repository }: PreflightTarget, own: Repository, strange: Repository): Promise<void> {
  const [tag] = await own.tags();
  if (tag === undefined) return;
  try {
    if ((await strange.resolve(tag)) !== undefined) return;
  } catch (cause) {
    if (!isFault(cause, 'REGISTRY_UNAUTHORIZED', 'REGISTRY_DENIED', 'REPOSITORY_UNKNOWN')) throw cause;
    throw new Fault('IMAGE_NOT_PUBLIC', `Cannot publish to ${repository}: it is to be public, and it is private`, {
      cause,
      where: whereIs({ repository }),
      hint: cureFor(repository),
    });
  }
}
