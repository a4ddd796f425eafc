import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { DestinationOutcome } from '../plan/outcome.ts';
import type { Destination, PlannedRelease } from '../plan/plan.ts';
import type { ImageStore } from '../store/content-store.ts';
import { copyGraph } from '../store/copy.ts';
import { destinationName, openDestination } from './open-destination.ts';
import { problemOf } from './problem-of.ts';

export interface WriteReleaseOptions {
  readonly host: Host;
  /** Holds the index and all below it. */
  readonly source: ImageStore;
  readonly index: Descriptor;
}

/** One destination with all content in it, its tags not yet moved. */
interface Staged {
  readonly destination: Destination;
  readonly store?: ImageStore;
  readonly problem?: Fault;
  /** Whether everything was there already. */
  readonly unchanged: boolean;
}

/**
 * Writes a release to its destinations in two phases: all content everywhere, then the tags in the order of the plan.
 * Where a required destination fails in the first phase, no tag moves anywhere.
 */
export async function writeRelease(
  release: PlannedRelease,
  options: WriteReleaseOptions,
): Promise<readonly DestinationOutcome[]> {
  const staged: Staged[] = [];
  for (const destination of release.destinations) staged.push(await stage(destination, options));
  const isBlocked = staged.some(({ destination, problem }) => problem !== undefined && isRequired(destination));
  const outcomes: DestinationOutcome[] = [];
  for (const item of staged) outcomes.push(await finish(item, { ...options, isBlocked }));
  return outcomes;
}

async function stage(destination: Destination, { host, source, index }: WriteReleaseOptions): Promise<Staged> {
  const id = `write/${destinationName(destination)}`;
  host.emit({ kind: 'task-started', id, title: `write ${destinationName(destination)}` });
  let store: ImageStore | undefined;
  try {
    store = await openDestination(destination, host);
    const { contents } = await copyGraph(index, { host, source, destination: store, rehash: false, parentTask: id });
    const unchanged = contents.every(({ outcome }) => outcome === 'present');
    host.emit({ kind: 'task-ended', id, outcome: unchanged ? 'cached' : 'done' });
    return { destination, store, unchanged };
  } catch (problem) {
    host.emit({ kind: 'task-ended', id, outcome: 'failed' });
    await store?.discard?.();
    if (!isFault(problem) || isFault(problem, 'INTERRUPTED')) throw problem;
    return { destination, problem, unchanged: false };
  }
}

async function finish(
  { destination, store, problem, unchanged }: Staged,
  options: WriteReleaseOptions & { readonly isBlocked: boolean },
): Promise<DestinationOutcome> {
  const { host, index, isBlocked } = options;
  const base = { name: destinationName(destination), kind: destination.kind, tags: destination.tags };
  if (problem !== undefined) return { ...base, state: 'failed', problem: problemOf(problem, host) };
  if (store === undefined || isBlocked) {
    await store?.discard?.();
    return { ...base, state: 'skipped' };
  }
  try {
    const moved = await moveTags(store, destination, index);
    await store.close?.();
    return { ...base, state: unchanged && !moved ? 'unchanged' : 'written' };
  } catch (fault) {
    await store.discard?.();
    if (!isFault(fault) || isFault(fault, 'INTERRUPTED')) throw fault;
    return { ...base, state: 'failed', problem: problemOf(fault, host) };
  }
}

/** Moves the tags that do not point there yet, and reads each back. */
async function moveTags(store: ImageStore, destination: Destination, index: Descriptor): Promise<boolean> {
  let moved = false;
  for (const tag of destination.tags) {
    if ((await store.resolve(tag))?.digest === index.digest) continue;
    const name = destination.kind === 'oci-archive' ? destination.names[tag] : undefined;
    await store.tag(tag, index, name === undefined ? {} : { name });
    moved = true;
    const found = await store.resolve(tag);
    if (found?.digest !== index.digest)
      throw new Fault(
        'TAG_LOST',
        `Cannot confirm the tag "${tag}": it points at ${found?.digest ?? 'nothing'}, expected ${index.digest}`,
        {
          where: { ...store.where, reference: tag },
          retryable: true,
        },
      );
  }
  return moved;
}

function isRequired(destination: Destination): boolean {
  return destination.kind !== 'repository' || destination.required;
}
