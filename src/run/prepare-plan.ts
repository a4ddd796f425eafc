import type { Config } from '../config/config.ts';
import type { Host } from '../host/host.ts';
import type { Cell } from '../plan/cell.ts';
import type { Plan } from '../plan/plan.ts';
import { prepareContexts } from './gather/prepare-contexts.ts';

/**
 * Runs `prepare` of the images of some cells of a plan that another machine made: what it made there is not here. Gives the plan with
 * the contexts that it names now.
 *
 * @throws {Fault} PREPARE_FAILED
 */
export async function preparePlan(
  plan: Plan,
  cells: readonly Cell[],
  { config, host }: { readonly config: Config; readonly host: Host },
): Promise<Plan> {
  const images = config.images.filter(({ name }) => cells.some(({ image }) => image === name));
  const contexts = await prepareContexts({ ...config, images }, { host, root: plan.root });
  return {
    ...plan,
    cells: plan.cells.map((cell) => {
      const context = contexts[cell.image];
      return context === undefined ? cell : { ...cell, recipe: { ...cell.recipe, context } };
    }),
  };
}
