import type { Digest } from '../oci/digest.ts';
import { isPartTag } from '../plan/part-tag.ts';
import { cosignTags, isReferrersTag, referrersTag } from '../store/referrers-tag.ts';
import { channelTag } from './channel-history.ts';
import { linksOf, type PruneNode, type RepositoryGraph } from './prune-graph.ts';

/** Which tags may go. Without a number and an age none may; only what no tag reaches is looked for. */
export interface PrunePolicy {
  /** With `*` and `?`. Default: every tag but `latest`, channels that have a record, and our own records that are not old. */
  readonly pattern?: string;
  /** Images that stay, the newest of the tags that match. */
  readonly keepCount?: number;
  /** Milliseconds; what is younger stays, and so does what does not tell its age. */
  readonly olderThanMs?: number;
  readonly nowMs: number;
}

export interface PruneInput {
  readonly graph: RepositoryGraph;
  /** When the image of a digest was made, in milliseconds since 1970; absent where it does not tell. */
  readonly madeMs: ReadonlyMap<Digest, number>;
  /** Documents that may go when no tag reaches them. */
  readonly candidates: readonly Digest[];
  /** Documents that stay though no tag names them. Default: none. */
  readonly roots?: readonly Digest[];
}

/** Later than any time. */
const newest = Number.MAX_SAFE_INTEGER;

/** What goes. */
export interface PruneChoice {
  readonly tags: readonly { readonly tag: string; readonly digest: Digest }[];
  /** Those that need others before those. */
  readonly documents: readonly PruneNode[];
  /** Every digest that stays, blobs included. */
  readonly live: ReadonlySet<Digest>;
}

/**
 * Decides what goes: the tags that the policy gives up, and the documents that were reached from them, or that are
 * candidates, and that nothing reaches that stays. Reached is: entries of an index at any depth, a subject, referrers by
 * API, tag or cosign's tags, and the parts of a record.
 */
export function choosePrune(input: PruneInput, policy: PrunePolicy): PruneChoice {
  const { graph, candidates, roots = [] } = input;
  const attached = attachedTags(graph);
  const given = new Set(tagsGivenUp(input, policy));
  const expired = [...graph.tags].filter(([tag]) => isExpired(tag, graph, policy));
  const lost = walk(
    [...[...given].map((tag) => graph.tags.get(tag)), ...candidates, ...expired.map(([, digest]) => digest)],
    graph,
    { attached, isUpward: false },
  );
  // What is attached lives with what it is attached to; where that is not known, it stays.
  const bound = new Set([...lost].flatMap((digest) => attached.get(digest) ?? []));
  const kept = [...graph.tags].filter(([tag]) => !given.has(tag) && !bound.has(tag) && !isExpired(tag, graph, policy));
  const live = walk([...kept.map(([, digest]) => digest), ...roots], graph, { attached, isUpward: true });
  // A record is worth keeping as long as its part is there for another reason.
  const useful = expired.filter(([, digest]) => graph.nodes.get(digest)?.parts.some((part) => live.has(part)));
  for (const digest of walk(
    useful.map(([, digest]) => digest),
    graph,
    { attached, isUpward: true },
  ))
    live.add(digest);
  return {
    tags: goneTags(input, { given, live, lost, attached }),
    documents: inOrder([...lost].flatMap((digest) => (live.has(digest) ? [] : (graph.nodes.get(digest) ?? [])))),
    live: withBlobs(live, graph),
  };
}

/** Tags under which referrers of a document are kept, by document. */
function attachedTags({ tags, nodes }: RepositoryGraph): ReadonlyMap<Digest, readonly string[]> {
  const found = [...nodes.keys()].map((digest) => {
    const names = [referrersTag(digest), ...cosignTags(digest)].filter((tag) => tags.has(tag));
    return [digest, names] as const;
  });
  return new Map(found.filter(([, names]) => names.length > 0));
}

function tagsGivenUp({ graph, madeMs }: PruneInput, policy: PrunePolicy): readonly string[] {
  const { pattern, keepCount, olderThanMs, nowMs } = policy;
  if (keepCount === undefined && olderThanMs === undefined) return [];
  const matching = [...graph.tags].filter(([tag]) => isOrdinary(tag, graph) && matches(tag, graph, pattern));
  const images = [...new Set(matching.map(([, digest]) => digest))];
  // What does not tell its age counts as the newest: it is not given up by mistake.
  const newestFirst = images.toSorted((a, b) => (madeMs.get(b) ?? newest) - (madeMs.get(a) ?? newest));
  const kept = new Set(newestFirst.slice(0, keepCount ?? 0));
  return matching
    .filter(([, digest]) => {
      const made = madeMs.get(digest);
      const isOld = olderThanMs === undefined || (made !== undefined && nowMs - made > olderThanMs);
      return isOld && made !== undefined && !kept.has(digest);
    })
    .map(([tag]) => tag);
}

