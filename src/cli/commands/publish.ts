import type { Command } from 'commander';
import type { ProgressChoice } from '../../report/progress-view.ts';
import type { PlannedPublication, PublishRequest } from '../../run/publish.ts';
import { collect } from '../build-flags.ts';
import { addCommonFlags, addProgressFlag } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';
import { addPublishFlags, type PublishFlags, publishChoicesOf } from '../publish-flags.ts';
import { showOutcome } from '../show-outcome.ts';
import { startProgress } from '../start-progress.ts';

const examples = `
Examples:
  polyarch publish                                  # the newest run of this folder
  polyarch publish -t ghcr.io/acme/app:1.2          # the same under this name
  polyarch publish --from plan.json parts/          # what the jobs of a pipeline have built
  polyarch publish --plan                           # which tags would move, from where to where
  polyarch publish --resume                         # bring broken-off tag moves to their end
`;

interface Flags extends PublishFlags {
  readonly from?: string;
  readonly tag: readonly string[];
  readonly resume?: boolean;
  readonly plan?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly metadataFile?: string;
  readonly progress: ProgressChoice;
}

/** `polyarch publish` */
export function describePublish(command: Command, context: CliContext): void {
  addPublishFlags(addProgressFlag(addCommonFlags(command)))
    .argument('[run...]', 'The id or folder of a run (default: the newest), or with --from the records of its parts')
    .option('--from <file>', 'The plan that the parts belong to, as `polyarch plan --out` wrote it')
    .option('-t, --tag <reference>', 'Publish under this name instead of those that were planned', collect, [])
    .option('--resume', 'Go on with the newest run whose tags were about to move')
    .option('--plan', 'Show which tags would move, and stop')
    .option('--dry-run', 'The same as --plan')
    .option('--metadata-file <file>', 'Write the result as JSON to a file as well')
    .addHelpText('after', examples)
    .action((places: readonly string[], flags: Flags) => act(places, flags, context));
}

async function act(places: readonly string[], flags: Flags, context: CliContext): Promise<void> {
  const { publish, planPublication } = await import('../../run/publish.ts');
  const request: PublishRequest = {
    places,
    ...(flags.from === undefined ? {} : { planFile: flags.from }),
    resume: flags.resume === true,
    references: flags.tag,
    ...publishChoicesOf(flags),
  };
  const progress = startProgress(context, { mode: flags.json === true ? 'quiet' : flags.progress });
  try {
    if (flags.plan === true || flags.dryRun === true) {
      const planned = await planPublication(request, context.host);
      progress.stop();
      showPlan(planned, flags, context);
      return;
    }
    const run = await publish(request, context.host);
    progress.stop();
    await showOutcome(run, flags, context);
  } finally {
    progress.stop();
  }
}

function showPlan(planned: readonly PlannedPublication[], { json }: Flags, context: CliContext): void {
  if (json === true) {
    const value = { version: 1, kind: 'polyarch/publication-plan', releases: planned };
    writeResult(context, JSON.stringify(value, null, 2));
    return;
  }
  for (const release of planned) writeResult(context, describePlanned(release));
}

function describePlanned({ id, digest, missing, moves }: PlannedPublication): string {
  if (digest === undefined) {
    const why = missing.length === 0 ? 'a proof found an error' : `${missing.join(', ')} is missing`;
    return `${id}  cannot be published: ${why}`;
  }
  const lines = moves.map(({ repository, tag, state, from, reason }) => {
    const before = state === 'moved' && from !== undefined ? ` from ${from}` : '';
    return `  ${repository}:${tag}  ${state}${before}${reason === undefined ? '' : ` (${reason})`}`;
  });
  return [`${id}  ${digest}`, ...lines].join('\n');
}
