import type { RepositoryDestination } from './target.ts';

/** When the tags of the primary repository move: before those of the other required ones, or after them. */
export type PrimaryOrder = 'first' | 'last';

interface Placed {
  readonly release: { readonly id: string };
  readonly destination: RepositoryDestination;
}

/**
 * The order in which tags move, always the same for the same plan: required repositories by their place in the config,
 * the first of each release being its primary one, then those that are not required.
 */
export function orderPlaces<Target extends Placed>(
  targets: readonly Target[],
  primary: PrimaryOrder,
): readonly Target[] {
  const required = targets.filter(({ destination }) => destination.required);
  const primaries = new Map(targets.toReversed().map((target) => [target.release.id, target.destination]));
  const first = required.filter(({ release, destination }) => primaries.get(release.id) === destination);
  const others = required.filter((target) => !first.includes(target));
  const best = targets.filter(({ destination }) => !destination.required);
  return primary === 'first' ? [...first, ...others, ...best] : [...others, ...first, ...best];
}
