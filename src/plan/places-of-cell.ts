import type { Config } from '../config/config.ts';
import { invariant } from '../errors/invariant.ts';
import type { Cell } from './cell.ts';
import { chooseCache } from './choose-cache.ts';
import type { Delivery } from './choose-destinations.ts';
import type { Facts } from './facts.ts';
import { firstRepository } from './part-repository.ts';
import type { PlannedRelease } from './plan.ts';

interface Surroundings {
  readonly config: Config;
  readonly releases: readonly PlannedRelease[];
  readonly facts: Facts;
  readonly delivery: Delivery;
}

/**
 * Where a cell's part goes and its cache lies: the first repository of its release holds the part until it is merged. One that is
 * reached without a proof of who it is holds none: builders know nothing of that, so the part comes here and is pushed from here.
 */
export function placesOfCell(
  cell: Cell,
  { config, releases, facts, delivery }: Surroundings,
): Pick<Cell, 'repository' | 'cache'> {
  const release = releases.find(({ image, variant }) => image === cell.image && variant === cell.variant);
  const image = config.images.find(({ name }) => name === cell.image);
  invariant(image !== undefined && release !== undefined, `The cell "${cell.id}" belongs to no image`);
  const repository = firstRepository(release);
  const cache = chooseCache(cell, image, { facts, delivery });
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(cache === undefined ? {} : { cache }),
  };
}
