import { join } from 'node:path/posix';
import type { ImageConfig, OutputConfig, RepositoryConfig, VariantConfig } from '../config/config.ts';
import { Fault } from '../errors/fault.ts';
import { parsePlatform } from '../oci/platform.ts';
import { parseReference } from '../oci/reference.ts';
import { chooseTags, type NamedTags, type ReleaseNames, refuseUnusableTags, usualTag } from './choose-tags.ts';
import { releaseId } from './expand-matrix.ts';
import type { Facts } from './facts.ts';
import { pathBelow } from './path-below.ts';
import type { Destination, PlannedRelease } from './plan.ts';
import { architectureTags } from './tags/architecture-tags.ts';

/** Where the user wants the results of this run. */
export interface Delivery {
  readonly push: boolean;
  /** Into the local Docker Engine. */
  readonly load: boolean;
}

interface Circumstances {
  readonly facts: Facts;
  readonly delivery: Delivery;
  /** Those of the release. */
  readonly cells: readonly { readonly id: string; readonly platform: string }[];
}

type Chosen = Pick<PlannedRelease, 'destinations' | 'leftOut'>;

/**
 * The places that one release is written to: its outputs, the repositories when it is pushed, the Docker Engine
 * when it is loaded; a layout below `.polyarch/` where none of these is asked for.
 *
 * @throws {Fault} PUSH_WITHOUT_REPOSITORY, TAGS_EMPTY, TAG_UNUSABLE, REFERENCE_MALFORMED
 */
export function chooseDestinations(image: ImageConfig, variant: VariantConfig, circumstances: Circumstances): Chosen {
  const { facts, delivery } = circumstances;
  const id = releaseId(image.name, variant.name);
  const names = chooseTags(image, variant, facts.tags?.[id]);
  const whole = wholeTags(names, image, id);
  const outputs = image.outputs.map((output) => outputOf(output, { root: facts.root, tags: tagsOf(names), whole }));
  const loaded: readonly Destination[] = delivery.load ? [{ kind: 'docker', tags: whole }] : [];
  const { destinations: pushed, leftOut } = delivery.push
    ? repositoriesOf(image, names, { ...circumstances, id })
    : { destinations: [], leftOut: [] };
  const asked = [...outputs, ...loaded, ...pushed];
  return { destinations: asked.length > 0 ? asked : [usualLayout(id, names, facts.root)], leftOut };
}

