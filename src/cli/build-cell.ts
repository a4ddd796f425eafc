import { exitCodes } from '../errors/code.ts';
import { Fault } from '../errors/fault.ts';
import type { CellRecord } from '../plan/cell-record.ts';
import { formatBytes } from '../report/format-bytes.ts';
import { choosePalette } from '../report/palette.ts';
import { renderProblem } from '../report/render-problem.ts';
import type { OneCellRun } from '../run/build-one-cell.ts';
import { type BuildFlags, planRequestOf } from './build-flags.ts';
import { type CliContext, writeResult } from './context.ts';
import { type ReuseFlags, reuseRequestOf } from './reuse-flags.ts';
import { startProgress } from './start-progress.ts';

/** The flags that make `polyarch build` one job of a pipeline. */
export interface CellFlags {
  readonly from?: string;
  readonly cell?: string;
  readonly parts?: string;
}

/** Builds one cell of a plan that another job made. @throws {Fault} USAGE */
export async function buildCell(
  folder: string,
  flags: BuildFlags & CellFlags & ReuseFlags,
  context: CliContext,
): Promise<void> {
  const { from, cell, parts } = flags;
  if (from === undefined || cell === undefined || parts === undefined)
    throw new Fault(
      'USAGE',
      'Cannot run `polyarch build`: --from, --cell and --parts are given together or not at all',
      {
        hint: 'See `polyarch help build`',
      },
    );
  const { buildOneCell } = await import('../run/build-one-cell.ts');
  const isQuiet = flags.quiet === true || flags.json === true;
  const progress = startProgress(context, { mode: isQuiet ? 'quiet' : flags.progress });
  try {
    const asked = reuseRequestOf(folder, flags);
    const request = { ...planRequestOf(asked.folder, flags), from, cell, parts, reuse: asked.reuse };
    const run = await buildOneCell(request, context.host);
    progress.stop();
    if (flags.json === true) writeResult(context, JSON.stringify(run.record, null, 2));
    else if (flags.quiet === true) writeResult(context, digestOf(run.record));
    else show(run, context);
    context.setExitCode(exitCodeOf(run));
  } finally {
    progress.stop();
  }
}

function show({ cell, record, file }: OneCellRun, context: CliContext): void {
  const { outcome } = record;
  if ('part' in outcome) {
    const { manifest, sizeBytes, location } = outcome.part;
    const where = location === undefined ? '' : `, in ${location}`;
    const why = 'reason' in outcome ? `\n${outcome.reason}` : '';
    const head = `${cell.id}  ${outcome.state}  ${manifest.digest}  ${formatBytes(sizeBytes)}${where}`;
    writeResult(context, `${head}${why}\n${file}`);
    return;
  }
  const palette = choosePalette(context.stderr.hasColors);
  const lines = outcome.state === 'failed' ? renderProblem(outcome.problem, palette) : [outcome.reason];
  const command = outcome.state === 'failed' && outcome.command !== undefined ? [`by hand: ${outcome.command}`] : [];
  const weight = cell.optional
    ? `${palette.name('warning')}: ${cell.id} is optional, and the release goes on without it`
    : `${cell.id} is required: nothing is published`;
  context.stderr.write(`${context.host.redactor.redact([...lines, ...command, weight].join('\n'))}\n`);
}

/** The failure of an optional cell is told, and ends no pipeline. */
function exitCodeOf({ cell, record: { outcome } }: OneCellRun): number {
  if ('part' in outcome || cell.optional) return 0;
  return outcome.state === 'failed' ? outcome.problem.exitCode : exitCodes.failed;
}

function digestOf({ outcome }: CellRecord): string {
  return 'part' in outcome ? outcome.part.manifest.digest : '';
}
