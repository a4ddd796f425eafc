import { exitCodes } from '../errors/code.ts';
import type { Outcome } from '../plan/outcome.ts';
import type { Plan } from '../plan/plan.ts';
import type { Summary } from '../report/summary.ts';
import { annotate } from './annotate.ts';
import { type CliContext, writeResult } from './context.ts';

export interface OutcomeFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly metadataFile?: string;
}

/** Writes what a run came to as the flags ask and where GitHub Actions shows it, and sets the exit code that tells it. */
export async function showOutcome(
  { plan, outcome }: { readonly plan: Plan; readonly outcome: Outcome },
  flags: OutcomeFlags,
  context: CliContext,
): Promise<void> {
  const [{ summarize }, { renderJson }, { appendStepSummary }] = await Promise.all([
    import('../report/summarize.ts'),
    import('../report/render-json.ts'),
    import('../run/append-step-summary.ts'),
  ]);
  const summary = summarize(plan, outcome);
  const { writeMetadata } = await import('./write-metadata.ts');
  if (flags.metadataFile !== undefined) await writeMetadata(flags.metadataFile, renderJson(summary), context.host);
  if (flags.json === true) writeResult(context, renderJson(summary).trimEnd());
  else if (flags.quiet === true && outcome.state === 'succeeded')
    writeResult(context, outcome.releases.flatMap(({ index }) => index?.digest ?? []).join('\n'));
  else await writeSummary(context, summary);
  await appendStepSummary(summary, context.host);
  annotate(
    outcome.cells.flatMap((cell) => (cell.state === 'failed' ? [cell.problem] : [])),
    context,
  );
  context.setExitCode(exitCodeOf(outcome));
}

/** Where the run failed the summary is an error message. */
async function writeSummary(context: CliContext, summary: Summary): Promise<void> {
  const [{ renderTerminal }, { choosePalette }] = await Promise.all([
    import('../report/render-terminal.ts'),
    import('../report/palette.ts'),
  ]);
  const terminal = summary.state === 'succeeded' ? context.stdout : context.stderr;
  const text = renderTerminal(summary, { palette: choosePalette(terminal.hasColors), columns: terminal.columns() });
  terminal.write(`${context.host.redactor.redact(text.trimEnd())}\n`);
}

/** A finding weighs more than a failure: the image was built and is not what it says. */
function exitCodeOf({ state, releases, cells }: Outcome): number {
  if (state === 'succeeded') return 0;
  if (releases.some(({ findings }) => findings.some(({ level }) => level === 'error'))) return exitCodes.finding;
  const problems = [
    ...cells.flatMap((cell) => (cell.state === 'failed' ? [cell.problem] : [])),
    ...releases.flatMap(({ destinations }) => destinations.flatMap(({ problem }) => problem ?? [])),
  ];
  return problems.map(({ exitCode }) => exitCode)[0] ?? exitCodes.failed;
}
