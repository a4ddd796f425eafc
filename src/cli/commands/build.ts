import type { Command } from 'commander';
import type { CellFlags } from '../build-cell.ts';
import { addBuildFlags, type BuildFlags, planRequestOf } from '../build-flags.ts';
import type { CliContext } from '../context.ts';
import { addPublishFlags, type PublishFlags, publishChoicesOf } from '../publish-flags.ts';
import { addReuseFlags, type ReuseFlags, reuseRequestOf } from '../reuse-flags.ts';
import { showOutcome } from '../show-outcome.ts';
import { startProgress } from '../start-progress.ts';

const examples = `
Examples:
  polyarch build .                                        # amd64 and arm64 into .polyarch/
  polyarch build . --platform linux/arm/v7,linux/riscv64  # these two
  polyarch build . -t ghcr.io/acme/app:1.2 --push         # into a registry
  polyarch build . -o oci-archive:app.tar                 # one file to carry away
  polyarch build . --load --platform linux/$(uname -m)    # into the local Docker
  polyarch build . --plan --json                          # what it would do
  polyarch build . --resume                               # what is missing or changed, and nothing else
  polyarch build --from plan.json --cell app/linux/arm64 --parts parts/  # one job of a pipeline
`;

type BuildCommandFlags = BuildFlags & PublishFlags & ReuseFlags & CellFlags;

/** `polyarch build` */
export function describeBuild(command: Command, context: CliContext): void {
  addReuseFlags(addPublishFlags(addBuildFlags(command)))
    .option('--from <file>', 'Build one cell of a plan that `polyarch plan --out` wrote; with --cell and --parts')
    .option('--cell <id>', 'The cell that is built, and no other')
    .option('--parts <folder>', 'Where the record of its part is written')
    .option('--plan', 'Show what would be done, and stop')
    .option('-q, --quiet', 'Write nothing but the digest of each result')
    .option('--metadata-file <file>', 'Write the result as JSON to a file as well')
    .addHelpText('after', examples)
    .action((folder: string, flags: BuildCommandFlags) => act(folder, flags, context));
}

async function act(folder: string, flags: BuildCommandFlags, context: CliContext): Promise<void> {
  if (flags.from !== undefined || flags.cell !== undefined || flags.parts !== undefined) {
    const { buildCell } = await import('../build-cell.ts');
    return buildCell(folder, flags, context);
  }
  if (flags.plan === true) {
    const { showPlan } = await import('./plan.ts');
    return showPlan(folder, flags, context);
  }
  const { build } = await import('../../run/build.ts');
  const progress = startProgress(context, {
    mode: flags.quiet === true || flags.json === true ? 'quiet' : flags.progress,
  });
  try {
    const { folder: asked, reuse } = reuseRequestOf(folder, flags);
    const request = { ...planRequestOf(asked, flags), publishing: publishChoicesOf(flags), reuse };
    const run = await build(request, context.host);
    progress.stop();
    await showOutcome(run, flags, context);
  } finally {
    progress.stop();
  }
}
