import type { Facts } from './facts.ts';
import type { OrderEvidence } from './order-evidence.ts';
import type { Destination } from './plan.ts';
import type { ReleaseTags } from './release-tags.ts';
import { parseSemanticVersion } from './semantic-version.ts';

/**
 * What tells a release from an older or newer one: the version of the rules or of `-t`, the commit and its date. The run
 * only counts where there is no version: one version of one commit is one release, however often it is made, and its
 * index must have one digest.
 */
export function orderOf(
  { event }: Facts,
  destinations: readonly Destination[],
  ruled: ReleaseTags | undefined,
): OrderEvidence {
  const version = ruled === undefined ? namedVersion(destinations) : ruled.version;
  return {
    ...(version === undefined ? {} : { version }),
    ...(event.sha === '' ? {} : { commit: event.sha }),
    ...(event.commitDate === undefined ? {} : { commitDate: event.commitDate }),
    ...(event.runNumber === undefined || version !== undefined ? {} : { runNumber: event.runNumber }),
  };
}

/** A version that the user typed; what stands behind a dash may be a variant, so only plain versions count. */
function namedVersion(destinations: readonly Destination[]): string | undefined {
  const tags = destinations.flatMap((destination) => (destination.kind === 'repository' ? destination.tags : []));
  return tags
    .filter((tag) => /^v?\d+\.\d+\.\d+$/.test(tag))
    .map((tag) => parseSemanticVersion(tag)?.text)
    .find((version) => version !== undefined);
}
