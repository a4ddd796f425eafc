import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import { withFileLock } from '../store/file-lock.ts';
import type { LayoutStore } from '../store/layout-store.ts';
import type { RegistryStore } from '../store/registry-store.ts';
import type { PruneChoice } from './prune-choice.ts';
import { type RepositoryGraph, resolveTags } from './prune-graph.ts';
import { removeTag } from './remove-tag.ts';

/** What became of a choice. */
export interface PruneResult {
  readonly removedTags: readonly string[];
  /** Manifests and indexes; in a layout every other content as well. */
  readonly removed: readonly Digest[];
  /** Bytes that a layout is smaller by; absent for a registry, which frees them when it collects its garbage. */
  readonly freedBytes?: number;
  /** Why some were left. */
  readonly problems: readonly Fault[];
}

/** What a registry says where nobody may delete, and what helps. */
const cures: readonly (readonly [RegExp, string])[] = [
  [/^(?:.*\.)?docker\.io$/, 'Docker Hub deletes on its web page alone: Repositories, Image management'],
  [
    /^ghcr\.io$/,
    'GitHub deletes versions of packages: `gh api -X DELETE /orgs/ORG/packages/container/NAME/versions/ID`',
  ],
  [
    /^(?:public\.ecr\.aws|.*\.dkr\.ecr\..*)$/,
    'Amazon deletes with `aws ecr batch-delete-image`, or by a lifecycle policy',
  ],
  [/^quay\.io$/, 'Quay deletes tags on its web page, or by an expiry label'],
];
const usualCure =
  'The registry does not allow deletion: with the distribution registry set REGISTRY_STORAGE_DELETE_ENABLED=true, elsewhere use its web page';

/** A file of a layout that is younger, in milliseconds, may belong to an image that is being written. */
const graceMs = 3_600_000;

/**
 * Removes from a repository: tags of what stays, then indexes, then what they held. Before the first, the tags are looked
 * at again. Whatever moment it is broken off at, no tag that is left points at something incomplete.
 *
 * @throws {Fault} PRUNE_OUTDATED where a tag is new or was moved meanwhile
 */
export async function pruneRegistry(
  store: RegistryStore,
  { choice, graph, host }: { readonly choice: PruneChoice; readonly graph: RepositoryGraph; readonly host: Host },
): Promise<PruneResult> {
  const { repository } = store;
  const now = await resolveTags(store);
  for (const [tag, { digest }] of now) if (graph.tags.get(tag) !== digest) throw outdated(store, tag);
  const removed: Digest[] = [];
  const problems: Fault[] = [];
  const removedTags: string[] = [];
  for (const { tag, digest } of choice.tags) {
    const descriptor = now.get(tag);
    if (!choice.live.has(digest) || descriptor === undefined) continue;
    const problem = await faultOf(() => removeTag(repository, tag, { host, expected: descriptor }));
    if (problem === undefined) removedTags.push(tag);
    else problems.push(problem);
  }
  for (const { descriptor } of choice.documents) {
    const { digest } = descriptor;
    const problem = await faultOf(() => repository.deleteManifest(digest));
    if (problem === undefined) {
      removed.push(digest);
      removedTags.push(...choice.tags.filter((one) => one.digest === digest).map(({ tag }) => tag));
      continue;
    }
    problems.push(withCure(problem, repository.registry));
    // Without the right to delete nothing further can be done; and what an index holds goes behind the index alone.
    break;
  }
  return { removedTags, removed, problems };
}

/**
 * Removes from a layout: names, then every file that nothing reaches that stays.
 * @throws {Fault} PRUNE_OUTDATED, STORE_LOCKED
 */
export async function pruneLayout(
  store: LayoutStore,
  { choice, graph, host }: { readonly choice: PruneChoice; readonly graph: RepositoryGraph; readonly host: Host },
): Promise<PruneResult> {
  const before = await resolveTags(store);
  for (const [tag, { digest }] of before) if (graph.tags.get(tag) !== digest) throw outdated(store, tag);
  const files = await deadFiles(store.directory, choice.live, host);
  for (const { tag } of choice.tags) await store.untag(tag);
  await withFileLock(join(store.directory, '.index.lock'), { host }, async () => {
    const now = await resolveTags(store);
    for (const [tag, { digest }] of now) if (graph.tags.get(tag) !== digest) throw outdated(store, tag);
    for (const { path } of files) await rm(path, { force: true });
  });
  return {
    removedTags: choice.tags.map(({ tag }) => tag),
    removed: files.map(({ digest }) => digest),
    freedBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    problems: [],
  };
}

export interface DeadFile {
  readonly path: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** The blobs of a layout that are not among those that stay, and that nobody can be writing just now. */
export async function deadFiles(
  directory: string,
  live: ReadonlySet<Digest>,
  host: Host,
): Promise<readonly DeadFile[]> {
  const found: DeadFile[] = [];
  for (const algorithm of ['sha256', 'sha512']) {
    const folder = join(directory, 'blobs', algorithm);
    for (const name of await readdir(folder).catch(() => [])) {
      const digest = `${algorithm}:${name}`;
      if (!isDigest(digest) || live.has(digest)) continue;
      const path = join(folder, name);
      const facts = await stat(path);
      const isOld = host.clock.now().getTime() - facts.mtimeMs > graceMs;
      if (facts.isFile() && isOld) found.push({ path, digest, sizeBytes: facts.size });
    }
  }
  return found;
}

async function faultOf(action: () => Promise<void>): Promise<Fault | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (isFault(error) && error.code !== 'INTERRUPTED') return error;
    throw error;
  }
}

function withCure(problem: Fault, registry: string): Fault {
  if (problem.code !== 'REGISTRY_UNSUPPORTED' && problem.code !== 'REGISTRY_DENIED') return problem;
  const own = cures.find(([host]) => host.test(registry))?.[1];
  const hint = own ?? (problem.code === 'REGISTRY_UNSUPPORTED' ? usualCure : problem.hint);
  return new Fault(problem.code, problem.message, { cause: problem.cause, where: problem.where, hint });
}

function outdated(store: RegistryStore | LayoutStore, tag: string): Fault {
  return new Fault('PRUNE_OUTDATED', `Cannot prune: the tag "${tag}" was set while the repository was looked at`, {
    where: { ...store.where, reference: tag },
    retryable: true,
  });
}
