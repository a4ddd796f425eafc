import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { isNonDistributableType } from '../oci/media-types.ts';
import { once, readBytes } from '../store/collect-content.ts';
import { gatherGraph } from '../store/content-graph.ts';
import type { ImageStore } from '../store/content-store.ts';
import { forEachLimited } from '../store/for-each-limited.ts';
import { LayoutStore } from '../store/layout-store.ts';
import { RegistryStore } from '../store/registry-store.ts';
import { type ChannelHistory, type ChannelMove, channelTag, decodeChannel, encodeChannel } from './channel-history.ts';
import { isContestable, readBackTag } from './read-back.ts';
import { removeTag } from './remove-tag.ts';

export interface ChannelPlace {
  readonly store: ImageStore;
  readonly tag: string;
}

/** A move as it is wished for: from where is found out when it is made. */
export type WantedChannelMove = Omit<ChannelMove, 'from' | 'at'> & {
  /** What the tag must point at still; `absent`: nothing. */
  readonly expected: Digest | 'absent';
};

const roundsAtMost = 8;
const parallelLookups = 8;
/** How long another writer that looked before may take to write, in milliseconds. */
const watchMs = 300;

/** What is recorded of a tag; empty where nothing is. @throws {Fault} CHANNEL_HISTORY_MALFORMED */
export async function readChannel({ store, tag }: ChannelPlace): Promise<{
  readonly history: ChannelHistory;
  readonly descriptor: Descriptor | undefined;
}> {
  const descriptor = await store.resolve(channelTag(tag));
  if (descriptor === undefined) return { history: { tag, moves: [] }, descriptor };
  return { history: decodeChannel(await readBytes(store, descriptor), tag), descriptor };
}

/**
 * Moves a tag to an image that is there, with a record. The record comes first: a move that is broken off in between is
 * known, and passed over by the next one; a move without a record could not be taken back.
 *
 * @throws {Fault} TAG_MOVED where the tag is not what it was expected to be, TAG_LOST, TAG_CONTENDED
 */
export async function moveChannel(place: ChannelPlace, wanted: WantedChannelMove, host: Host): Promise<void> {
  const { store, tag } = place;
  const { expected, ...move } = wanted;
  const from = expected === 'absent' ? undefined : await store.resolve(expected);
  await recordMove(place, { ...move, at: host.clock.now().toISOString() }, from);
  const { mediaType, digest, size } = move.to;
  await store.tag(tag, { mediaType, digest, size }, { expected });
  await confirmMove(place, { to: digest, from: from?.digest }, host);
  if (!(await isContestable(store, digest))) return;
  // Who looked at the tag before it was moved may still overwrite it: to have promoted something is to be true a moment later.
  await host.clock.sleep(watchMs, host.signal);
  await confirmMove(place, { to: digest, from: from?.digest }, host);
}

async function confirmMove(
  { store, tag }: ChannelPlace,
  { to, from }: { readonly to: Digest; readonly from: Digest | undefined },
  host: Host,
): Promise<void> {
  const found = await readBackTag(store, tag, { host, to, from });
  if (found === to) return;
  const message = `Cannot confirm the tag "${tag}": it points at ${found ?? 'nothing'}, expected ${to}`;
  throw new Fault('TAG_LOST', message, { where: { ...store.where, reference: tag }, retryable: true });
}

/**
 * Puts a tag back that was moved a moment ago; one that was new is taken away. False where it cannot be, or where it
 * points elsewhere meanwhile.
 */
export async function takeBackChannel(
  { store, tag }: ChannelPlace,
  { root, before }: { readonly root: Descriptor; readonly before: Descriptor | undefined },
  host: Host,
): Promise<boolean> {
  try {
    if (before !== undefined) await store.tag(tag, before, { expected: root.digest });
    else if (store instanceof RegistryStore) await removeTag(store.repository, tag, { host, expected: root });
    else if (store instanceof LayoutStore) await store.untag(tag);
    return (await store.resolve(tag))?.digest === before?.digest;
  } catch (error) {
    if (isFault(error) && error.code !== 'INTERRUPTED') return false;
    throw error;
  }
}

/**
 * Checks that an image is whole where it lies: every manifest is read, every other content asked for.
 * @throws {Fault} CONTENT_MISSING, DIGEST_MISMATCH, DOCUMENT_MALFORMED
 */
export async function checkWhole(store: ImageStore, root: Descriptor): Promise<void> {
  const { blobs } = await gatherGraph(store, root);
  const missing: Descriptor[] = [];
  await forEachLimited(blobs.values(), parallelLookups, async (blob) => {
    if (!isNonDistributableType(blob.mediaType) && !(await store.has(blob))) missing.push(blob);
  });
  const [first] = missing;
  if (first === undefined) return;
  const what = missing.length === 1 ? first.digest : `${first.digest} and ${missing.length - 1} more`;
  throw new Fault('CONTENT_MISSING', `Cannot use the image ${root.digest}: it is incomplete, ${what} is not there`, {
    where: { ...store.where, reference: root.digest },
  });
}

/** Adds a move to the record; where somebody else adds one at the same time, it is added behind theirs. */
async function recordMove(
  place: ChannelPlace,
  move: Omit<ChannelMove, 'from'>,
  from: Descriptor | undefined,
): Promise<void> {
  const { store, tag } = place;
  for (let round = 0; round < roundsAtMost; round += 1) {
    const { history, descriptor: before } = await readChannel(place);
    const isKnown = from === undefined || history.moves.some(({ to }) => to.digest === from.digest);
    const found = isKnown ? [] : [{ action: 'found', at: move.at, to: from } as const];
    const added = { ...move, ...(from === undefined ? {} : { from: from.digest }) };
    const next = encodeChannel({ tag, moves: [...history.moves, ...found, added] });
    await store.write(once(next.bytes), next.descriptor);
    try {
      await store.tag(channelTag(tag), next.descriptor, { expected: before?.digest ?? 'absent' });
      return;
    } catch (error) {
      if (!isFault(error, 'TAG_MOVED')) throw error;
    }
  }
  throw new Fault('TAG_CONTENDED', `Cannot record the move of the tag "${tag}": others keep moving it`, {
    where: { ...store.where, reference: channelTag(tag) },
    retryable: true,
  });
}
