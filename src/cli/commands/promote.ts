import type { Command } from 'commander';
import { Fault } from '../../errors/fault.ts';
import { describeMove, isSettled } from '../../report/describe-move.ts';
import { choosePalette } from '../../report/palette.ts';
import type { ProgressChoice } from '../../report/progress-view.ts';
import { renderProblem } from '../../report/render-problem.ts';
import type { Promotion } from '../../run/promote.ts';
import { collectList } from '../build-flags.ts';
import { addCommonFlags, addProgressFlag } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';
import { startProgress } from '../start-progress.ts';

const examples = `
Examples:
  polyarch promote ghcr.io/acme/app:1.2.3 --tag stable
  polyarch promote ghcr.io/acme/app@sha256:… --tag stable --tag ghcr.io/acme/app-prod:current
  polyarch promote ghcr.io/acme/app:1.2.3 --tag stable --plan

What a tag pointed at before is recorded in the repository; \`polyarch rollback ghcr.io/acme/app:stable\` goes back to it.
`;

interface PromoteFlags {
  readonly tag: readonly string[];
  readonly plan?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly progress: ProgressChoice;
}

/** `polyarch promote` */
export function describePromote(command: Command, context: CliContext): void {
  addProgressFlag(addCommonFlags(command))
    .argument('<image>', 'What is promoted: a reference or oci:DIR:REF')
    .option('-t, --tag <tag>', 'A tag beside it, or a whole reference of another repository', collectList, [])
    .option('--plan', 'Show which tags would move, and stop')
    .option('--dry-run', 'The same as --plan')
    .addHelpText('after', examples)
    .action((image: string, flags: PromoteFlags) => act(image, flags, context));
}

async function act(source: string, flags: PromoteFlags, context: CliContext): Promise<void> {
  if (flags.tag.length === 0)
    throw new Fault('USAGE', `Cannot promote "${source}": no tag is named`, { hint: 'Name one with --tag stable' });
  const { promote } = await import('../../run/promote.ts');
  const progress = startProgress(context, { mode: flags.json === true ? 'quiet' : flags.progress });
  try {
    const isDryRun = flags.plan === true || flags.dryRun === true;
    const promotion = await promote({ source, tags: flags.tag, isDryRun }, context.host);
    progress.stop();
    if (flags.json === true) writeResult(context, JSON.stringify(promotion, null, 2));
    else show(promotion, context);
    if (promotion.problem !== undefined) context.setExitCode(promotion.problem.exitCode);
  } finally {
    progress.stop();
  }
}

function show({ source, root, moves, problem, isDryRun }: Promotion, context: CliContext): void {
  const palette = choosePalette(context.stdout.hasColors);
  writeResult(context, `${source} ${root.digest}${isDryRun ? ' (nothing was written)' : ''}`);
  for (const move of moves) {
    const paint = isSettled(move) ? palette.good : palette.warning;
    writeResult(context, `  ${move.repository}:${move.tag} ${paint(describeMove(move))}`);
  }
  if (problem === undefined) return;
  const lines = renderProblem(problem, choosePalette(context.stderr.hasColors));
  context.stderr.write(`${context.host.redactor.redact(lines.join('\n'))}\n`);
}
