import type { Cell } from '../plan/cell.ts';
import type { Attempt, CellOutcome, DestinationOutcome, Outcome, ReleaseOutcome } from '../plan/outcome.ts';
import type { Part } from '../plan/part.ts';
import type { Plan } from '../plan/plan.ts';
import type { Finding } from '../verify/finding.ts';
import { formatCount } from './format-count.ts';
import { formatDuration } from './format-duration.ts';
import { settledTags } from './settled-tags.ts';
import type { Summary, SummaryCell, SummaryChecks, SummaryRelease, SummaryTotals } from './summary.ts';

export interface SummarizeOptions {
  /** The last lines of the logs of failed cells, by cell. Default: none. */
  readonly logTails?: ReadonlyMap<string, readonly string[]>;
}

/** What a run came to, from its plan and its outcome. */
export function summarize(plan: Plan, outcome: Outcome, { logTails }: SummarizeOptions = {}): Summary {
  const outcomes = new Map(outcome.cells.map((cell) => [cell.cell, cell]));
  const cells = plan.cells.map((cell) => {
    const summarized = summarizeCell(cell, outcomes.get(cell.id), releaseOf(cell, plan, outcome));
    const logTail = summarized.state === 'failed' ? logTails?.get(cell.id) : undefined;
    return logTail === undefined ? summarized : { ...summarized, logTail };
  });
  const releases = outcome.releases.map((release) => summarizeRelease(release, plan));
  const totals = totalsOf(cells, releases, outcome.cells);
  return {
    version: 1,
    kind: 'polyarch/summary',
    title: titleOf(outcome, totals),
    state: outcome.state,
    runId: outcome.runId,
    startedAt: outcome.startedAt,
    durationMs: outcome.durationMs,
    engine: plan.engine.name,
    ...(plan.event.provider === 'none' ? {} : { event: plan.event }),
    cells,
    releases,
    notes: outcome.notes,
    totals,
  };
}

function titleOf({ state, durationMs }: Outcome, totals: SummaryTotals): string {
  const time = formatDuration(durationMs);
  const built = `${totals.built} of ${formatCount(totals.cells, 'platform')} built`;
  if (state === 'succeeded') return `${built} in ${time}`;
  const errors = totals.errors === 0 ? '' : `, ${formatCount(totals.errors, 'error')} found`;
  return `Not released: ${built}${errors}, after ${time}`;
}

function releaseOf(cell: Cell, plan: Plan, outcome: Outcome): ReleaseOutcome | undefined {
  const planned = plan.releases.find(({ cells }) => cells.includes(cell.id));
  return outcome.releases.find(({ id }) => id === planned?.id);
}

function summarizeCell(cell: Cell, outcome: CellOutcome | undefined, release: ReleaseOutcome | undefined): SummaryCell {
  const base = {
    id: cell.id,
    release: cell.variant === '' ? cell.image : `${cell.image}/${cell.variant}`,
    platform: cell.platform,
    ...(cell.base === undefined ? {} : { base: cell.base }),
    builder: cell.builder,
    route: cell.route.kind,
    routeReason: cell.route.reason,
    optional: cell.optional,
  };
  switch (outcome?.state) {
    case 'built':
      return {
        ...base,
        ...summarizePart(outcome.part),
        ...checksOf(cell, release),
        ...attemptsOf(outcome.attempts),
        builder: outcome.part.engine,
      };
    case 'reused':
    case 'carried': {
      const { state, part, reason } = outcome;
      const problem = outcome.state === 'carried' ? { problem: outcome.problem } : {};
      return { ...base, ...summarizePart(part), ...checksOf(cell, release), state, reason, ...problem };
    }
    case 'failed': {
      const { problem, command } = outcome;
      const tried = command === undefined ? {} : { command };
      return { ...base, state: 'failed', problem, ...attemptsOf(outcome.attempts), ...tried };
    }
    default:
      return { ...base, state: 'skipped', reason: outcome?.reason ?? 'The run ended before it' };
  }
}

