import type { Host } from '../../host/host.ts';
import type { DestinationOutcome } from '../../plan/outcome.ts';
import { problemOf } from '../../plan/problem-of.ts';
import type { CompareCommits } from '../../publish/move-tag.ts';
import type { PrimaryOrder } from '../../publish/order-places.ts';
import { type PublishedDestination, publishReleases } from '../../publish/publish-releases.ts';
import type { ProvedRelease } from '../../publish/target.ts';
import type { ImageStore } from '../../store/content-store.ts';
import { destinationName, openAsStranger, openDestination } from '../open/open-destination.ts';

/** How a run publishes, beside what its plan says. */
export interface PublishChoices {
  /** Tags that may go back to an older release. Default: none. */
  readonly allowDowngrade?: readonly string[];
  /** When the tags of the primary repositories move. Default: `last`. */
  readonly primary?: PrimaryOrder;
}

export interface WriteReleasesOptions extends PublishChoices {
  readonly host: Host;
  /** Holds every index and all below it. */
  readonly source: ImageStore;
  readonly runId: string;
  /** Where the record of tag moves is kept; absent: nowhere. */
  readonly runFolder?: string | undefined;
  /** Another release of the run cannot be published: no repository is written to. Default: false. */
  readonly isBlocked?: boolean;
  readonly compareCommits?: CompareCommits | undefined;
}

/** Writes releases to their destinations, all of them or none, and tells what became of each, by release. */
export async function writeReleases(
  releases: readonly ProvedRelease[],
  options: WriteReleasesOptions,
): Promise<ReadonlyMap<string, readonly DestinationOutcome[]>> {
  const { runFolder: folder, ...rest } = options;
  const published = await publishReleases(releases, {
    ...rest,
    folder,
    open: openDestination,
    openAsStranger: (destination) => openAsStranger(destination, options.host),
    nameOf: destinationName,
  });
  return new Map(
    releases.map(({ id, destinations }) => [
      id,
      destinations.flatMap((destination) =>
        published
          .filter((one) => one.release === id && one.destination === destination)
          .map((one) => outcomeOf(one, options.host)),
      ),
    ]),
  );
}

function outcomeOf({ destination, name, state, moves, problem }: PublishedDestination, host: Host): DestinationOutcome {
  return {
    name,
    kind: destination.kind,
    state,
    tags: destination.tags,
    ...(moves === undefined ? {} : { moves }),
    ...(problem === undefined ? {} : { problem: problemOf(problem, host) }),
  };
}
