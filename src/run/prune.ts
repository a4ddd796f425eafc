import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { decodeIndex } from '../oci/image-index.ts';
import type { CellOutcome, Problem } from '../plan/outcome.ts';
import { problemOf } from '../plan/problem-of.ts';
import { gatherAges } from '../publish/prune-ages.ts';
import { deadFiles, pruneLayout, pruneRegistry } from '../publish/prune-apply.ts';
import { choosePrune, type PruneChoice, type PrunePolicy } from '../publish/prune-choice.ts';
import { gatherRepository, type RepositoryGraph } from '../publish/prune-graph.ts';
import { nameAnnotations } from '../store/layout-index.ts';
import { LayoutStore } from '../store/layout-store.ts';
import { type Location, parseLocation } from '../store/location.ts';
import { openLocation } from '../store/open-location.ts';
import { RegistryStore } from '../store/registry-store.ts';
import { readReportedCells } from './parts/read-kept-cells.ts';
import { placeName } from './release/channel-place.ts';

export interface PruneRequest {
  /** `ghcr.io/acme/app` or `oci:DIR`, as typed. */
  readonly repository: string;
  readonly pattern?: string;
  readonly keepCount?: number;
  readonly olderThanMs?: number;
  /** Default: what would go is only told. */
  readonly deletes: boolean;
}

/** What goes, or would. Plain JSON. */
export interface Pruning {
  readonly version: 1;
  readonly kind: 'polyarch/prune';
  readonly repository: string;
  /** Whether something was to be removed, or only told. */
  readonly deletes: boolean;
  readonly tags: readonly {
    readonly tag: string;
    readonly digest: Digest;
    readonly made?: string;
    readonly state: PrunedState;
  }[];
  /** Manifests and indexes that no tag reaches any more, in the order they go. */
  readonly documents: readonly { readonly digest: Digest; readonly kind: string; readonly state: PrunedState }[];
  readonly keptTags: number;
  readonly keptDocuments: number;
  /** Bytes of a layout; absent for a registry, which frees them when it collects its garbage. */
  readonly freedBytes?: number;
  readonly problems: readonly Problem[];
}

export type PrunedState = 'would-go' | 'removed' | 'left';

/** A part that no index has taken up yet may be one of a pipeline that still goes on, in milliseconds. */
const untaggedGraceMs = 86_400_000;

/**
 * Finds what a repository no longer needs, and removes it where that is asked for: tags by age and number, and manifests
 * that no tag reaches. A registry has no list of manifests without a tag: looked for are those that given-up tags reached,
 * and the parts that runs of this folder and records in the repository tell of. In a layout everything is looked at.
 *
 * @throws {Fault} USAGE, PRUNE_OUTDATED, and those of the place
 */
export async function prune(request: PruneRequest, host: Host): Promise<Pruning> {
  const location = placeOf(request.repository);
  const store = await openLocation(location, { host, mode: 'read' });
  if (!(store instanceof RegistryStore) && !(store instanceof LayoutStore)) throw unusable(request.repository);
  const policy = policyOf(request, host);
  const roots = store instanceof LayoutStore ? await namelessRoots(store) : [];
  const candidates = await gatherCandidates(location, policy, host);
  const graph = await gatherRepository(store, { candidates, roots });
  const asksAges = policy.keepCount !== undefined || policy.olderThanMs !== undefined;
  const madeMs = asksAges ? await gatherAges(store, graph) : new Map<Digest, number>();
  const choice = choosePrune({ graph, madeMs, candidates, roots: roots.map(({ digest }) => digest) }, policy);
  const found = { request, choice, graph, madeMs };
  if (!request.deletes) {
    const files = store instanceof LayoutStore ? await deadFiles(store.directory, choice.live, host) : undefined;
    const freed = files?.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return describe(found, { freed, stateOf: () => 'would-go', problems: [] });
  }
  const options = { choice, graph, host };
  const result = store instanceof LayoutStore ? await pruneLayout(store, options) : await pruneRegistry(store, options);
  const gone = new Set<string>([...result.removedTags, ...result.removed]);
  return describe(found, {
    freed: result.freedBytes,
    stateOf: (name) => (gone.has(name) ? 'removed' : 'left'),
    problems: result.problems.map((problem) => problemOf(problem, host)),
  });
}

