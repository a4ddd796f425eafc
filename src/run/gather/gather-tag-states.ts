import { isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import { parseReference } from '../../oci/reference.ts';
import { repositoriesOf, type TaggedRepository } from '../../plan/assemble-tag-moves.ts';
import type { TagHolder } from '../../plan/choose-tag-move.ts';
import type { Plan } from '../../plan/plan.ts';
import type { CommitOrder } from '../../plan/release-order.ts';
import type { RepositoryState, TagStates } from '../../plan/tag-states.ts';
import { TagReader } from '../../publish/tag-holder.ts';
import { openRegistry } from '../../registry/registry-client.ts';
import type { RetryPolicy } from '../../registry/retry.ts';
import { forEachLimited } from '../../store/for-each-limited.ts';
import { RegistryStore } from '../../store/registry-store.ts';
import { compareCommits } from './read-git.ts';

/** A look is to take seconds: a registry that does not answer is told, not waited for. */
const hasty: Partial<RetryPolicy> = {
  budgetMs: 5000,
  firstContactBudgetMs: 5000,
  askedAtMostMs: 2000,
  askedBudgetMs: 2000,
  stalledAtMost: 1,
};
const limits = { connectMs: 5000, answerMs: 8000, receiveMs: 8000 };
/** Tags of one repository that are read at once. */
const tagsAtOnce = 6;

/**
 * Reads what the tags of a plan point at, all registries side by side. One that cannot be asked is told and stops nothing.
 *
 * @throws {Fault} INTERRUPTED, PROCESS_TIMED_OUT
 */
export async function gatherTagStates(plan: Plan, host: Host): Promise<TagStates> {
  const repositories = await Promise.all(repositoriesOf(plan).map((repository) => readRepository(repository, host)));
  const holders = repositories.flatMap((repository) => Object.values(repository.holders));
  return { repositories, commitOrders: await readCommitOrders(holders, plan, host) };
}

async function readRepository(target: TaggedRepository, host: Host): Promise<RepositoryState> {
  const { registry, repository } = parseReference(target.repository);
  const client = openRegistry({ host, registry, insecure: target.insecure, retry: hasty, limits });
  const holders = new Map<string, TagHolder>();
  try {
    const reader = new TagReader(new RegistryStore(client.repository(repository), { host }));
    await forEachLimited(target.tags, tagsAtOnce, async (tag) => {
      const found = await reader.read(tag);
      if (found !== undefined) holders.set(tag, { digest: found.digest, order: found.order });
    });
    return { repository: target.repository, holders: Object.fromEntries(holders) };
  } catch (problem) {
    if (!isFault(problem) || problem.code === 'INTERRUPTED') throw problem;
    // Many registries make a repository when something is pushed to it.
    if (problem.code === 'REPOSITORY_UNKNOWN') return { repository: target.repository, holders: {} };
    return { repository: target.repository, holders: {}, problem: host.redactor.redact(problem.message) };
  } finally {
    client.close();
  }
}

async function readCommitOrders(
  holders: readonly TagHolder[],
  { event, root }: Plan,
  host: Host,
): Promise<Readonly<Record<string, CommitOrder>>> {
  const commits = new Set(holders.flatMap(({ order }) => order.commit ?? []).filter((commit) => commit !== event.sha));
  const orders = new Map<string, CommitOrder>();
  if (event.sha === '') return {};
  await forEachLimited(commits, 4, async (current) => {
    const order = await compareCommits({ current, next: event.sha }, { host, root });
    if (order !== undefined) orders.set(current, order);
  });
  return Object.fromEntries(orders);
}
