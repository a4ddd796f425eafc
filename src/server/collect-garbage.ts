import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { childrenOf, subjectOf } from '../oci/image-graph.ts';
import { type FoundManifest, ManifestGraph } from './manifest-graph.ts';
import { ManifestReader } from './manifest-reader.ts';
import { pushPauseMs } from './push-lease.ts';
import type { RegistryStorage, RepositoryStorage, StoredBlob } from './registry-storage.ts';
import type { RepositoryIndex } from './repository-index.ts';

export interface CollectGarbageOptions {
  readonly host: Host;
  readonly storage: RegistryStorage;
  /** What was pushed, asked for by HEAD or lost its last tag within so long is kept, tag or not. Default: one day. */
  readonly graceMs?: number;
  /** Only tell what would go. Default: false. */
  readonly isDryRun?: boolean;
}

export interface RemovedContent {
  readonly repository: string;
  readonly digest: Digest;
  readonly kind: 'manifest' | 'blob';
  /** Bytes. */
  readonly size: number;
}

export interface CollectedGarbage {
  readonly removed: readonly RemovedContent[];
  /** Bytes of what was removed. A blob that several repositories share is freed on the disk only with the last. */
  readonly removedBytes: number;
  /** Uploads that nobody went on with. */
  readonly removedUploads: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Removes what no tag leads to any more, repository by repository, while the registry serves. Kept is what a tag points
 * at, with all that hangs under it and all that refers to it, and everything younger than the grace, or than a push that is still
 * under way. What a client was told is there stays until its manifest is pushed, or the grace is over.
 */
export async function collectGarbage(options: CollectGarbageOptions): Promise<CollectedGarbage> {
  const { storage, graceMs = dayMs, isDryRun = false } = options;
  const removedUploads = isDryRun ? 0 : await storage.sweepUploads(Math.max(graceMs, pushPauseMs));
  const removed: RemovedContent[] = [];
  for (const name of await storage.repositories()) removed.push(...(await collectIn(name, options)));
  return { removed, removedBytes: removed.reduce((sum, { size }) => sum + size, 0), removedUploads };
}

async function collectIn(name: string, options: CollectGarbageOptions): Promise<readonly RemovedContent[]> {
  const { storage, host, graceMs = dayMs, isDryRun = false } = options;
  const repository = storage.repository(name);
  const reader = new ManifestReader();
  const keepSinceMs = (await earliestOfPush(repository, host.clock.now().getTime())) - graceMs;
  const index = await repository.index();
  if (index === undefined) return [];
  // Once without the lock, so that what takes long, reading every manifest, keeps no push waiting.
  const found = await findGarbage({ repository, reader, keepSinceMs }, index);
  if (isDryRun || (found.manifests.length === 0 && found.blobs.length === 0)) return describe(name, found);
  const sweep = { repository, reader, keepSinceMs };
  const { manifests } = await repository.change(async (current) => {
    const garbage = current === index ? found : await findGarbage(sweep, current);
    const digests = new Set(garbage.manifests.map(({ digest }) => digest));
    return { index: current.withoutManifests(digests), result: garbage };
  });
  // Only now, so that a registry killed between the two never lists a manifest whose layers are gone.
  const blobs = await repository.change(async (current) => ({ result: await removeBlobs(sweep, current) }));
  return describe(name, { manifests, blobs });
}

/** Removes what nothing needs, unless somebody was told just now that it is there. */
async function removeBlobs(sweep: Sweep, index: RepositoryIndex): Promise<readonly StoredBlob[]> {
  const removed: StoredBlob[] = [];
  for (const blob of (await findGarbage(sweep, index)).blobs) {
    if (await sweep.repository.remove(blob.digest, sweep.keepSinceMs)) removed.push(blob);
  }
  return removed;
}

interface Garbage {
  readonly manifests: readonly Descriptor[];
  /** With those of the manifests. */
  readonly blobs: readonly StoredBlob[];
}

interface Sweep {
  readonly repository: RepositoryStorage;
  readonly reader: ManifestReader;
  /** What was renewed at or after this moment is kept. */
  readonly keepSinceMs: number;
}

async function findGarbage({ repository, reader, keepSinceMs }: Sweep, index: RepositoryIndex): Promise<Garbage> {
  const blobs = await repository.blobs();
  const young = new Set(blobs.filter(({ modifiedMs }) => modifiedMs >= keepSinceMs).map(({ digest }) => digest));
  const all = await new ManifestGraph(repository, index, reader).all();
  const roots = index.tags.flatMap((tag) => index.tagged(tag)?.digest ?? []);
  const kept = keptDigests(all, [...roots, ...[...all.keys()].filter((digest) => young.has(digest))]);
  return {
    manifests: index.manifests.filter(({ digest }) => !kept.has(digest)),
    blobs: blobs.filter(({ digest }) => !kept.has(digest) && !young.has(digest)),
  };
}

/** Everything that some manifests lead to: what they need, what refers to them, and so on. */
function keptDigests(all: ReadonlyMap<Digest, FoundManifest>, roots: readonly Digest[]): ReadonlySet<Digest> {
  const referrers = new Map<Digest, Digest[]>();
  for (const [digest, { node }] of all) {
    const subject = node === undefined ? undefined : subjectOf(node)?.digest;
    if (subject !== undefined) referrers.set(subject, [...(referrers.get(subject) ?? []), digest]);
  }
  const kept = new Set<Digest>();
  const open = [...roots];
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    if (kept.has(digest)) continue;
    kept.add(digest);
    const node = all.get(digest)?.node;
    if (node !== undefined) open.push(...childrenOf(node).map((child) => child.digest));
    open.push(...(referrers.get(digest) ?? []));
  }
  return kept;
}

/** The moment from which on content may belong to a push that is still under way. */
async function earliestOfPush(repository: RepositoryStorage, nowMs: number): Promise<number> {
  const started = (await repository.uploads())
    .filter(({ modifiedMs }) => nowMs - modifiedMs <= pushPauseMs)
    .map(({ startedMs }) => startedMs);
  const busySince = await repository.busySinceMs();
  // A repository that is pushed to without end would never be cleaned; no push takes longer than a day.
  const since = Math.max(Math.min(busySince ?? nowMs, ...started, nowMs), nowMs - dayMs);
  return since === nowMs ? nowMs : since - pushPauseMs;
}

function describe(repository: string, { manifests, blobs }: Garbage): readonly RemovedContent[] {
  const documents = new Set(manifests.map(({ digest }) => digest));
  return blobs.map(({ digest, size }) => ({
    repository,
    digest,
    kind: documents.has(digest) ? 'manifest' : 'blob',
    size,
  }));
}
