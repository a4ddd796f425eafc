import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { TagMove } from '../plan/tag-move.ts';
import { RegistryStore } from '../store/registry-store.ts';
import type { OpenPlace } from './move-tag.ts';
import type { RecordedMove } from './publish-record.ts';
import { removeTag } from './remove-tag.ts';
import { whereIs } from './target.ts';

/** A tag that points at what it was moved to, and should not. */
export interface LeftTag {
  readonly repository: string;
  readonly tag: string;
  readonly problem: Fault;
}

export interface RolledBack {
  readonly moves: readonly TagMove[];
  /** Tags that could not be put back. */
  readonly left: readonly LeftTag[];
}

/**
 * Puts tags back to what the record says they were, the last first. A tag that points elsewhere meanwhile is not
 * touched; one that was new is taken away. What cannot be put back now does not stop the others.
 */
export async function rollBack(places: readonly OpenPlace[], host: Host): Promise<RolledBack> {
  const moves: TagMove[] = [];
  const left: LeftTag[] = [];
  for (const open of [...places].reverse()) {
    for (const move of [...open.place.moves].reverse()) {
      if (move.begun !== true) continue;
      const put = await tryBack(open, move, host);
      if (isFault(put)) left.push({ repository: open.place.repository, tag: move.tag, problem: put });
      else if (put !== undefined) moves.push(put);
    }
  }
  return { moves: moves.reverse(), left: left.reverse() };
}

async function tryBack(open: OpenPlace, move: RecordedMove, host: Host): Promise<TagMove | Fault | undefined> {
  try {
    return await putBack(open, move, host);
  } catch (error) {
    if (isFault(error) && !isFault(error, 'INTERRUPTED')) return error;
    throw error;
  }
}

async function putBack(
  { place, store }: OpenPlace,
  { tag, to, from }: RecordedMove,
  host: Host,
): Promise<TagMove | undefined> {
  const current = await store.resolve(tag);
  if (current?.digest !== to.digest) return undefined;
  if (from === undefined && store instanceof RegistryStore)
    await removeTag(store.repository, tag, { host, expected: to });
  if (from !== undefined) {
    await store.tag(tag, from, { expected: to.digest });
    const found = (await store.resolve(tag))?.digest;
    if (found === to.digest)
      throw new Fault('TAG_LEFT', `Cannot put the tag "${tag}" of ${place.repository} back: it still is ${found}`, {
        where: whereIs(place, tag),
      });
  }
  return {
    repository: place.repository,
    tag,
    state: 'rolled-back',
    ...(from === undefined ? {} : { from: from.digest }),
    to: to.digest,
    reason: 'another required tag could not be moved',
  };
}
