import type { Command } from 'commander';
import { Fault } from '../../errors/fault.ts';
import { formatBytes } from '../../report/format-bytes.ts';
import { formatCount } from '../../report/format-count.ts';
import { choosePalette } from '../../report/palette.ts';
import { renderProblem } from '../../report/render-problem.ts';
import type { Pruning } from '../../run/prune.ts';
import { addCommonFlags } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';
import { parseAge } from '../parse-quantity.ts';

const examples = `
Examples:
  polyarch prune ghcr.io/acme/app                              # parts that no tag reaches
  polyarch prune ghcr.io/acme/app --tags 'pr-*' --older-than 30d
  polyarch prune ghcr.io/acme/app --keep 20 --older-than 90d --delete
  polyarch prune oci:.polyarch/app --delete                    # a layout on disk

Nothing goes without --delete. What any tag that stays can reach stays: platforms that several indexes share,
attestations, signatures, and what a channel may be rolled back to. \`latest\` and channels go only where --tags names them.
`;

interface PruneFlags {
  readonly keep?: string;
  readonly olderThan?: string;
  readonly tags?: string;
  readonly delete?: boolean;
  readonly json?: boolean;
}

/** `polyarch prune` */
export function describePrune(command: Command, context: CliContext): void {
  addCommonFlags(command)
    .argument('<repository>', 'A repository, or a layout as oci:DIR')
    .option('--keep <count>', 'Keep the newest images of the tags that match, so many')
    .option('--older-than <age>', 'Give up only tags of images that are older, for example 30d')
    .option('--tags <pattern>', 'Only tags like this, with * and ?')
    .option('--delete', 'Remove what is found (default: show it)')
    .addHelpText('after', examples)
    .action((repository: string, flags: PruneFlags) => act(repository, flags, context));
}

async function act(repository: string, flags: PruneFlags, context: CliContext): Promise<void> {
  const { prune } = await import('../../run/prune.ts');
  const pruning = await prune(
    {
      repository,
      deletes: flags.delete === true,
      ...(flags.tags === undefined ? {} : { pattern: flags.tags }),
      ...(flags.keep === undefined ? {} : { keepCount: parseCount(flags.keep) }),
      ...(flags.olderThan === undefined ? {} : { olderThanMs: parseAge(flags.olderThan) }),
    },
    context.host,
  );
  if (flags.json === true) writeResult(context, JSON.stringify(pruning, null, 2));
  else show(pruning, context);
  const [problem] = pruning.problems;
  if (problem !== undefined) context.setExitCode(problem.exitCode);
}

function show({ tags, documents, keptTags, freedBytes, problems, deletes }: Pruning, context: CliContext): void {
  const palette = choosePalette(context.stdout.hasColors);
  for (const { tag, digest, made, state } of tags) {
    const when = made === undefined ? '' : `  ${made.slice(0, 10)}`;
    writeResult(context, `${palette.warning(wordOf(state))}  tag ${tag}${palette.quiet(`${when}  ${digest}`)}`);
  }
  for (const { digest, kind, state } of documents)
    writeResult(context, `${palette.warning(wordOf(state))}  ${kind} ${palette.quiet(digest)}`);
  const gone = deletes ? tags.filter(({ state }) => state === 'removed') : tags;
  const dead = deletes ? documents.filter(({ state }) => state === 'removed') : documents;
  const freed = freedBytes === undefined ? '' : `, ${formatBytes(freedBytes)}`;
  const verb = deletes ? 'removed' : 'would go';
  writeResult(
    context,
    `${formatCount(gone.length, 'tag')} and ${formatCount(dead.length, 'manifest')} ${verb}${freed}; ${formatCount(keptTags, 'tag')} kept`,
  );
  for (const problem of problems) {
    const lines = renderProblem(problem, choosePalette(context.stderr.hasColors));
    context.stderr.write(`${context.host.redactor.redact(lines.join('\n'))}\n`);
  }
}

function wordOf(state: Pruning['tags'][number]['state']): string {
  return state === 'would-go' ? 'would go' : state;
}

function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Fault('USAGE', `Cannot read --keep "${text}": expected a whole number`);
}
