import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isNonDistributableType } from '../oci/media-types.ts';
import { parseReference } from '../oci/reference.ts';
import { readBytes } from '../store/collect-content.ts';
import { gatherGraph } from '../store/content-graph.ts';
import type { ImageStore } from '../store/content-store.ts';
import { forEachLimited } from '../store/for-each-limited.ts';
import type { WantedTag } from './target.ts';
import { whereIs } from './target.ts';

export interface StrangerOptions {
  readonly host: Host;
  /** The repository, opened without credentials. */
  readonly store: ImageStore;
  readonly repository: string;
  readonly index: Descriptor;
  readonly tags: readonly WantedTag[];
  /** Whether all content was read by a stranger before, so that the tags remain. Default: false. */
  readonly isSeen?: boolean;
  /** How long a registry may take to show everybody what was pushed. Default: two minutes. */
  readonly waitMs?: number;
}

const usualWaitMs = 120_000;
/** A refusal is an answer: it is asked again for as long as settings take to be everywhere. */
const refusedWaitMs = 10_000;
const longestPauseMs = 15_000;
const parallelLookups = 16;

/**
 * Reads a release as somebody without a login does: every tag, the manifest and config of every platform, every layer by
 * its size. What is not there yet is waited for.
 *
 * @throws {Fault} IMAGE_NOT_PUBLIC where it is refused, or not there in time
 */
export async function pullAsStranger(options: StrangerOptions): Promise<void> {
  const { host, repository, waitMs = usualWaitMs } = options;
  const startMs = host.clock.monotonicMs();
  const id = `stranger/${repository}`;
  host.emit({ kind: 'task-started', id, title: `pull ${repository} as a stranger` });
  for (let pauseMs = 1000; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    const found = await pull(options);
    if (found === undefined) break;
    const elapsedMs = host.clock.monotonicMs() - startMs;
    if (elapsedMs + pauseMs > (found.isRefused ? Math.min(refusedWaitMs, waitMs) : waitMs)) {
      host.emit({ kind: 'task-ended', id, outcome: 'failed' });
      throw notPublic(options, found, elapsedMs);
    }
    host.emit({ kind: 'log', id, text: `${found.what}; looking again in ${Math.round(pauseMs / 1000)} s` });
    await host.clock.sleep(pauseMs, host.signal);
  }
  host.emit({ kind: 'task-ended', id, outcome: 'done' });
}

interface Obstacle {
  readonly what: string;
  readonly isRefused: boolean;
  readonly cause?: unknown;
}

async function pull(options: StrangerOptions): Promise<Obstacle | undefined> {
  try {
    return (await findWrongTag(options)) ?? (options.isSeen === true ? undefined : await findMissing(options));
  } catch (error) {
    if (!isFault(error) || error.code === 'INTERRUPTED') throw error;
    const isRefused = isFault(error, 'REGISTRY_UNAUTHORIZED', 'REGISTRY_DENIED');
    return { what: error.message, isRefused, cause: error };
  }
}

async function findWrongTag({ store, tags }: StrangerOptions): Promise<Obstacle | undefined> {
  for (const { tag, descriptor } of tags) {
    const found = (await store.resolve(tag))?.digest;
    if (found === descriptor.digest) continue;
    return { what: `the tag "${tag}" is ${found ?? 'not there'}, expected ${descriptor.digest}`, isRefused: false };
  }
  return undefined;
}

async function findMissing({ store, index }: StrangerOptions): Promise<Obstacle | undefined> {
  const { ranks, blobs } = await gatherGraph(store, index);
  const nodes = ranks.flat().map(({ node }) => node);
  await forEachLimited(nodes, parallelLookups, async (node) => {
    if (node.kind === 'manifest') await readBytes(store, node.manifest.config);
  });
  const missing: string[] = [];
  await forEachLimited(blobs, parallelLookups, async (blob) => {
    if (!isNonDistributableType(blob.mediaType) && !(await store.has(blob))) missing.push(blob.digest);
  });
  const [first] = missing;
  return first === undefined ? undefined : { what: `the blob ${first} is not there`, isRefused: false };
}

function notPublic({ repository }: StrangerOptions, { what, isRefused, cause }: Obstacle, elapsedMs: number): Fault {
  const waited = `after ${Math.round(elapsedMs / 1000)} s`;
  const why = isRefused ? `it is private (${what})` : `${what}, ${waited}`;
  return new Fault('IMAGE_NOT_PUBLIC', `Cannot pull ${repository} without a login: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    where: whereIs({ repository }),
    ...(isRefused ? { hint: cureFor(repository) } : {}),
    retryable: !isRefused,
  });
}

/** Where a repository is made public. */
export function cureFor(repository: string): string {
  const reference = parseReference(repository);
  const [owner = '', ...rest] = reference.repository.split('/');
  const name = rest.join('/');
  const page = settingsPages[reference.registry]?.(owner, name);
  const place = page === undefined ? `in the settings of ${reference.registry}` : `at ${page}`;
  return `Make ${reference.repository} public ${place}, then run \`polyarch publish\` again`;
}

const settingsPages: Readonly<Record<string, (owner: string, name: string) => string>> = {
  'ghcr.io': (owner, name) =>
    `https://github.com/users/${owner}/packages/container/${encodeURIComponent(name)}/settings (orgs/${owner} for an organisation)`,
  'docker.io': (owner, name) => `https://hub.docker.com/repository/docker/${owner}/${name}/settings`,
  'quay.io': (owner, name) => `https://quay.io/repository/${owner}/${name}?tab=settings`,
};
