import type { TagMove } from '../plan/tag-move.ts';
import type { ImageStore } from '../store/content-store.ts';
import { decideMove, type MoveOptions } from './move-tag.ts';
import { TagReader } from './tag-holder.ts';
import { type ProvedRelease, type RepositoryDestination, wantedTags } from './target.ts';

export interface PlanMovesOptions extends Pick<MoveOptions, 'allowDowngrade' | 'compareCommits'> {
  readonly open: (destination: RepositoryDestination) => Promise<ImageStore>;
}

/** What would become of every tag of a release as things are now; nothing is written. */
export async function planMoves(release: ProvedRelease, options: PlanMovesOptions): Promise<readonly TagMove[]> {
  const moves: TagMove[] = [];
  for (const destination of release.destinations) {
    if (destination.kind !== 'repository') continue;
    const { repository, required, immutable = [] } = destination;
    const store = await options.open(destination);
    const place = { release: release.id, repository, required, index: release.index, order: release.order, moves: [] };
    const open = { place, store, reader: new TagReader(store) };
    for (const { tag, descriptor, beside } of wantedTags(release, destination)) {
      const own = beside === undefined ? {} : { beside };
      const wanted = { tag, to: descriptor, immutable: immutable.includes(tag), ...own };
      moves.push((await decideMove(open, wanted, options)).move);
    }
  }
  return moves;
}
