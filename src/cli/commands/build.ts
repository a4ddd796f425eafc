import type { Command } from 'commander';
import { addBuildFlags, type BuildFlags, planRequestOf } from '../build-flags.ts';
import type { CliContext } from '../context.ts';
import { addPublishFlags, type PublishFlags, publishChoicesOf } from '../publish-flags.ts';
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
`;

/** `polyarch build` */
export function describeBuild(command: Command, context: CliContext): void {
  addPublishFlags(addBuildFlags(command))
    .option('--plan', 'Show what would be done, and stop')
    .option('-q, --quiet', 'Write nothing but the digest of each result')
    .option('--metadata-file <file>', 'Write the result as JSON to a file as well')
    .addHelpText('after', examples)
    .action((folder: string, flags: BuildFlags & PublishFlags) => act(folder, flags, context));
}

async function act(folder: string, flags: BuildFlags & PublishFlags, context: CliContext): Promise<void> {
  if (flags.plan === true) {
    const { showPlan } = await import('./plan.ts');
    return showPlan(folder, flags, context);
  }
  const { build } = await import('../../run/build.ts');
  const progress = startProgress(context, {
    mode: flags.quiet === true || flags.json === true ? 'quiet' : flags.progress,
  });
  try {
    const run = await build({ ...planRequestOf(folder, flags), publishing: publishChoicesOf(flags) }, context.host);
    progress.stop();
    await showOutcome(run, flags, context);
  } finally {
    progress.stop();
  }
}
