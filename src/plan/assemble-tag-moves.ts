import { chooseTagMove, type TagHolder } from './choose-tag-move.ts';
import type { Destination, Plan, PlannedRelease } from './plan.ts';
import type { TagMove } from './tag-move.ts';
import type { RepositoryState, TagStates } from './tag-states.ts';
import { wholeTagOf } from './tags/architecture-tags.ts';

/** What is to become of the tags of one release. */
export interface ReleaseMoves {
  readonly release: string;
  /** By repository, then by tag, in the order of the plan. */
  readonly moves: readonly TagMove[];
}

/** What is to become of every tag of a plan. */
export interface PlannedMoves {
  readonly releases: readonly ReleaseMoves[];
  /** Repositories that could not be asked; nothing is said of their tags. */
  readonly unreachable: readonly { readonly repository: string; readonly reason: string }[];
}

export interface TagMoveChoices {
  /** Tags that may go back to an older release. Default: none. */
  readonly allowDowngrade?: readonly string[];
}

/** Every tag of a plan's repositories with what it points at and what becomes of it. */
export function assembleTagMoves(
  plan: Pick<Plan, 'releases'>,
  states: TagStates,
  choices: TagMoveChoices = {},
): PlannedMoves {
  return {
    releases: plan.releases.map((release) => ({ release: release.id, moves: movesOf(release, states, choices) })),
    unreachable: states.repositories.flatMap(({ repository, problem }) =>
      problem === undefined ? [] : [{ repository, reason: problem }],
    ),
  };
}

/** The repositories of a plan with all tags that it would write there, each repository once. */
export function repositoriesOf({ releases }: Pick<Plan, 'releases'>): readonly TaggedRepository[] {
  const found = new Map<string, TaggedRepository>();
  for (const destination of releases.flatMap(({ destinations }) => destinations)) {
    if (destination.kind !== 'repository') continue;
    const { repository, insecure = false } = destination;
    const tags = new Set([...(found.get(repository)?.tags ?? []), ...tagsOf(destination).map(({ tag }) => tag)]);
    found.set(repository, { repository, insecure, tags: [...tags] });
  }
  return [...found.values()];
}

export interface TaggedRepository {
  readonly repository: string;
  readonly insecure: boolean;
  readonly tags: readonly string[];
}

function movesOf(
  { destinations, order }: PlannedRelease,
  { repositories, commitOrders }: TagStates,
  { allowDowngrade = [] }: TagMoveChoices,
): readonly TagMove[] {
  return destinations.flatMap((destination) => {
    const state = stateOf(destination, repositories);
    if (destination.kind !== 'repository' || state === undefined) return [];
    return tagsOf(destination).map(({ tag, whole }) => {
      const current = holderOf(tag, whole, state);
      return chooseTagMove({
        repository: destination.repository,
        tag,
        current,
        next: { order },
        isImmutable: destination.immutable?.includes(tag) ?? false,
        isDowngradeAllowed: allowDowngrade.includes(tag),
        commitOrder: commitOrders[current?.order.commit ?? ''],
      });
    });
  });
}

function stateOf(destination: Destination, states: readonly RepositoryState[]): RepositoryState | undefined {
  if (destination.kind !== 'repository') return undefined;
  return states.find(({ repository, problem }) => repository === destination.repository && problem === undefined);
}

/** The image of one platform carries no evidence of order: its release does, under the tag that it was made from. */
function holderOf(tag: string, whole: string | undefined, { holders }: RepositoryState): TagHolder | undefined {
  const own = Object.hasOwn(holders, tag) ? holders[tag] : undefined;
  if (own === undefined || whole === undefined) return own;
  const beside = Object.hasOwn(holders, whole) ? holders[whole] : undefined;
  return { ...own, order: beside?.order ?? {} };
}

function tagsOf(destination: Extract<Destination, { readonly kind: 'repository' }>) {
  const single = Object.values(destination.architectureTags ?? {}).flat();
  return [
    ...destination.tags.map((tag) => ({ tag, whole: undefined })),
    ...single.map((tag) => ({ tag, whole: wholeTagOf(tag, destination.tags) })),
  ];
}
