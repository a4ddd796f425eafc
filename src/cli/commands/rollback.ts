import type { Command } from 'commander';
import { Fault } from '../../errors/fault.ts';
import { describeMove } from '../../report/describe-move.ts';
import { formatCount } from '../../report/format-count.ts';
import type { Rollback } from '../../run/rollback.ts';
import { addCommonFlags } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';

const examples = `
Examples:
  polyarch rollback ghcr.io/acme/app:stable            # to what it pointed at before
  polyarch rollback ghcr.io/acme/app:stable --steps 2
  polyarch rollback ghcr.io/acme/app:stable --to 1.2.3
  polyarch rollback ghcr.io/acme/app:stable --plan     # and what else it could go back to

The record is in the repository itself, so that any machine can do it.
`;

interface RollbackFlags {
  readonly steps?: string;
  readonly to?: string;
  readonly plan?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `polyarch rollback` */
export function describeRollback(command: Command, context: CliContext): void {
  addCommonFlags(command)
    .argument('<tag>', 'The tag with its place, for example ghcr.io/acme/app:stable')
    .option('--steps <count>', 'How many steps back (default: 1)')
    .option('--to <digest>', 'This digest or tag of the same repository instead')
    .option('--plan', 'Show where the tag would go, and stop')
    .option('--dry-run', 'The same as --plan')
    .addHelpText('after', examples)
    .action((reference: string, flags: RollbackFlags) => act(reference, flags, context));
}

async function act(reference: string, flags: RollbackFlags, context: CliContext): Promise<void> {
  const { rollback } = await import('../../run/rollback.ts');
  const steps = flags.steps === undefined ? 1 : Number(flags.steps);
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new Fault('USAGE', `Cannot read --steps "${flags.steps ?? ''}": expected a whole number from 1 on`);
  const isDryRun = flags.plan === true || flags.dryRun === true;
  const to = flags.to === undefined ? {} : { to: flags.to };
  const result = await rollback({ reference, steps, ...to, isDryRun }, context.host);
  if (flags.json === true) writeResult(context, JSON.stringify(result, null, 2));
  else show(result, context);
}

function show({ move, former, isDryRun }: Rollback, context: CliContext): void {
  const done = isDryRun ? ' (nothing was written)' : '';
  writeResult(context, `${move.repository}:${move.tag} ${move.to ?? ''}${done}\n  ${describeMove(move)}`);
  if (!isDryRun || former.length === 0) return;
  writeResult(context, `  ${formatCount(former.length, 'step')} recorded:`);
  for (const [place, digest] of former.entries()) writeResult(context, `    ${place + 1}  ${digest}`);
}
