import type { Config, ImageConfig, VariantConfig } from '../config/config.ts';
import { Fault } from '../errors/fault.ts';
import { annotationsOf } from './annotation-level.ts';
import type { Cell } from './cell.ts';
import { chooseDestinations, type Delivery } from './choose-destinations.ts';
import { expandMatrix, releaseId } from './expand-matrix.ts';
import type { Facts } from './facts.ts';
import { encodeOrder } from './order-annotations.ts';
import { orderOf } from './order-of.ts';
import { placeCells } from './place-cells.ts';
import { placesOfCell } from './places-of-cell.ts';
import type { Plan, PlannedRelease } from './plan.ts';

/**
 * What a run with this config, these facts and this delivery will do.
 *
 * @throws {Fault} PLAN_EMPTY, PUSH_WITHOUT_REPOSITORY, TAGS_EMPTY, TAG_UNUSABLE, DESTINATION_SHARED
 */
export function assemblePlan(config: Config, facts: Facts, delivery: Delivery): Plan {
  const drafts = config.images.flatMap((image) => expandMatrix(image, facts));
  if (drafts.length === 0)
    throw new Fault('PLAN_EMPTY', 'Cannot plan a build: no platform of any variant is left, expected at least one');
  const cells = placeCells(drafts, facts);
  const releases = config.images.flatMap((image) => releasesOf(image, cells, { facts, delivery }));
  refuseSharedPaths(releases);
  return {
    version: 1,
    runId: facts.runId,
    createdAt: facts.now,
    root: facts.root,
    engine: facts.engine,
    builders: facts.builders.filter(({ name }) => isNamed(name, cells)),
    event: facts.event,
    cells: cells.map((cell) => ({ ...cell, ...placesOfCell(cell, { config, releases, facts, delivery }) })),
    releases,
  };
}

function isNamed(builder: string, cells: readonly Cell[]): boolean {
  return cells.some((cell) => [cell, ...(cell.alternatives ?? [])].some((placement) => placement.builder === builder));
}

interface Circumstances {
  readonly facts: Facts;
  readonly delivery: Delivery;
}

function releasesOf(
  image: ImageConfig,
  cells: readonly Cell[],
  circumstances: Circumstances,
): readonly PlannedRelease[] {
  return image.variants.flatMap((variant) => {
    const own = cells.filter((cell) => cell.image === image.name && cell.variant === variant.name);
    return own.length === 0 ? [] : [releaseOf(image, variant, { ...circumstances, cells: own })];
  });
}

function releaseOf(
  image: ImageConfig,
  variant: VariantConfig,
  { facts, delivery, cells }: Circumstances & { readonly cells: readonly Cell[] },
): PlannedRelease {
  const { destinations, leftOut } = chooseDestinations(image, variant, { facts, delivery, cells });
  const id = releaseId(image.name, variant.name);
  const order = orderOf(facts, destinations, facts.tags?.[id]);
  return {
    id,
    image: image.name,
    variant: variant.name,
    cells: cells.map(({ id }) => id),
    annotations: {
      ...facts.tags?.[id]?.annotations,
      ...encodeOrder(order),
      ...annotationsOf(image.annotations, 'index'),
    },
    descriptorAnnotations: Object.fromEntries(
      cells.map(({ platform }) => [platform, annotationsOf(image.annotations, 'manifest-descriptor', platform)]),
    ),
    allowForeign: image.allowForeign,
    order,
    destinations,
    leftOut,
  };
}

/** Two releases in one archive or layout tag would overwrite each other. */
function refuseSharedPaths(releases: readonly PlannedRelease[]): void {
  const owners = new Map<string, string>();
  for (const { id, destinations } of releases) {
    for (const place of destinations.flatMap(placesOf)) {
      const owner = owners.get(place);
      if (owner !== undefined)
        throw new Fault('DESTINATION_SHARED', `Cannot write "${owner}" and "${id}" to one place: both go to ${place}`);
      owners.set(place, id);
    }
  }
}

function placesOf(destination: PlannedRelease['destinations'][number]): readonly string[] {
  switch (destination.kind) {
    case 'oci':
      return destination.tags.map((tag) => `oci:${destination.path}:${tag}`);
    case 'oci-archive':
    case 'docker-archive':
      return [`${destination.kind}:${destination.path}`];
    case 'repository':
      return [...destination.tags, ...Object.values(destination.architectureTags ?? {}).flat()].map(
        (tag) => `${destination.repository}:${tag}`,
      );
    case 'docker':
      return destination.tags.map((tag) => `docker:${tag}`);
  }
}
