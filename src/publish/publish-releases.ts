import { type Fault, isFault } from '../errors/fault.ts';
import type { Destination } from '../plan/plan.ts';
import type { TagMove } from '../plan/tag-move.ts';
import type { ImageStore } from '../store/content-store.ts';
import { finishLocal } from './finish-local.ts';
import type { CompareCommits } from './move-tag.ts';
import { orderPlaces, type PrimaryOrder } from './order-places.ts';
import { outliveInterruption } from './outlive-interruption.ts';
import type { PublishRecord, RecordedPlace } from './publish-record.ts';
import { pullAsStranger } from './pull-as-stranger.ts';
import { type Settled, type SettledPlace, settleMoves } from './settle-moves.ts';
import { type Staged, type StageOptions, stageEverywhere } from './stage-destination.ts';
import { isRequired, type ProvedRelease, type RepositoryDestination, wantedTags } from './target.ts';

export interface PublishOptions extends StageOptions {
  readonly runId: string;
  /** The folder of the run, where the record of tag moves is kept; absent: nowhere. */
  readonly folder?: string | undefined;
  /** Another release of the run cannot be published: then no repository is written to. Default: false. */
  readonly isBlocked?: boolean;
  /** Tags that may go back to an older release. Default: none. */
  readonly allowDowngrade?: readonly string[];
  /** Default: `last`. */
  readonly primary?: PrimaryOrder;
  readonly compareCommits?: CompareCommits | undefined;
  /** Opens a repository without credentials; absent: nothing is read as a stranger. */
  readonly openAsStranger?: (destination: RepositoryDestination) => Promise<ImageStore>;
}

/** What became of one release in one destination. */
export interface PublishedDestination {
  readonly release: string;
  readonly destination: Destination;
  readonly name: string;
  readonly state: 'written' | 'unchanged' | 'failed' | 'skipped';
  readonly moves?: readonly TagMove[];
  readonly problem?: Fault;
}

/**
 * Publishes releases in two phases: all content by digest in every destination, read back, and by a stranger where it is to
 * be public; then the tags, in a fixed order, each read back. No tag moves before every required destination of every
 * release holds all; where one tag of a required repository cannot be moved, those moved before are put back. Repositories
 * that are not required come last.
 *
 * @throws {Fault} INTERRUPTED, after tags that were about to move were all moved or all put back
 */
export async function publishReleases(
  releases: readonly ProvedRelease[],
  options: PublishOptions,
): Promise<readonly PublishedDestination[]> {
  const wanted = options.isBlocked === true ? releases.map(withoutRepositories) : releases;
  const filled = await stageEverywhere(wanted, options);
  const staged = await Promise.all(filled.map((one) => checkPublic(one, options)));
  const isStaged = staged.every(({ destination, problem }) => problem === undefined || !isRequired(destination));
  const local = await finishAllLocal(staged, isStaged);
  const isReady = isStaged && [...local.values()].every(({ state }) => state !== 'failed');
  const settled = isReady ? await moveTags(staged, options) : undefined;
  const published = await Promise.all(
    staged.map((one) => confirmPublic(outcomeOf(one, local.get(one), settled), one.release, options)),
  );
  return [
    ...published,
    ...(options.isBlocked === true ? releases.flatMap((release) => skipped(release, options)) : []),
  ];
}

/** What is to be public must be, before a tag points at it: a stranger reads all of it by digest. */
async function checkPublic(staged: Staged, { host, openAsStranger }: PublishOptions): Promise<Staged> {
  const { destination, release, problem } = staged;
  if (problem !== undefined || destination.kind !== 'repository' || destination.public !== true) return staged;
  if (openAsStranger === undefined) return staged;
  try {
    const store = await openAsStranger(destination);
    await pullAsStranger({ host, store, repository: destination.repository, index: release.index, tags: [] });
    return staged;
  } catch (fault) {
    if (!isFault(fault) || isFault(fault, 'INTERRUPTED')) throw fault;
    return { ...staged, problem: fault };
  }
}

/**
 * The tags of what is to be public are read by a stranger, too, but for those that stay with a newer release. They are whole
 * and right by then, so that they stay where a registry shows them late.
 */
async function confirmPublic(
  published: PublishedDestination,
  release: ProvedRelease,
  { host, openAsStranger }: PublishOptions,
): Promise<PublishedDestination> {
  const { destination, state, moves = [] } = published;
  if (destination.kind !== 'repository' || destination.public !== true || openAsStranger === undefined)
    return published;
  if (state !== 'written' && state !== 'unchanged') return published;
  const kept = moves.filter((move) => move.state === 'kept-newer').map(({ tag }) => tag);
  const tags = wantedTags(release, destination).filter(({ tag }) => !kept.includes(tag));
  try {
    const store = await openAsStranger(destination);
    const { repository } = destination;
    await pullAsStranger({ host, store, repository, index: release.index, tags, isSeen: true });
    return published;
  } catch (problem) {
    if (!isFault(problem) || isFault(problem, 'INTERRUPTED')) throw problem;
    return { ...published, state: 'failed', problem };
  }
}

