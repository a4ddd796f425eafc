import type { FaultWhere } from '../errors/fault.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { parseReference } from '../oci/reference.ts';
import type { OrderEvidence } from '../plan/order-evidence.ts';
import type { Destination } from '../plan/plan.ts';
import { wholeTagOf } from '../plan/tags/architecture-tags.ts';

/** A release that was proved, and where it is to go. */
export interface ProvedRelease {
  /** `image[/variant]` */
  readonly id: string;
  readonly index: Descriptor;
  readonly order: OrderEvidence;
  readonly destinations: readonly Destination[];
  /** The image of each cell, for tags of one platform alone. */
  readonly images: ReadonlyMap<string, Descriptor>;
}

/** A tag, and what it is to point at. */
export interface WantedTag {
  readonly tag: string;
  readonly descriptor: Descriptor;
  /** The tag of the whole release that one of a single platform stands beside: the two go together. */
  readonly beside?: string;
}

export type RepositoryDestination = Extract<Destination, { readonly kind: 'repository' }>;

/** Where a tag is: a repository as the plan names it. */
export type Place = Pick<RepositoryDestination, 'repository' | 'insecure'>;

/** Whether the failure of a destination fails its release. */
export function isRequired(destination: Destination): boolean {
  return destination.kind !== 'repository' || destination.required;
}

/**
 * Every tag of a release in a destination. Those of one platform alone come last: which release they belong to is told by
 * the tag of the whole one that they stand beside, so that must have moved.
 */
export function wantedTags(release: ProvedRelease, destination: Destination): readonly WantedTag[] {
  const own = destination.kind === 'repository' ? (destination.architectureTags ?? {}) : {};
  const images = Object.entries(own).flatMap(([cell, tags]) => {
    const descriptor = release.images.get(cell);
    if (descriptor === undefined) return [];
    return tags.map((tag) => {
      const beside = wholeTagOf(tag, destination.tags);
      return { tag, descriptor, ...(beside === undefined ? {} : { beside }) };
    });
  });
  return [...destination.tags.map((tag) => ({ tag, descriptor: release.index })), ...images];
}

/** The place a fault about a tag is told of. */
export function whereIs({ repository }: Pick<Place, 'repository'>, tag?: string): FaultWhere {
  const reference = parseReference(repository);
  return {
    registry: reference.registry,
    repository: reference.repository,
    ...(tag === undefined ? {} : { reference: tag }),
  };
}