function placeOf(text: string): Location {
  const location = parseLocation(text);
  const isWhole =
    location.kind === 'registry'
      ? location.reference.tag === undefined && location.reference.digest === undefined
      : location.kind === 'oci' && location.image === '';
  if (isWhole) return location;
  throw unusable(text);
}

function unusable(text: string): Fault {
  return new Fault('USAGE', `Cannot prune "${text}": expected a repository without a tag, or a layout as oci:DIR`);
}

function policyOf({ pattern, keepCount, olderThanMs }: PruneRequest, host: Host): PrunePolicy {
  return {
    nowMs: host.clock.now().getTime(),
    ...(pattern === undefined ? {} : { pattern }),
    ...(keepCount === undefined ? {} : { keepCount }),
    ...(olderThanMs === undefined ? {} : { olderThanMs }),
  };
}

/** Entries of a layout that have no name are images all the same. */
async function namelessRoots(store: LayoutStore): Promise<readonly Descriptor[]> {
  const { manifests } = decodeIndex(await readFile(join(store.directory, 'index.json')));
  return manifests.filter(
    ({ annotations = {} }) =>
      annotations[nameAnnotations.ref] === undefined && annotations[nameAnnotations.containerd] === undefined,
  );
}

/** Parts that runs of this folder put into the repository, as far as no pipeline can be about to merge them. */
async function gatherCandidates(location: Location, policy: PrunePolicy, host: Host): Promise<readonly Digest[]> {
  if (location.kind !== 'registry') return [];
  const name = placeName(location);
  const oldest = policy.nowMs - Math.max(untaggedGraceMs, policy.olderThanMs ?? 0);
  const records = await readReportedCells(host);
  return records
    .filter(({ finishedAt, outcome }) => Date.parse(finishedAt) < oldest && isIn(outcome, name))
    .flatMap(({ outcome }) => ('part' in outcome ? [outcome.part.manifest, ...(outcome.part.attestations ?? [])] : []))
    .map(({ digest }) => digest);
}

function isIn(outcome: CellOutcome, name: string): boolean {
  const place = 'part' in outcome ? outcome.part.location : undefined;
  if (place === undefined) return false;
  try {
    return placeName(parseLocation(place)) === name;
  } catch (error) {
    if (isFault(error, 'LOCATION_MALFORMED', 'REFERENCE_MALFORMED')) return false;
    throw error;
  }
}

interface Found {
  readonly request: PruneRequest;
  readonly choice: PruneChoice;
  readonly graph: RepositoryGraph;
  readonly madeMs: ReadonlyMap<Digest, number>;
}

interface Told {
  readonly freed: number | undefined;
  /** By tag or digest. */
  readonly stateOf: (name: string) => PrunedState;
  readonly problems: readonly Problem[];
}

function describe({ request, choice, graph, madeMs }: Found, { freed, stateOf, problems }: Told): Pruning {
  return {
    version: 1,
    kind: 'polyarch/prune',
    repository: request.repository,
    deletes: request.deletes,
    tags: choice.tags.map(({ tag, digest }) => {
      const made = madeMs.get(digest);
      const time = made === undefined ? {} : { made: new Date(made).toISOString() };
      return { tag, digest, ...time, state: stateOf(tag) };
    }),
    documents: choice.documents.map(({ descriptor, kind }) => ({
      digest: descriptor.digest,
      kind,
      state: stateOf(descriptor.digest),
    })),
    keptTags: graph.tags.size - choice.tags.length,
    keptDocuments: graph.nodes.size - choice.documents.length,
    ...(freed === undefined ? {} : { freedBytes: freed }),
    problems,
  };
}
