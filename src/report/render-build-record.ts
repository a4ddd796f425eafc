import { settledTags } from './settled-tags.ts';
import type { Summary, SummaryCell, SummaryRelease } from './summary.ts';

/**
 * The consolidated record of a build, to be kept beside the release or handed to whoever deploys it: every image with its
 * tags and digests, every platform with what it took. Plain JSON; keys always in the same order.
 */
export function renderBuildRecord(summary: Summary): string {
  const { event, state, runId, startedAt, durationMs, totals } = summary;
  const record = {
    version: 1,
    kind: 'polyarch/build-record',
    state,
    runId,
    startedAt,
    durationMs,
    commit: event?.sha,
    ref: event?.ref,
    runUrl: event?.runUrl,
    images: summary.releases.map((release) => imageOf(release, summary.cells)),
    cache: { steps: totals.steps.total, cached: totals.steps.cached },
    sizeBytes: totals.sizeBytes,
    uniqueBytes: totals.uniqueBytes,
  };
  return JSON.stringify(record, null, 2);
}

function imageOf(release: SummaryRelease, cells: readonly SummaryCell[]) {
  const { id, variant, digest, bases, missing, destinations } = release;
  return {
    image: id,
    variant: variant === '' ? undefined : variant,
    digest,
    bases,
    repositories: destinations
      .filter(({ kind, state }) => kind === 'repository' && (state === 'written' || state === 'unchanged'))
      .map((destination) => ({ repository: destination.name, tags: settledTags(destination) })),
    missing,
    platforms: cells.filter((cell) => cell.release === id).map(platformOf),
  };
}

function platformOf({
  platform,
  state,
  route,
  builder,
  base,
  digest,
  sizeBytes,
  durationMs,
  steps,
  problem,
}: SummaryCell) {
  return {
    platform,
    state,
    route,
    builder,
    base,
    digest,
    sizeBytes,
    durationMs,
    cachedSteps: steps?.cached,
    steps: steps?.total,
    problem: problem?.code,
  };
}