/** No tag of ours, and none that only carries referrers. */
function isOrdinary(tag: string, { tags }: RepositoryGraph): boolean {
  const isRecord = isPartTag(tag) || (tag.startsWith('polyarch-channel-') && tags.has(tag));
  return !isReferrersTag(tag) && !isRecord;
}

function matches(tag: string, { tags }: RepositoryGraph, pattern: string | undefined): boolean {
  if (pattern === undefined) return tag !== 'latest' && !tags.has(channelTag(tag));
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^(?:${text})$`).test(tag);
}

/** Whether a record of a part is older than what is kept. */
function isExpired(tag: string, { tags, nodes }: RepositoryGraph, { olderThanMs, nowMs }: PrunePolicy): boolean {
  if (!isPartTag(tag) || olderThanMs === undefined) return false;
  const recordedAt = nodes.get(tags.get(tag) ?? 'sha256:')?.recordedAt;
  return recordedAt !== undefined && nowMs - Date.parse(recordedAt) > olderThanMs;
}

interface Walk {
  readonly attached: ReadonlyMap<Digest, readonly string[]>;
  /** Whether the subject of a document is reached as well: it is for what stays, and not for what goes. */
  readonly isUpward: boolean;
}

function walk(
  from: readonly (Digest | undefined)[],
  { tags, nodes }: RepositoryGraph,
  { attached, isUpward }: Walk,
): Set<Digest> {
  const reached = new Set<Digest>();
  const waiting = from.filter((digest) => digest !== undefined);
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    if (reached.has(digest)) continue;
    reached.add(digest);
    const node = nodes.get(digest);
    if (node === undefined) continue;
    const links = isUpward ? linksOf(node) : [...node.entries, ...node.referrers, ...node.parts];
    waiting.push(...links, ...(attached.get(digest) ?? []).flatMap((tag) => tags.get(tag) ?? []));
  }
  return reached;
}

interface Gone {
  readonly given: ReadonlySet<string>;
  readonly live: ReadonlySet<Digest>;
  readonly lost: ReadonlySet<Digest>;
  readonly attached: ReadonlyMap<Digest, readonly string[]>;
}

/** Tags that are given up, records whose document goes, and what is attached to what goes. */
function goneTags({ graph }: PruneInput, { given, live, lost, attached }: Gone): PruneChoice['tags'] {
  const doomed = [...lost].filter((digest) => !live.has(digest));
  const bound = new Set(doomed.flatMap((digest) => attached.get(digest) ?? []));
  const dead = new Set(doomed);
  return [...graph.tags]
    .filter(([tag, digest]) => given.has(tag) || bound.has(tag) || dead.has(digest))
    .map(([tag, digest]) => ({ tag, digest }));
}

/** Parents before their entries, and referrers before their subject: nothing is ever without what it needs. */
function inOrder(nodes: readonly PruneNode[]): readonly PruneNode[] {
  const byDigest = new Map(nodes.map((node) => [node.descriptor.digest, node]));
  const ordered: PruneNode[] = [];
  const begun = new Set<Digest>();
  const stack = nodes.map((node) => ({ node, isLeft: false }));
  // Depth first, so that a document comes behind all that it needs; turned round in the end.
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    const { node, isLeft } = step;
    if (isLeft) ordered.push(node);
    if (isLeft || begun.has(node.descriptor.digest)) continue;
    begun.add(node.descriptor.digest);
    stack.push({ node, isLeft: true });
    const needs = [...node.entries, ...node.parts, ...(node.subject === undefined ? [] : [node.subject])];
    for (const need of needs) {
      const needed = byDigest.get(need);
      if (needed !== undefined) stack.push({ node: needed, isLeft: false });
    }
  }
  return ordered.toReversed();
}

function withBlobs(live: ReadonlySet<Digest>, { nodes }: RepositoryGraph): ReadonlySet<Digest> {
  return new Set([...live, ...[...live].flatMap((digest) => nodes.get(digest)?.blobs ?? [])]);
}
