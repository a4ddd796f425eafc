import type { Command } from 'commander';
import { formatBytes } from '../../report/format-bytes.ts';
import { formatCount } from '../../report/format-count.ts';
import type { ProgressChoice } from '../../report/progress-view.ts';
import type { CopyRequest } from '../../run/copy.ts';
import type { CopyPlan, PlannedCopy } from '../../run/plan-copy.ts';
import type { CopiedImage } from '../../store/copy-options.ts';
import { collectList } from '../build-flags.ts';
import { addCommonFlags, addProgressFlag } from '../command-flags.ts';
import { type CliContext, writeResult } from '../context.ts';
import { startProgress } from '../start-progress.ts';

const examples = `
Examples:
  polyarch copy ghcr.io/acme/app:1.2 registry.internal/app:1.2        # a mirror
  polyarch copy --referrers ghcr.io/acme/app:1.2 oci-archive:app.tar  # out of the house, with signatures
  polyarch copy oci-archive:app.tar registry.internal/app:1.2         # and in again
  polyarch copy --all-tags ghcr.io/acme/app oci:mirror                # every tag
  polyarch copy --platform linux/arm64 alpine docker-archive:a.tar    # one platform, for docker load
`;

interface CopyFlags {
  readonly platforms: readonly string[];
  readonly allTags?: boolean;
  readonly referrers?: boolean;
  readonly plan?: boolean;
  readonly json?: boolean;
  readonly progress: ProgressChoice;
}

/** `polyarch copy` */
export function describeCopy(command: Command, context: CliContext): void {
  addProgressFlag(addCommonFlags(command))
    .argument('<source>', 'A reference, oci:DIR[:REF], oci-archive:FILE[:REF] or docker-archive:FILE[:REF]')
    .argument('<destination>', 'The same forms')
    .option('--platform, --platforms <list>', 'These platforms only', collectList, [])
    .option('--all-tags', 'Every tag of the source')
    .option('--referrers', 'Signatures, attestations and SBOMs as well')
    .option('--plan', 'Show what would be sent and which tags would move, and stop')
    .addHelpText('after', examples)
    .action((source: string, destination: string, flags: CopyFlags) => act({ source, destination }, flags, context));
}

async function act(
  places: { readonly source: string; readonly destination: string },
  flags: CopyFlags,
  context: CliContext,
): Promise<void> {
  const request = {
    ...places,
    platforms: flags.platforms,
    allTags: flags.allTags === true,
    referrers: flags.referrers === true,
  };
  if (flags.plan === true) return showPlan(request, flags, context);
  const { copy } = await import('../../run/copy.ts');
  const progress = startProgress(context, { mode: flags.json === true ? 'quiet' : flags.progress });
  try {
    const copied = await copy(request, context.host);
    progress.stop();
    if (flags.json === true) writeResult(context, JSON.stringify(copied, null, 2));
    else for (const image of copied) writeResult(context, describeCopied(image, places.destination));
  } finally {
    progress.stop();
  }
}

async function showPlan(request: CopyRequest, { json }: CopyFlags, context: CliContext): Promise<void> {
  const { planCopy } = await import('../../run/plan-copy.ts');
  const plan = await planCopy(request, context.host);
  if (json === true) writeResult(context, JSON.stringify(plan, null, 2));
  else for (const image of plan.images) writeResult(context, describePlanned(image, plan));
}

function describePlanned({ root, tags, missing, missingBytes, presentCount }: PlannedCopy, plan: CopyPlan): string {
  const moves = tags.map(({ tag, from, to }) =>
    from === to ? `  ${tag} stays` : `  ${tag} ${from === undefined ? 'is new' : `moves from ${from}`}`,
  );
  const sent = `  ${formatBytes(missingBytes)} to send in ${formatCount(missing.length, 'part')}, ${presentCount} there already`;
  return [`${plan.destination}  ${root.digest}`, ...moves, sent].join('\n');
}

function describeCopied({ root, tags, contents, referrers }: CopiedImage, destination: string): string {
  const moved = contents.filter(({ outcome }) => outcome === 'copied');
  const spared = contents.filter(
    ({ outcome }) => outcome === 'present' || outcome === 'mounted' || outcome === 'linked',
  );
  const bytes = moved.reduce((sum, { size }) => sum + size, 0);
  const signed = referrers.length === 0 ? '' : `, ${formatCount(referrers.length, 'referrer')}`;
  const named = tags.length === 0 ? '' : ` as ${tags.join(', ')}`;
  return `${destination}${named}\n${root.digest}\n${formatBytes(bytes)} copied in ${moved.length} parts, ${spared.length} there already${signed}`;
}
