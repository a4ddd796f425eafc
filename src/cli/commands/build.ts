import type { Command } from 'commander';
import { exitCodes } from '../../errors/code.ts';
import type { Outcome } from '../../plan/outcome.ts';
import type { Summary } from '../../report/summary.ts';
import { addBuildFlags, type BuildFlags, planRequestOf } from '../build-flags.ts';
import { type CliContext, writeResult } from '../context.ts';
import { startProgress } from '../start-progress.ts';

const examples = `
Examples:
  polyarch build .                                        # amd64 and arm64 into .polyarch/
  polyarch build . --platform linux/arm/v7,linux/riscv64  # these two
  polyarch build . -t ghcr.io/acme/app:1.2 --push         # into a registry
  polyarch build . -o oci-archive:app.tar                 # one file to carry away
  polyarch build . --load --platform linux/$(uname -m)    # into the local Docker
  polyarch build . --plan --json                          # what it would do
`;

/** `polyarch build` */
export function describeBuild(command: Command, context: CliContext): void {
  addBuildFlags(command)
    .option('--plan', 'Show what would be done, and stop')
    .option('-q, --quiet', 'Write nothing but the digest of each result')
    .option('--metadata-file <file>', 'Write the result as JSON to a file as well')
    .addHelpText('after', examples)
    .action((folder: string, flags: BuildFlags) => act(folder, flags, context));
}

async function act(folder: string, flags: BuildFlags, context: CliContext): Promise<void> {
  if (flags.plan === true) {
    const { showPlan } = await import('./plan.ts');
    return showPlan(folder, flags, context);
  }
  const { build } = await import('../../run/build.ts');
  const progress = startProgress(context, {
    mode: flags.quiet === true || flags.json === true ? 'quiet' : flags.progress,
  });
  try {
    const { plan, outcome } = await build(planRequestOf(folder, flags), context.host);
    progress.stop();
    const { summarize } = await import('../../report/summarize.ts');
    const summary = summarize(plan, outcome);
    const { renderJson } = await import('../../report/render-json.ts');
    const { writeMetadata } = await import('../write-metadata.ts');
    if (flags.metadataFile !== undefined) await writeMetadata(flags.metadataFile, renderJson(summary), context.host);
    if (flags.json === true) writeResult(context, renderJson(summary).trimEnd());
    else if (flags.quiet === true && outcome.state === 'succeeded')
      writeResult(context, outcome.releases.flatMap(({ index }) => index?.digest ?? []).join('\n'));
    else await writeSummary(context, summary);
    context.setExitCode(exitCodeOf(outcome));
  } finally {
    progress.stop();
  }
}

/** Where the build failed the summary is an error message. */
async function writeSummary(context: CliContext, summary: Summary): Promise<void> {
  const [{ renderTerminal }, { choosePalette }] = await Promise.all([
    import('../../report/render-terminal.ts'),
    import('../../report/palette.ts'),
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
