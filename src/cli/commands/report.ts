import { type Command, Option } from 'commander';
import { allFormats, type FormatOptions } from '../../report/all-formats.ts';
import type { PullRequestTold, Told } from '../../run/tell-pull-request.ts';
import { addCommonFlags } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';
import { startProgress } from '../start-progress.ts';

const examples = `
Examples:
  polyarch report                                    # the newest run of this folder
  polyarch report 20261121T130000Z-1a2b3c --format markdown
  polyarch report --from plan.json parts/            # what the jobs of a pipeline have built
  polyarch report --format record --out build.json   # one record of every image and platform
  polyarch report --format subjects                  # digests and names, as lines of sha256sum, to attest
  polyarch report --comment --description            # keep the pull request up to date

In GitHub Actions the report is added to the summary of the job as well. The token is GITHUB_TOKEN, or on GitLab
GITLAB_TOKEN; without one, or without the right to write, a note says so and nothing fails.
`;

interface ReportFlags {
  readonly from?: string;
  readonly format: string;
  readonly out?: string;
  readonly comment?: boolean;
  readonly description?: boolean;
  readonly json?: boolean;
}

/** `polyarch report` */
export function describeReport(command: Command, context: CliContext): void {
  addCommonFlags(command)
    .argument('[run...]', 'The id or folder of a run (default: the newest), or with --from the records of its parts')
    .option('--from <file>', 'The plan that the parts belong to, as `polyarch plan --out` wrote it')
    .addOption(
      new Option('--format <name>', 'How it is written')
        .choices(allFormats.map(({ name }) => name))
        .default('terminal'),
    )
    .option('--out <file>', 'Write it to a file instead')
    .option('--comment', 'Keep one comment of the pull request up to date')
    .option('--description', 'Keep a section of its description up to date')
    .addHelpText('after', examples)
    .action((runs: readonly string[], flags: ReportFlags) => act(runs, flags, context));
}

async function act(runs: readonly string[], flags: ReportFlags, context: CliContext): Promise<void> {
  const [{ readReport }, { appendStepSummary }, { tellPullRequest }] = await Promise.all([
    import('../../run/report.ts'),
    import('../../run/append-step-summary.ts'),
    import('../../run/tell-pull-request.ts'),
  ]);
  const progress = startProgress(context, { mode: 'plain' });
  try {
    const summary = await readReport(
      { paths: runs, ...(flags.from === undefined ? {} : { from: flags.from }) },
      context.host,
    );
    const name = flags.json === true ? 'json' : flags.format;
    const format = allFormats.find((one) => one.name === name);
    const text = format?.render(summary, shapeOf(context, flags)) ?? '';
    if (flags.out === undefined) writeResult(context, text.trimEnd());
    // No file tells the step that attests subjects that there are none.
    else if (text !== '')
      await (await import('../write-metadata.ts')).writeMetadata(flags.out, `${text.trimEnd()}\n`, context.host);
    // Subjects are for the step that attests them; what was published is told already.
    if (name !== 'subjects') await appendStepSummary(summary, context.host);
    const request = { comment: flags.comment === true, description: flags.description === true };
    showTold(await tellPullRequest(summary, request, context.host), context);
  } finally {
    progress.stop();
  }
}

/** A file has no colours. */
function shapeOf({ stdout }: CliContext, { out }: ReportFlags): FormatOptions {
  return { hasColors: out === undefined && stdout.hasColors, columns: stdout.columns() };
}

/** What was skipped is told in a note already. */
function showTold(told: PullRequestTold, context: CliContext): void {
  const entries: readonly (readonly [string, Told | undefined])[] = [
    ['comment', told.comment],
    ['description', told.description],
  ];
  for (const [name, one] of entries) {
    if (one === undefined || one.state === 'skipped') continue;
    if (one.state !== 'failed') {
      context.stderr.write(`pull request: ${name} ${one.state}\n`);
      continue;
    }
    const { message, hint, code, exitCode } = one.problem;
    context.stderr.write(`${context.host.redactor.redact(`error: ${message}\nhint: ${hint}\ncode: ${code}`)}\n`);
    context.setExitCode(exitCode);
  }
}
