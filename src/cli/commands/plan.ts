import type { Command } from 'commander';
import { isFault } from '../../errors/fault.ts';
import type { PlannedMoves } from '../../plan/assemble-tag-moves.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Preflighted } from '../../publish/preflight.ts';
import type { PlannedRun } from '../../run/plan-run.ts';
import { addBuildFlags, type BuildFlags, collectList, planRequestOf } from '../build-flags.ts';
import { type CliContext, writeResult } from '../context.ts';
import { addReuseFlags, type ReuseFlags, reuseRequestOf } from '../reuse-flags.ts';
import { showNotes } from '../show-notes.ts';

const examples = `
Examples:
  polyarch plan                  # what \`polyarch build\` would do here
  polyarch plan . --push --json  # the same as JSON, with the destinations of a push
  polyarch plan --moves          # what would become of every tag in the registries
  polyarch plan --moves --event push --ref refs/tags/v1.2.3  # as if that tag were pushed
  polyarch plan . --push --out plan.json --parts parts/ --matrix  # what the jobs of a pipeline start from
  polyarch plan --events         # what the tag rules give for everything that usually happens
`;

/** The flags of `polyarch plan`. */
interface PlanFlags extends BuildFlags, ReuseFlags {
  readonly out?: string;
  readonly parts?: string;
  readonly matrix?: boolean;
  readonly allowDowngrade?: readonly string[];
  readonly moves?: boolean;
  readonly events?: boolean;
}

/** `polyarch plan` */
export function describePlan(command: Command, context: CliContext): void {
  addReuseFlags(addBuildFlags(command))
    .option('--out <file>', 'Write the plan as JSON to a file, for the jobs of a pipeline')
    .option('--parts <folder>', 'Write the records of cells that need not be built there; runs `prepare`')
    .option('--matrix', 'Write the jobs of the cells that remain as JSON, and to $GITHUB_OUTPUT')
    .option('--moves', 'Ask the registries what the tags point at, as --push does, and show what would become of them')
    .option('--no-moves', 'Ask no registry')
    .option('--allow-downgrade <tag>', 'Show what becomes of this tag where it may go back', collectList, [])
    .option('--events', 'Show the tags that every usual event gives, and nothing else')
    .addHelpText('after', examples)
    .action((folder: string, flags: PlanFlags) => showPlan(folder, flags, context));
}

/** Writes what a build would do. `prepare` is not run for it, unless records are written. */
export async function showPlan(folder: string, flags: PlanFlags, context: CliContext): Promise<void> {
  showNotes(context);
  if (flags.events === true) return showEvents(folder, flags, context);
  const push = flags.push === true || flags.moves === true;
  const { plan, reused, checked, matrix } = await makePlan(folder, { ...flags, push }, context);
  if (matrix !== undefined) {
    writeResult(context, JSON.stringify(matrix));
    return;
  }
  const moves = push && flags.moves !== false ? await readMoves(plan, flags, context) : undefined;
  if (flags.json === true) {
    writeResult(context, JSON.stringify({ ...plan, ...(moves === undefined ? {} : { moves }) }, null, 2));
    return;
  }
  const [{ renderPlan }, { choosePalette }] = await Promise.all([
    import('../../report/render-plan.ts'),
    import('../../report/palette.ts'),
  ]);
  const palette = choosePalette(context.stdout.hasColors);
  const options = { palette, columns: context.stdout.columns() };
  writeResult(context, renderPlan(plan, options).trimEnd());
  for (const outcome of reused.values())
    writeResult(context, `${outcome.cell}  unchanged${'reason' in outcome ? `: ${outcome.reason}` : ''}`);
  for (const one of checked) writeResult(context, describeChecked(one));
  if (moves === undefined) return;
  const { renderTagMoves } = await import('../../report/render-tag-moves.ts');
  const text = renderTagMoves(moves, options);
  if (text !== '') writeResult(context, `\n${text}`);
}

/** What was found out about a repository; what is wrong with one was told before. */
function describeChecked({ repository, problem, granted, referrers, requestsLeft }: Preflighted): string {
  if (problem !== undefined) return `${repository}  cannot be pushed to from here`;
  const rights = granted === undefined ? '' : ` (the token allows ${granted})`;
  const kept = referrers === undefined ? '' : `; referrers by ${referrers === 'api' ? 'the registry' : 'tag'}`;
  const left = requestsLeft === undefined ? '' : `; ${requestsLeft} requests left`;
  return `${repository}  can be pushed to${rights}${kept}${left}`;
}

/** Where nothing here can build it, what is shown is how machines that can would: it is a plan, not a build. */
async function makePlan(folder: string, flags: PlanFlags, { host }: CliContext): Promise<PlannedRun> {
  const { planRun } = await import('../../run/plan-run.ts');
  const asked = reuseRequestOf(folder, flags);
  const request = {
    ...planRequestOf(asked.folder, flags),
    reuse: asked.reuse,
    matrix: flags.matrix === true,
    ...(flags.moves === false ? { asksRegistries: false } : {}),
    ...(flags.out === undefined ? {} : { out: flags.out }),
    ...(flags.parts === undefined ? {} : { parts: flags.parts }),
  };
  try {
    return await planRun(request, host);
  } catch (error) {
    if (!isFault(error, 'ENGINE_UNAVAILABLE') || (flags.engine ?? 'auto') !== 'auto') throw error;
    const planned = await planRun({ ...request, elsewhere: true }, host);
    host.emit({
      kind: 'note',
      level: 'warning',
      text: `${error.message}: this is what a native builder for each platform would do`,
      hint: [error.frame?.trim(), error.hint].filter((part) => part !== undefined).join('; '),
    });
    return planned;
  }
}

async function readMoves(plan: Plan, { allowDowngrade = [] }: PlanFlags, { host }: CliContext): Promise<PlannedMoves> {
  const [{ gatherTagStates }, { assembleTagMoves }] = await Promise.all([
    import('../../run/gather/gather-tag-states.ts'),
    import('../../plan/assemble-tag-moves.ts'),
  ]);
  return assembleTagMoves(plan, await gatherTagStates(plan, host), { allowDowngrade });
}

async function showEvents(folder: string, flags: PlanFlags, context: CliContext): Promise<void> {
  const { previewEvents } = await import('../../run/preview-events.ts');
  const rows = await previewEvents(planRequestOf(folder, flags), context.host);
  if (flags.json === true) {
    writeResult(context, JSON.stringify(rows, null, 2));
    return;
  }
  const [{ renderEvents }, { choosePalette }] = await Promise.all([
    import('../../report/render-events.ts'),
    import('../../report/palette.ts'),
  ]);
  writeResult(context, renderEvents(rows, choosePalette(context.stdout.hasColors)));
}
