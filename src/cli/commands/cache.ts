import type { Command } from 'commander';
import { formatBytes } from '../../report/format-bytes.ts';
import { formatCount } from '../../report/format-count.ts';
import { addCommonFlags, configure } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';
import { parseAge, parseSize } from '../parse-quantity.ts';

const examples = `
Examples:
  polyarch cache ls
  polyarch cache prune --keep 10GB
  polyarch cache prune --older-than 30d
  polyarch cache prune --all
`;

interface PruneFlags {
  readonly all?: boolean;
  readonly keep?: string;
  readonly olderThan?: string;
  readonly plan?: boolean;
  readonly json?: boolean;
}

/** `polyarch cache` */
export function describeCache(command: Command, context: CliContext): void {
  command.addHelpText('after', examples);
  addCommonFlags(configure(command.command('ls'), context).description('Show what the build cache holds')).action(
    (flags: { readonly json?: boolean }) => list(flags, context),
  );
  addCommonFlags(configure(command.command('prune'), context).description('Remove what is not wanted any more'))
    .option('--all', 'Remove everything that no running build uses')
    .option('--keep <size>', 'Keep this much, the most recently used, for example 10GB')
    .option('--older-than <age>', 'Remove what was not used for longer, for example 30d')
    .option('--plan', 'Show what would go, and stop')
    .action((flags: PruneFlags) => prune(flags, context));
}

async function list(flags: { readonly json?: boolean }, context: CliContext): Promise<void> {
  const { listBuildCache } = await import('../../run/cache.ts');
  const { directory, entries } = listBuildCache(context.host);
  if (flags.json === true) {
    writeResult(context, JSON.stringify({ directory, entries }, null, 2));
    return;
  }
  const kinds = sizesByKind(entries);
  for (const [kind, { count, bytes }] of kinds)
    writeResult(context, `${kind.padEnd(10)}${String(count).padStart(8)}  ${formatBytes(bytes).padStart(10)}`);
  const total = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  writeResult(context, `${formatBytes(total)} in ${formatCount(entries.length, 'file')} below ${directory}`);
}

function sizesByKind(
  entries: readonly { readonly kind: string; readonly sizeBytes: number }[],
): ReadonlyMap<string, { readonly count: number; readonly bytes: number }> {
  const kinds = new Map<string, { readonly count: number; readonly bytes: number }>();
  for (const { kind, sizeBytes } of entries) {
    const { count, bytes } = kinds.get(kind) ?? { count: 0, bytes: 0 };
    kinds.set(kind, { count: count + 1, bytes: bytes + sizeBytes });
  }
  return kinds;
}

async function prune(flags: PruneFlags, context: CliContext): Promise<void> {
  const { pruneBuildCache } = await import('../../run/cache.ts');
  const isLimited = flags.keep !== undefined || flags.olderThan !== undefined;
  const outcome = await pruneBuildCache(
    {
      all: flags.all === true || !isLimited,
      isDryRun: flags.plan === true,
      ...(flags.keep === undefined ? {} : { keepBytes: parseSize(flags.keep) }),
      ...(flags.olderThan === undefined ? {} : { olderThanMs: parseAge(flags.olderThan) }),
    },
    context.host,
  );
  if (flags.json === true) {
    writeResult(context, JSON.stringify(outcome, null, 2));
    return;
  }
  const { removed, freedBytes, keptBytes } = outcome;
  writeResult(
    context,
    `${formatBytes(freedBytes)} ${flags.plan === true ? 'would be ' : ''}freed in ${formatCount(removed.length, 'file')}, ${formatBytes(keptBytes)} kept`,
  );
}
