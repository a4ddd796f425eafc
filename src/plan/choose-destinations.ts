import { join } from 'node:path/posix';
import type { ImageConfig, OutputConfig, VariantConfig } from '../config/config.ts';
import { Fault } from '../errors/fault.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import { releaseId } from './expand-matrix.ts';
import type { Facts } from './facts.ts';
import { pathBelow } from './path-below.ts';
import type { Destination, PlannedRelease } from './plan.ts';

/** Where the user wants the results of this run. */
export interface Delivery {
  readonly push: boolean;
  /** Into the local Docker Engine. */
  readonly load: boolean;
}

interface Circumstances {
  readonly facts: Facts;
  readonly delivery: Delivery;
}

type Chosen = Pick<PlannedRelease, 'destinations' | 'leftOut'>;

/** The tag of a release that nobody named. */
const usualTag = 'latest';

/**
 * The places that one release is written to: its outputs, the repositories when it is pushed, the Docker Engine
 * when it is loaded; a layout below `.polyarch/` where none of these is asked for.
 *
 * @throws {Fault} PUSH_WITHOUT_REPOSITORY, REFERENCE_MALFORMED
 */
export function chooseDestinations(
  image: ImageConfig,
  variant: VariantConfig,
  { facts, delivery }: Circumstances,
): Chosen {
  const names = namesOf(image, variant);
  const whole = wholeTags(names, image, variant);
  const outputs = image.outputs.map((output) => outputOf(output, { root: facts.root, tags: tagsOf(names), whole }));
  const loaded: readonly Destination[] = delivery.load ? [{ kind: 'docker', tags: whole }] : [];
  const { destinations: pushed, leftOut } = delivery.push
    ? repositoriesOf(image, names, facts)
    : { destinations: [], leftOut: [] };
  const asked = [...outputs, ...loaded, ...pushed];
  return {
    destinations: asked.length > 0 ? asked : [usualLayout(image, variant, { names, root: facts.root })],
    leftOut,
  };
}

/** Tags by repository, as the user named them. */
type Names = ReadonlyMap<string, readonly string[]>;

function namesOf(image: ImageConfig, variant: VariantConfig): Names {
  const suffix = variant.name === '' || variant.default ? '' : (variant.suffix ?? `-${variant.name}`);
  const names = new Map<string, string[]>();
  for (const text of image.references) {
    const { tag, ...rest } = parseReference(text);
    const repository = formatReference({ registry: rest.registry, repository: rest.repository });
    const tags = names.get(repository) ?? [];
    names.set(repository, [...tags, `${tag ?? usualTag}${suffix}`]);
  }
  return names;
}

function tagsOf(names: Names): readonly string[] {
  const tags = [...new Set([...names.values()].flat())];
  return tags.length > 0 ? tags : [usualTag];
}

interface OutputNames {
  readonly root: string;
  readonly tags: readonly string[];
  readonly whole: readonly string[];
}

/** What `docker load` reads is named as the Docker Engine names images: repository and tag. */
function outputOf({ kind, path: written }: OutputConfig, { root, tags, whole }: OutputNames): Destination {
  const path = pathBelow(root, written);
  if (kind === 'docker-archive') return { kind, path, tags: whole };
  return kind === 'oci' ? { kind, path, tags } : { kind, path, tags, names: namesByTag(whole) };
}

/** Of several repositories with the same tag the first gives the name. */
function namesByTag(whole: readonly string[]): Readonly<Record<string, string>> {
  const named = whole.map((name) => [parseReference(name).tag ?? usualTag, name] as const);
  return Object.fromEntries<string>(named.reverse());
}

function usualLayout(
  image: ImageConfig,
  variant: VariantConfig,
  { names, root }: { readonly names: Names; readonly root: string },
): Destination {
  const folder = releaseId(image.name, variant.name).replaceAll('/', '-');
  return { kind: 'oci', path: join(root, '.polyarch', folder), tags: tagsOf(names) };
}

function wholeTags(names: Names, image: ImageConfig, variant: VariantConfig): readonly string[] {
  const whole = [...names].flatMap(([repository, tags]) => tags.map((tag) => `${repository}:${tag}`));
  return whole.length > 0 ? whole : [`${releaseId(image.name, variant.name).replaceAll('/', '-')}:${usualTag}`];
}

function repositoriesOf(image: ImageConfig, names: Names, facts: Facts): Chosen {
  if (names.size > 0)
    return {
      destinations: [...names].map(([repository, tags]) => ({ kind: 'repository', repository, tags, required: true })),
      leftOut: [],
    };
  if (image.repositories.length === 0)
    throw new Fault('PUSH_WITHOUT_REPOSITORY', `Cannot push "${image.name}": no repository is named`, {
      hint: 'Name one with -t REGISTRY/REPOSITORY:TAG, or with "repositories" in polyarch.yaml',
    });
  return {
    destinations: image.repositories
      .filter(({ when }) => isWanted(when, facts))
      .map(({ name, required }) => ({ kind: 'repository', repository: name, tags: [usualTag], required })),
    leftOut: image.repositories
      .filter(({ when }) => !isWanted(when, facts))
      .map(({ name, when }) => ({ repository: name, reason: `${when ?? ''} is not set` })),
  };
}

function isWanted(when: string | undefined, facts: Facts): boolean {
  return when === undefined || facts.conditions[when] === true;
}