function summarizePart({ manifest, sizeBytes, durationMs, steps }: Part) {
  const isCached = steps.total > 0 && steps.cached === steps.total;
  return { state: isCached ? 'cached' : 'built', digest: manifest.digest, sizeBytes, durationMs, steps } as const;
}

function attemptsOf(attempts: readonly Attempt[] | undefined): Pick<SummaryCell, 'attempts'> {
  if (attempts === undefined || attempts.length === 0) return {};
  return {
    attempts: attempts.map(({ builder, route, durationMs, problem: { code, message } }) => ({
      builder,
      route,
      durationMs,
      code,
      message,
    })),
  };
}

function checksOf(cell: Cell, release: ReleaseOutcome | undefined): { readonly checks?: SummaryChecks } {
  if (release === undefined || release.checks.length === 0) return {};
  const own = release.findings.filter(({ platform }) => platform === cell.platform);
  return {
    checks: {
      ruleCount: release.checks.length,
      errorCount: countOf(own, 'error'),
      warningCount: countOf(own, 'warning'),
    },
  };
}

function summarizeRelease({ index, ...release }: ReleaseOutcome, plan: Plan): SummaryRelease {
  const { id, platforms, missing, checks, findings, destinations } = release;
  const planned = plan.releases.find((one) => one.id === id);
  const cells = plan.cells.filter((cell) => planned?.cells.includes(cell.id) === true);
  const bases = [...new Set(cells.flatMap(({ base }) => base ?? []))];
  const pull = index === undefined ? [] : destinations.flatMap((destination) => pullCommand(destination, index.digest));
  return {
    id,
    ...(planned === undefined ? {} : { variant: planned.variant }),
    ...(bases.length === 0 ? {} : { bases }),
    ...(pull.length === 0 ? {} : { pull }),
    ...(index === undefined ? {} : { digest: index.digest }),
    platforms,
    missing,
    checks,
    findings,
    destinations,
  };
}

/** By the first tag that points at the release now; by digest where none does. */
function pullCommand({ kind, name, state, tags, moves }: DestinationOutcome, digest: string): readonly string[] {
  if (kind !== 'repository' || state === 'failed' || state === 'skipped') return [];
  const [tag] = settledTags({ tags, ...(moves === undefined ? {} : { moves }) });
  return [`docker pull ${name}${tag === undefined ? `@${digest}` : `:${tag}`}`];
}

function totalsOf(
  cells: readonly SummaryCell[],
  releases: readonly SummaryRelease[],
  outcomes: readonly CellOutcome[],
): SummaryTotals {
  const findings = releases.flatMap((release) => release.findings);
  const contents = outcomes
    .flatMap((outcome) => ('part' in outcome ? [outcome.part] : []))
    .flatMap(({ config, layers }) => [config, ...layers.map(({ descriptor }) => descriptor)]);
  const unique = new Map(contents.map(({ digest, size }) => [digest, size]));
  return {
    cells: cells.length,
    built: cells.filter(({ state }) => state !== 'failed' && state !== 'skipped').length,
    failed: cells.filter(({ state }) => state === 'failed').length,
    skipped: cells.filter(({ state }) => state === 'skipped').length,
    sizeBytes: sumOf(cells.map(({ sizeBytes }) => sizeBytes ?? 0)),
    uniqueBytes: sumOf([...unique.values()]),
    steps: {
      total: sumOf(cells.map(({ steps }) => steps?.total ?? 0)),
      cached: sumOf(cells.map(({ steps }) => steps?.cached ?? 0)),
    },
    errors: countOf(findings, 'error'),
    warnings: countOf(findings, 'warning'),
  };
}

function countOf(findings: readonly Finding[], level: Finding['level']): number {
  return findings.filter((finding) => finding.level === level).length;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