function withoutRepositories(release: ProvedRelease): ProvedRelease {
  return { ...release, destinations: release.destinations.filter(({ kind }) => kind !== 'repository') };
}

function skipped({ id, destinations }: ProvedRelease, { nameOf }: PublishOptions): readonly PublishedDestination[] {
  return destinations
    .filter(({ kind }) => kind === 'repository')
    .map((destination) => ({ release: id, destination, name: nameOf(destination), state: 'skipped' }));
}

type LocalOutcome = Pick<PublishedDestination, 'state' | 'problem'>;

async function finishAllLocal(
  staged: readonly Staged[],
  isStaged: boolean,
): Promise<ReadonlyMap<Staged, LocalOutcome>> {
  const outcomes = new Map<Staged, LocalOutcome>();
  for (const one of staged) {
    const { destination, store } = one;
    if (destination.kind === 'repository' || store === undefined) continue;
    if (isStaged) outcomes.set(one, await finishLocal(one, store));
    else await store.discard?.();
  }
  return outcomes;
}

async function moveTags(staged: readonly Staged[], options: PublishOptions): Promise<Settled> {
  const { host, folder, runId, open, allowDowngrade = [], compareCommits } = options;
  const targets = staged.filter(({ problem }) => problem === undefined).flatMap((one) => toTarget(one));
  const places = orderPlaces(targets, options.primary ?? 'last').map(placeOf);
  const record: PublishRecord = { version: 1, kind: 'polyarch/publish', runId, state: 'moving', places };
  if (places.length === 0) return { state: 'published', places: [] };
  const stores = new Map(targets.map((target) => [keyOf(target.release.id, target.destination.repository), target]));
  const id = 'publish/tags';
  host.emit({ kind: 'task-started', id, title: 'move tags' });
  const settled = await outliveInterruption({ host, folder, open, allowDowngrade, compareCommits }, () =>
    settleMoves(record, {
      host,
      folder,
      allowDowngrade,
      compareCommits,
      isConfirmed: true,
      openPlace: async (place) => {
        const store = stores.get(keyOf(place.release, place.repository))?.store;
        return store ?? open(destinationOf(place), { host, mountFrom: [] });
      },
    }),
  );
  host.emit({ kind: 'task-ended', id, outcome: settled.state === 'published' ? 'done' : 'failed' });
  return settled;
}

/** The destination that a recorded place stands for, as far as it matters for opening it. */
export function destinationOf({ repository, required, insecure }: RecordedPlace): RepositoryDestination {
  return { kind: 'repository', repository, required, tags: [], ...(insecure === undefined ? {} : { insecure }) };
}

type RepositoryTarget = Staged & { readonly destination: RepositoryDestination };

function toTarget(staged: Staged): readonly RepositoryTarget[] {
  const { destination } = staged;
  return destination.kind === 'repository' ? [{ ...staged, destination }] : [];
}

function placeOf({ release, destination }: RepositoryTarget): RecordedPlace {
  const { repository, required, insecure, immutable = [] } = destination;
  return {
    release: release.id,
    repository,
    required,
    ...(insecure === undefined ? {} : { insecure }),
    index: release.index,
    order: release.order,
    moves: wantedTags(release, destination).map(({ tag, descriptor, beside }) => ({
      tag,
      to: { mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size },
      ...(immutable.includes(tag) ? { immutable: true } : {}),
      ...(beside === undefined ? {} : { beside }),
    })),
  };
}

function keyOf(release: string, repository: string): string {
  return `${release} ${repository}`;
}

function outcomeOf(
  staged: Staged,
  local: LocalOutcome | undefined,
  settled: Settled | undefined,
): PublishedDestination {
  const { release, destination, name, problem } = staged;
  const base = { release: release.id, destination, name };
  if (problem !== undefined) return { ...base, state: 'failed', problem };
  if (local !== undefined) return { ...base, ...local };
  const place = settled?.places.find(
    (one) => destination.kind === 'repository' && isFor(one, release.id, destination.repository),
  );
  if (settled === undefined || place === undefined) return { ...base, state: 'skipped' };
  return { ...base, moves: place.moves, ...stateOf(place, settled, staged) };
}

function isFor({ place }: SettledPlace, release: string, repository: string): boolean {
  return place.release === release && place.repository === repository;
}

function stateOf({ moves, problem }: SettledPlace, settled: Settled, { unchanged }: Staged): LocalOutcome {
  if (isFault(problem)) return { state: 'failed', problem };
  if (settled.state !== 'published') return { state: 'skipped' };
  const stays = moves.every(({ state }) => state === 'unchanged' || state === 'kept-newer');
  return { state: unchanged && stays ? 'unchanged' : 'written' };
}