/** On disk a release always has a name. One that nobody and no rule named has the usual one, whatever its variant. */
function tagsOf({ given, own, isRuled }: ReleaseNames): readonly string[] {
  const named = given.size > 0 ? [...given.values()].flatMap(({ tags }) => tags) : isRuled ? own.tags : [];
  return named.length > 0 ? [...new Set(named)] : [usualTag];
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

/** Tags of rules change with every commit: the layout that nobody asked for would keep them all. */
function usualLayout(id: string, names: ReleaseNames, root: string): Destination {
  const tags = names.given.size > 0 ? tagsOf(names) : [usualTag];
  return { kind: 'oci', path: join(root, '.polyarch', fileNameOf(id)), tags };
}

/** As the user named it; by rules in the primary repository; else by the release. */
function wholeTags({ given, own, isRuled }: ReleaseNames, image: ImageConfig, id: string): readonly string[] {
  const primary = image.repositories[0]?.name ?? fileNameOf(id);
  const named = given.size > 0 || !isRuled ? given : new Map([[primary, own]]);
  const whole = [...named].flatMap(([repository, { tags }]) => tags.map((tag) => `${repository}:${tag}`));
  return whole.length > 0 ? whole : [`${fileNameOf(id)}:${usualTag}`];
}

function fileNameOf(id: string): string {
  return id.replaceAll('/', '-');
}

/** A repository, and what the release is called there. */
interface Target extends Omit<RepositoryConfig, 'when'> {
  readonly named: NamedTags;
}

type PushCircumstances = Circumstances & { readonly id: string };

function repositoriesOf(image: ImageConfig, names: ReleaseNames, circumstances: PushCircumstances): Chosen {
  const { facts, id } = circumstances;
  const { targets, leftOut } = targetsOf(image, names, facts);
  const reason = whyNotPushed(targets, facts);
  if (reason !== undefined)
    return { destinations: [], leftOut: [...leftOut, ...targets.map(({ name }) => ({ repository: name, reason }))] };
  for (const { name, named } of targets) {
    if (named.tags.length === 0) throw noTags(id, facts);
    refuseUnusableTags(named.tags, name);
  }
  return { destinations: targets.map((target) => repositoryOf(target, image, circumstances)), leftOut };
}

function targetsOf(
  image: ImageConfig,
  { given, own }: ReleaseNames,
  facts: Facts,
): { readonly targets: readonly Target[] } & Pick<Chosen, 'leftOut'> {
  if (given.size > 0) {
    const targets = [...given].map(([name, named]) => ({ ...settingsOf(name, image), name, required: true, named }));
    return { targets, leftOut: [] };
  }
  if (image.repositories.length === 0)
    throw new Fault('PUSH_WITHOUT_REPOSITORY', `Cannot push "${image.name}": no repository is named`, {
      hint: 'Name one with -t REGISTRY/REPOSITORY:TAG, or with "repositories" in polyarch.yaml',
    });
  return {
    targets: image.repositories
      .filter(({ when }) => isWanted(when, facts))
      .map((repository) => ({ ...repository, named: own })),
    leftOut: image.repositories
      .filter(({ when }) => !isWanted(when, facts))
      .map(({ name, when }) => ({ repository: name, reason: `${when ?? ''} is not set` })),
  };
}

/** How a repository is reached is the same when `-t` names it. */
function settingsOf(name: string, image: ImageConfig): Pick<RepositoryConfig, 'public' | 'insecure'> {
  return image.repositories.find((repository) => repository.name === name) ?? { public: false, insecure: false };
}

/** What a stranger wrote never gets a name of ours; and a pull request that no rule is about is built and not pushed. */
function whyNotPushed(targets: readonly Target[], { event }: Facts): string | undefined {
  if (event.pullRequest === undefined) return undefined;
  if (event.pullRequest.isFork) return 'the pull request comes from a fork';
  return targets.every(({ named }) => named.tags.length === 0) ? 'no tag rule is about pull requests' : undefined;
}

function noTags(id: string, { event }: Facts): Fault {
  const happened =
    event.name === '' ? 'nothing is known of what happened' : `the event is ${event.name} on "${event.ref}"`;
  return new Fault('TAGS_EMPTY', `Cannot push "${id}": no tag rule gives a tag, and ${happened}`, {
    ...(event.name === '' ? { hint: 'Say what happened with --event and --ref, or name the result with -t' } : {}),
  });
}

function repositoryOf(target: Target, image: ImageConfig, { cells }: PushCircumstances): Destination {
  const { name, required, named } = target;
  const single = named.tags.filter((tag) => !named.latest.includes(tag));
  const byCell = cells.map(({ id, platform }) => [id, architectureTags(single, parsePlatform(platform))] as const);
  if (image.architectureTags)
    refuseUnusableTags(
      byCell.flatMap(([, tags]) => tags),
      name,
    );
  return {
    kind: 'repository',
    repository: name,
    tags: named.tags,
    required,
    ...(target.public ? { public: true } : {}),
    ...(target.insecure ? { insecure: true } : {}),
    ...(named.immutable.length > 0 ? { immutable: named.immutable } : {}),
    ...(image.architectureTags ? { architectureTags: Object.fromEntries(byCell) } : {}),
  };
}

function isWanted(when: string | undefined, facts: Facts): boolean {
  return when === undefined || facts.conditions[when] === true;
}
