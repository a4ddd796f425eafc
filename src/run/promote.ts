import { isFault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Problem } from '../plan/outcome.ts';
import { problemOf } from '../plan/problem-of.ts';
import type { TagMove } from '../plan/tag-move.ts';
import { checkWhole, moveChannel, takeBackChannel } from '../publish/channel-move.ts';
import type { ImageStore } from '../store/content-store.ts';
import { copyImages } from '../store/copy.ts';
import { openLocation } from '../store/open-location.ts';
import { resolveImage } from '../store/resolve-image.ts';
import { gatherEvent } from './gather/gather-event.ts';
import { type OpenedImage, withImage } from './open/open-read.ts';
import { type ChannelAddress, logMoves, placeName, readChannelAddress } from './release/channel-place.ts';

export interface PromoteRequest {
  /** What is promoted, as typed. */
  readonly source: string;
  /** Tags beside it, or whole references of other places; as typed. At least one. */
  readonly tags: readonly string[];
  /** Find out and tell, and write nothing. */
  readonly isDryRun: boolean;
}

/** What a promotion came to, or would. Plain JSON. */
export interface Promotion {
  readonly version: 1;
  readonly kind: 'polyarch/promotion';
  readonly source: string;
  readonly root: Descriptor;
  readonly isDryRun: boolean;
  /** One a tag, in the order they were asked for. */
  readonly moves: readonly TagMove[];
  /** Why it stopped; then the tags that had been moved were put back. */
  readonly problem?: Problem;
}

interface Target extends ChannelAddress {
  /** Absent where the place is yet to be made. */
  readonly store: ImageStore | undefined;
  readonly before: Descriptor | undefined;
}

/**
 * Moves tags to what a reference points at, each with a record that `rollback` reads. In another repository the image is
 * put first, with what refers to it. All images are in place before the first tag moves.
 *
 * @throws {Fault} IMAGE_MISSING, CONTENT_MISSING where the image is not whole, USAGE, and those of the places
 */
export async function promote(request: PromoteRequest, host: Host): Promise<Promotion> {
  return withImage(request.source, host, (image) => promoteFrom(image, request, host));
}

async function promoteFrom(image: OpenedImage, request: PromoteRequest, host: Host): Promise<Promotion> {
  const addresses = request.tags.map((text) => readChannelAddress(text, image.location));
  const root = await resolveImage(image.store, image.reference);
  await checkWhole(image.store, root);
  const targets: Target[] = [];
  for (const address of addresses) targets.push(await openTarget(address, request, host));
  const { source, isDryRun } = request;
  const base = { version: 1, kind: 'polyarch/promotion', source, root, isDryRun } as const;
  if (isDryRun) return { ...base, moves: targets.map((target) => moveOf(target, root)) };
  for (const target of targets) await putImage(target, { image, root, host });
  const { moves, problem } = await moveAll(targets, { source, root, host });
  await logMoves('promote', moves, host);
  return { ...base, moves, ...(problem === undefined ? {} : { problem: problemOf(problem, host) }) };
}

async function openTarget(address: ChannelAddress, { isDryRun }: PromoteRequest, host: Host): Promise<Target> {
  try {
    const store = await openLocation(address.location, { host, mode: isDryRun ? 'read' : 'write' });
    return { ...address, store, before: await store.resolve(address.tag) };
  } catch (problem) {
    if (isDryRun && isFault(problem, 'LAYOUT_MISSING')) return { ...address, store: undefined, before: undefined };
    throw problem;
  }
}

interface Promoted {
  readonly image: OpenedImage;
  readonly root: Descriptor;
  readonly host: Host;
}

/** Into another place; where it is already, nothing moves. */
async function putImage({ name, store }: Target, { image, root, host }: Promoted): Promise<void> {
  if (store === undefined || name === placeName(image.location)) return;
  await copyImages({
    host,
    source: image.store,
    destination: store,
    images: [{ reference: root.digest, tags: [] }],
    referrers: true,
  });
}

interface Moving {
  readonly source: string;
  readonly root: Descriptor;
  readonly host: Host;
}

async function moveAll(targets: readonly Target[], { source, root, host }: Moving) {
  const { runUrl } = await gatherEvent({ host, root: host.workingDirectory, asksGit: false });
  const moves: TagMove[] = [];
  for (const [place, target] of targets.entries()) {
    const move = moveOf(target, root);
    moves.push(move);
    if (move.state === 'unchanged' || target.store === undefined) continue;
    try {
      await moveChannel(
        { store: target.store, tag: target.tag },
        {
          action: 'promote',
          to: root,
          source,
          expected: target.before?.digest ?? 'absent',
          ...(runUrl === undefined ? {} : { runUrl }),
        },
        host,
      );
    } catch (problem) {
      if (!isFault(problem) || problem.code === 'INTERRUPTED') throw problem;
      const refused = { ...move, state: 'refused', reason: problem.message } as const;
      return { moves: [...(await takeBack(targets.slice(0, place), moves, { root, host })), refused], problem };
    }
  }
  return { moves, problem: undefined };
}

/** Puts the tags back that were moved before another one could not be. */
async function takeBack(
  targets: readonly Target[],
  moves: readonly TagMove[],
  { root, host }: Omit<Moving, 'source'>,
): Promise<readonly TagMove[]> {
  const taken: TagMove[] = [];
  for (const [place, { store, tag, before }] of targets.entries()) {
    const move = moves[place];
    if (move === undefined) continue;
    if (move.state === 'unchanged' || store === undefined) taken.push(move);
    else if (await takeBackChannel({ store, tag }, { root, before }, host))
      taken.push({ ...move, state: 'rolled-back', reason: 'another tag could not be moved' });
    else taken.push({ ...move, reason: 'it could not be put back' });
  }
  return taken;
}

function moveOf({ name, tag, before }: Target, root: Descriptor): TagMove {
  const state = before === undefined ? 'new' : before.digest === root.digest ? 'unchanged' : 'moved';
  return {
    repository: name,
    tag,
    state,
    ...(before === undefined ? {} : { from: before.digest }),
    to: root.digest,
  };
}
