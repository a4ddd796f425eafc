import { type Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { parseReference } from '../oci/reference.ts';
import type { Destination } from '../plan/plan.ts';
import type { ImageStore } from '../store/content-store.ts';
import { copyGraph } from '../store/copy.ts';
import { confirmStaged } from './confirm-staged.ts';
import { type ProvedRelease, wantedTags } from './target.ts';

export interface OpenForWriting {
  readonly host: Host;
  /** Repositories of the same registry that hold the blobs already. */
  readonly mountFrom: readonly string[];
}

export interface StageOptions {
  readonly host: Host;
  /** Holds every index and all below it. */
  readonly source: ImageStore;
  readonly open: (destination: Destination, options: OpenForWriting) => Promise<ImageStore>;
  /** What a destination is called in reports. */
  readonly nameOf: (destination: Destination) => string;
}

/** One release in one destination, its content there, its tags not yet moved. */
export interface Staged {
  readonly release: ProvedRelease;
  readonly destination: Destination;
  readonly name: string;
  readonly store?: ImageStore;
  readonly problem?: Fault;
  /** Whether everything was there already. */
  readonly unchanged: boolean;
}

/**
 * Puts all content of all releases everywhere by digest, and reads it back from the repositories. Registries are filled
 * side by side; what one registry holds already is mounted, not sent again. A destination that fails is told.
 *
 * @throws {Fault} INTERRUPTED
 */
export async function stageEverywhere(
  releases: readonly ProvedRelease[],
  options: StageOptions,
): Promise<readonly Staged[]> {
  const wanted = releases.flatMap((release) => release.destinations.map((destination) => ({ release, destination })));
  const groups = new Map<string, Wanted[]>();
  for (const one of wanted) {
    const key = registryOf(one.destination);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const ended = await Promise.allSettled([...groups.values()].map((group) => stageGroup(group, options)));
  const staged = ended.flatMap((end) => (end.status === 'fulfilled' ? end.value : []));
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed !== undefined) {
    for (const { store } of staged) await store?.discard?.();
    throw failed.reason;
  }
  return wanted.flatMap(({ release, destination }) =>
    staged.filter((one) => one.release === release && one.destination === destination),
  );
}

type Wanted = Pick<Staged, 'release' | 'destination'>;

function registryOf(destination: Destination): string {
  return destination.kind === 'repository' ? parseReference(destination.repository).registry : '';
}

async function stageGroup(group: readonly Wanted[], options: StageOptions): Promise<readonly Staged[]> {
  const staged: Staged[] = [];
  for (const wanted of group) {
    const filled = staged.flatMap(({ destination, problem }) =>
      destination.kind === 'repository' && problem === undefined ? [destination.repository] : [],
    );
    staged.push(await stage(wanted, filled, options));
  }
  return staged;
}

async function stage(
  { release, destination }: Wanted,
  filled: readonly string[],
  { host, source, open, nameOf }: StageOptions,
): Promise<Staged> {
  const name = nameOf(destination);
  const id = `write/${release.id}/${name}`;
  host.emit({ kind: 'task-started', id, title: `write ${name}` });
  let store: ImageStore | undefined;
  try {
    store = await open(destination, { host, mountFrom: mountable(destination, filled) });
    const options = { host, source, destination: store, rehash: false, parentTask: id };
    const { contents } = await copyGraph(release.index, options);
    for (const { descriptor } of wantedTags(release, destination))
      if (descriptor.digest !== release.index.digest) await copyGraph(descriptor, options);
    if (destination.kind === 'repository') await confirmStaged(release.index, store, { host, contents });
    const unchanged = contents.every(({ outcome }) => outcome === 'present');
    host.emit({ kind: 'task-ended', id, outcome: unchanged ? 'cached' : 'done' });
    return { release, destination, name, store, unchanged };
  } catch (problem) {
    host.emit({ kind: 'task-ended', id, outcome: 'failed' });
    await store?.discard?.();
    if (!isFault(problem) || isFault(problem, 'INTERRUPTED')) throw problem;
    return { release, destination, name, problem, unchanged: false };
  }
}

function mountable(destination: Destination, filled: readonly string[]): readonly string[] {
  if (destination.kind !== 'repository') return [];
  const own = parseReference(destination.repository).repository;
  return [...new Set(filled.map((name) => parseReference(name).repository))].filter((name) => name !== own);
}
