import { Fault, isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { chooseTagMove } from '../plan/choose-tag-move.ts';
import type { OrderEvidence } from '../plan/order-evidence.ts';
import { type CommitOrder, compareReleases } from '../plan/release-order.ts';
import type { TagMove } from '../plan/tag-move.ts';
import type { ImageStore } from '../store/content-store.ts';
import type { PublishJournal } from './publish-journal.ts';
import type { RecordedMove, RecordedPlace } from './publish-record.ts';
import { readBackTag } from './read-back.ts';
import type { FoundHolder, TagReader } from './tag-holder.ts';
import { whereIs } from './target.ts';

/** A place with its repository open. */
export interface OpenPlace {
  readonly place: RecordedPlace;
  readonly store: ImageStore;
  readonly reader: TagReader;
}

/** How the commit of the next release stands to that of the one that a tag points at, where that is known. */
export type CompareCommits = (current: OrderEvidence, next: OrderEvidence) => Promise<CommitOrder | undefined>;

export interface MoveOptions {
  readonly host: Host;
  readonly journal: PublishJournal;
  /** Tags that may go back to an older release. */
  readonly allowDowngrade: readonly string[];
  readonly compareCommits?: CompareCommits | undefined;
  /** The tag was moved before: another that nothing tells from this one may not be overwritten. Default: false. */
  readonly isAgain?: boolean;
  /** What was decided a moment ago: the write holds only for that. Default: it is decided now. */
  readonly decided?: Decision | undefined;
}

/** What is to become of a tag, and what it pointed at when that was decided. */
export interface Decision {
  readonly move: TagMove;
  readonly current: FoundHolder | undefined;
  /** Whether it can be told which of the two is newer. */
  readonly isOrdered: boolean;
}

const roundsAtMost = 10;

/** What is to become of a tag as things are now. */
export async function decideMove(
  { place, reader }: OpenPlace,
  move: RecordedMove,
  { allowDowngrade, compareCommits }: Pick<MoveOptions, 'allowDowngrade' | 'compareCommits'>,
): Promise<Decision> {
  const current = await readHolder(reader, move);
  const isOther = current !== undefined && current.digest !== move.to.digest;
  const commitOrder = isOther ? await compareCommits?.(current.order, place.order) : undefined;
  const decided = chooseTagMove({
    repository: place.repository,
    tag: move.tag,
    current,
    next: { digest: move.to.digest, order: place.order },
    isImmutable: move.immutable === true,
    isDowngradeAllowed: allowDowngrade.includes(move.tag),
    commitOrder,
  });
  const isOrdered =
    current === undefined ||
    compareReleases({ current: current.order, next: place.order, commitOrder }).order !== 'unknown';
  return { move: decided, current, isOrdered };
}

/** The image of one platform tells nothing of its age: the release beside it does. */
async function readHolder(reader: TagReader, { tag, to, beside }: RecordedMove): Promise<FoundHolder | undefined> {
  const current = await reader.read(tag);
  if (beside === undefined || current === undefined || current.digest === to.digest) return current;
  return { ...current, order: (await reader.read(beside))?.order ?? {} };
}

/** A move that was written, or that needs no write. */
export interface PutTag {
  readonly move: TagMove;
  /** Whether it was written now, so that it is to be read back. */
  readonly isWritten: boolean;
  /** What it pointed at right before. */
  readonly current: FoundHolder | undefined;
}

/**
 * Moves one tag, unless it points at something newer, and reads it back. What it points at is read right before, and the
 * write holds only for that; where another came between, it is decided anew.
 *
 * @throws {Fault} TAG_IMMUTABLE, TAG_LOST, TAG_CONTENDED and those of the store
 */
export async function moveTag(open: OpenPlace, wanted: RecordedMove, options: MoveOptions): Promise<TagMove> {
  for (let round = 1; round <= roundsAtMost; round += 1) {
    // Two that nothing tells apart would take the tag from each other for ever.
    const put = await putTag(open, wanted, round === 1 ? options : { ...options, isAgain: true, decided: undefined });
    if (!put.isWritten || (await stays(open, wanted, { ...put, host: options.host }))) return put.move;
  }
  throw contendedFault(open.place, wanted);
}

/**
 * Writes one tag, unless it points at something newer; it is still to be read back.
 *
 * @throws {Fault} TAG_IMMUTABLE, TAG_LOST, TAG_CONTENDED and those of the store
 */
export async function putTag(open: OpenPlace, wanted: RecordedMove, options: MoveOptions): Promise<PutTag> {
  const { place, store } = open;
  for (let round = 1; round <= roundsAtMost; round += 1) {
    const early = round === 1 ? options.decided : undefined;
    const { move, current, isOrdered } = early ?? (await decideMove(open, wanted, options));
    if (move.state === 'refused') throw immutableFault(place, move);
    if (move.state !== 'new' && move.state !== 'moved') return { move, current, isWritten: false };
    const isSecond = round > 1 || options.isAgain === true;
    if (isSecond && !isOrdered) throw lostFault(place, wanted, current?.digest);
    await options.journal.expect(place, wanted.tag, current?.descriptor);
    try {
      await store.tag(wanted.tag, wanted.to, { expected: current?.digest ?? 'absent' });
      return { move, current, isWritten: true };
    } catch (error) {
      if (!isFault(error, 'TAG_MOVED')) throw error;
    }
  }
  throw contendedFault(place, wanted);
}

function contendedFault(place: RecordedPlace, { tag }: RecordedMove): Fault {
  return new Fault('TAG_CONTENDED', `Cannot move the tag "${tag}" of ${place.repository}: others keep moving it`, {
    where: whereIs(place, tag),
    retryable: true,
  });
}

/** Why an immutable tag cannot be moved. */
export function immutableFault({ repository }: Pick<RecordedPlace, 'repository'>, { tag, from, to }: TagMove): Fault {
  const next = to === undefined ? '' : `, expected ${to}`;
  return new Fault(
    'TAG_IMMUTABLE',
    `Cannot move the tag "${tag}" of ${repository}: the config says that it is immutable, and it points at ${from ?? 'another image'}${next}`,
    { where: whereIs({ repository }, tag), hint: 'Publish under a new version, or take its type out of "immutable"' },
  );
}

/** Whether a tag points at what it was moved to. False where another has moved it since. @throws {Fault} TAG_LOST */
export async function stays(
  { place, store }: OpenPlace,
  wanted: RecordedMove,
  { current, host }: Pick<PutTag, 'current'> & Pick<MoveOptions, 'host'>,
): Promise<boolean> {
  const [to, from] = [wanted.to.digest, current?.digest];
  const found = await readBackTag(store, wanted.tag, { host, to, from });
  if (found === undefined || found === from) throw lostFault(place, wanted, found);
  return found === to;
}

function lostFault(place: RecordedPlace, { tag, to }: RecordedMove, found: string | undefined): Fault {
  return new Fault(
    'TAG_LOST',
    `Cannot confirm the tag "${tag}": it points at ${found ?? 'nothing'}, expected ${to.digest}`,
    { where: whereIs(place, tag), retryable: true },
  );
}
