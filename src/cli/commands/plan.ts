import type { Command } from 'commander';
import { addBuildFlags, type BuildFlags, planRequestOf } from '../build-flags.ts';
import { type CliContext, writeResult } from '../context.ts';

const examples = `
Examples:
  polyarch plan                  # what \`polyarch build\` would do here
  polyarch plan . --push --json  # the same as JSON, with the destinations of a push
`;

/** `polyarch plan` */
export function describePlan(command: Command, context: CliContext): void {
  addBuildFlags(command)
    .addHelpText('after', examples)
    .action((folder: string, flags: BuildFlags) => showPlan(folder, flags, context));
}

/** Writes what a build would do. `prepare` is not run for it. */
export async function showPlan(folder: string, flags: BuildFlags, context: CliContext): Promise<void> {
  const { assemblePlanFor } = await import('../../run/assemble-plan-for.ts');
  const plan = await assemblePlanFor(planRequestOf(folder, flags), context.host, { prepares: false });
  if (flags.json === true) {
    writeResult(context, JSON.stringify(plan, null, 2));
    return;
  }
  const [{ renderPlan }, { choosePalette }] = await Promise.all([
    import('../../report/render-plan.ts'),
    import('../../report/palette.ts'),
  ]);
  const palette = choosePalette(context.stdout.hasColors);
  writeResult(context, renderPlan(plan, { palette, columns: context.stdout.columns() }).trimEnd());
}
