import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { TagMove } from '../plan/tag-move.ts';
import { type MoveOptions, moveTag, type OpenPlace } from './move-tag.ts';
import type { RecordedMove } from './publish-record.ts';
import { isContestable } from './read-back.ts';
import { whereIs } from './target.ts';

/** A tag that was moved, and when. */
export interface MovedTag {
  readonly open: OpenPlace;
  readonly wanted: RecordedMove;
  /** By the clock that only grows. */
  readonly movedAtMs: number;
  /** How long reading, writing and reading back took. */
  readonly tookMs: number;
}

const shortestWatchMs = 300;
const longestWatchMs = 3000;
const watchedTimes = 20;
const roundsAtMost = 20;

/**
 * Watches tags for a moment where the registry does not hold a write against what the tag points at: an older release
 * that read the tag before it was moved may still overwrite it. It is then put back. Writers read right before they
 * write, so that a multiple of what one move takes is enough.
 *
 * @returns what became of tags that a newer release took meanwhile
 * @throws {Fault} TAG_CONTENDED and those of a move
 */
export async function guardTags(moved: readonly MovedTag[], options: MoveOptions): Promise<readonly TagMove[]> {
  const { host } = options;
  const changed: TagMove[] = [];
  let watched = await contested(moved);
  for (let round = 1; watched.length > 0; round += 1) {
    if (round > roundsAtMost) throw contendedFault(watched);
    await waitFor(watched, host);
    const again: MovedTag[] = [];
    for (const tag of watched) {
      const startMs = host.clock.monotonicMs();
      const move = await look(tag, options);
      const movedAtMs = host.clock.monotonicMs();
      if (move?.state === 'moved' || move?.state === 'new')
        again.push({ ...tag, movedAtMs, tookMs: movedAtMs - startMs });
      if (move?.state === 'kept-newer') changed.push(move);
    }
    watched = again;
  }
  return changed;
}

/** Tags that another release may take, and that the registry does not protect. */
async function contested(moved: readonly MovedTag[]): Promise<readonly MovedTag[]> {
  const found: MovedTag[] = [];
  for (const tag of moved) {
    const { store, place } = tag.open;
    if (tag.wanted.immutable === true || Object.keys(place.order).length === 0) continue;
    if (await isContestable(store, place.index.digest)) found.push(tag);
  }
  return found;
}

async function waitFor(watched: readonly MovedTag[], host: Host): Promise<void> {
  const nowMs = host.clock.monotonicMs();
  const untilMs = watched.map(({ movedAtMs, tookMs }) => {
    return movedAtMs + Math.min(longestWatchMs, Math.max(shortestWatchMs, tookMs * watchedTimes));
  });
  const waitMs = Math.max(...untilMs) - nowMs;
  if (waitMs > 0) await host.clock.sleep(waitMs, host.signal);
}

/** What somebody puts there by hand, without anything that tells its age, is left to them. */
async function look({ open, wanted }: MovedTag, options: MoveOptions): Promise<TagMove | undefined> {
  try {
    return await moveTag(open, wanted, { ...options, isAgain: true });
  } catch (error) {
    if (!isFault(error, 'TAG_LOST')) throw error;
    options.host.emit({ kind: 'note', level: 'warning', text: error.message, hint: error.hint });
    return undefined;
  }
}

function contendedFault([first]: readonly MovedTag[]): Fault {
  const tag = first?.wanted.tag ?? '';
  const repository = first?.open.place.repository ?? '';
  return new Fault('TAG_CONTENDED', `Cannot keep the tag "${tag}" of ${repository}: others keep overwriting it`, {
    ...(first === undefined ? {} : { where: whereIs(first.open.place, tag) }),
    retryable: true,
  });
}
