import { isFault } from '../../errors/fault.ts';
import type { Host } from '../../host/host.ts';
import type { CellOutcome, DestinationOutcome, ReleaseOutcome } from '../../plan/outcome.ts';
import { partOf } from '../../plan/part-of.ts';
import type { Plan, PlannedRelease } from '../../plan/plan.ts';
import { problemOf } from '../../plan/problem-of.ts';
import { readPublishRecord } from '../../publish/publish-journal.ts';
import { destinationOf } from '../../publish/publish-releases.ts';
import { pullAsStranger } from '../../publish/pull-as-stranger.ts';
import { type Settled, type SettledPlace, settleMoves } from '../../publish/settle-moves.ts';
import { openAsStranger, openDestination } from '../open/open-destination.ts';
import { commitComparer } from './finish-releases.ts';
import type { PublishChoices } from './write-release.ts';

export interface ResumeOptions extends PublishChoices {
  readonly host: Host;
  /** The folder of the run. */
  readonly folder: string;
  readonly outcomes: ReadonlyMap<string, CellOutcome>;
}

/**
 * Brings a publication to its end that was broken off while tags moved: all content was everywhere by then, so that the
 * moves are completed, or taken back where one cannot be done. Undefined where there is nothing to resume.
 *
 * @throws {Fault} PUBLISH_RECORD_MALFORMED, INTERRUPTED
 */
export async function resumeMoves(plan: Plan, options: ResumeOptions): Promise<readonly ReleaseOutcome[] | undefined> {
  const { host, folder, allowDowngrade = [] } = options;
  const record = await readPublishRecord(folder);
  if (record?.state !== 'moving') return undefined;
  host.emit({ kind: 'note', level: 'info', text: 'Tags were about to move in this run: that is ended first' });
  const settled = await settleMoves(record, {
    host,
    folder,
    allowDowngrade,
    compareCommits: commitComparer(plan.root, host),
    openPlace: (place) => openDestination(destinationOf(place), { host }),
  });
  const places = await Promise.all(settled.places.map((one) => confirmPublic(one, plan, { ...options, settled })));
  return plan.releases.map((release) => releaseOf(release, plan, { ...options, settled: { ...settled, places } }));
}

/** What was to be public was read by a stranger before its tags moved; the tags are left to be. */
async function confirmPublic(
  settled: SettledPlace,
  plan: Plan,
  { host, settled: { state } }: ResumeOptions & { readonly settled: Settled },
): Promise<SettledPlace> {
  const { place, moves, problem } = settled;
  const { repository, index } = place;
  const destination = plan.releases
    .find(({ id }) => id === place.release)
    ?.destinations.find((one) => one.kind === 'repository' && one.repository === repository);
  if (state !== 'published' || problem !== undefined || destination?.kind !== 'repository') return settled;
  if (destination.public !== true) return settled;
  const kept = moves.filter((move) => move.state === 'kept-newer').map(({ tag }) => tag);
  const own = place.moves.filter(({ tag }) => !kept.includes(tag));
  try {
    const store = await openAsStranger(destination, host);
    const tags = own.map(({ tag, to }) => ({ tag, descriptor: to }));
    await pullAsStranger({ host, store, repository, index, tags, isSeen: true });
    return settled;
  } catch (fault) {
    if (!isFault(fault) || isFault(fault, 'INTERRUPTED')) throw fault;
    return { ...settled, problem: fault };
  }
}

function releaseOf(
  { id, cells }: PlannedRelease,
  plan: Plan,
  { host, outcomes, settled }: ResumeOptions & { readonly settled: Settled },
): ReleaseOutcome {
  const own = plan.cells.filter((cell) => cells.includes(cell.id));
  const places = settled.places.filter(({ place }) => place.release === id);
  const index = places[0]?.place.index;
  return {
    id,
    ...(index === undefined ? {} : { index }),
    platforms: own.filter((cell) => partOf(outcomes.get(cell.id)) !== undefined).map(({ platform }) => platform),
    missing: own.filter((cell) => partOf(outcomes.get(cell.id)) === undefined).map(({ platform }) => platform),
    findings: [],
    checks: [],
    destinations: places.map((one) => destinationOutcome(one, settled, host)),
  };
}

function destinationOutcome({ place, moves, problem }: SettledPlace, settled: Settled, host: Host): DestinationOutcome {
  const base = { name: place.repository, kind: 'repository', tags: place.moves.map(({ tag }) => tag), moves };
  if (problem !== undefined) return { ...base, state: 'failed', problem: problemOf(problem, host) };
  if (settled.state !== 'published') return { ...base, state: 'skipped' };
  const stays = moves.every(({ state }) => state === 'unchanged' || state === 'kept-newer');
  return { ...base, state: stays ? 'unchanged' : 'written' };
}
