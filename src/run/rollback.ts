import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { TagMove } from '../plan/tag-move.ts';
import { formerDigests } from '../publish/channel-history.ts';
import { checkWhole, moveChannel, readChannel } from '../publish/channel-move.ts';
import type { ImageStore } from '../store/content-store.ts';
import { openLocation } from '../store/open-location.ts';
import { resolveImage } from '../store/resolve-image.ts';
import { gatherEvent } from './gather/gather-event.ts';
import { logMoves, readChannelAddress } from './release/channel-place.ts';

export interface RollbackRequest {
  /** The tag with its place, as typed: `ghcr.io/acme/app:stable`. */
  readonly reference: string;
  /** How many steps back. Default: 1. */
  readonly steps?: number;
  /** A digest or tag of the same place instead. */
  readonly to?: string;
  /** Find out and tell, and write nothing. */
  readonly isDryRun: boolean;
}

/** What a rollback came to, or would. Plain JSON. */
export interface Rollback {
  readonly version: 1;
  readonly kind: 'polyarch/rollback';
  readonly isDryRun: boolean;
  readonly move: TagMove;
  /** What the tag pointed at before, newest first, as far as it is recorded. */
  readonly former: readonly Digest[];
}

/**
 * Moves a tag back to what it pointed at, by the record in its repository; so it works on any machine. To roll back twice
 * goes back two steps.
 *
 * @throws {Fault} CHANNEL_UNRECORDED, CONTENT_MISSING where the former image is not whole any more, IMAGE_MISSING, USAGE,
 *   TAG_MOVED
 */
export async function rollback(request: RollbackRequest, host: Host): Promise<Rollback> {
  const { location, name, tag } = readChannelAddress(request.reference);
  const store = await openLocation(location, { host, mode: 'read' });
  const before = await store.resolve(tag);
  const { history } = await readChannel({ store, tag });
  const former = formerDigests(history, before?.digest);
  const to = await chooseFormer(store, former, { ...request, name, tag });
  await checkWhole(store, to);
  const isThere = before?.digest === to.digest;
  const move: TagMove = {
    repository: name,
    tag,
    state: isThere ? 'unchanged' : before === undefined ? 'new' : 'moved',
    ...(before === undefined ? {} : { from: before.digest }),
    to: to.digest,
  };
  const { isDryRun } = request;
  if (!isDryRun && !isThere) {
    const { runUrl } = await gatherEvent({ host, root: host.workingDirectory, asksGit: false });
    const run = runUrl === undefined ? {} : { runUrl };
    const expected = before?.digest ?? 'absent';
    await moveChannel({ store, tag }, { action: 'rollback', to, expected, ...run }, host);
    await store.close?.();
    await logMoves('rollback', [move], host);
  }
  return { version: 1, kind: 'polyarch/rollback', isDryRun, move, former };
}

async function chooseFormer(
  store: ImageStore,
  former: readonly Digest[],
  { to, steps = 1, name, tag }: RollbackRequest & { readonly name: string; readonly tag: string },
): Promise<Descriptor> {
  if (to !== undefined) return resolveImage(store, to);
  const digest = former[steps - 1];
  if (digest !== undefined) return resolveImage(store, digest);
  const known = former.length === 0 ? 'nothing' : `${former.length} step${former.length === 1 ? '' : 's'}`;
  throw new Fault(
    'CHANNEL_UNRECORDED',
    `Cannot roll back "${name}:${tag}": its record knows ${known} before, expected ${steps}`,
    { where: { ...store.where, reference: tag } },
  );
}
