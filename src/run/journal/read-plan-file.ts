import { resolve } from 'node:path';
import type { Host } from '../../host/host.ts';
import { decodePlan } from '../../plan/decode-plan.ts';
import type { Plan } from '../../plan/plan.ts';
import { relocatePlan } from '../../plan/relocate-plan.ts';
import { readDocument } from './read-document.ts';

/**
 * Reads a plan that `polyarch plan --out` wrote, perhaps on another machine, for the checkout at `root`.
 *
 * @param path as typed
 * @param options.root The config's folder here, as typed. Default: the one of the plan.
 * @throws {Fault} PLAN_UNREADABLE
 */
export async function readPlanFile(path: string, host: Host, { root }: { readonly root?: string } = {}): Promise<Plan> {
  const file = resolve(host.workingDirectory, path);
  const plan = await readDocument(file, { what: 'plan', code: 'PLAN_UNREADABLE', decode: decodePlan });
  return root === undefined ? plan : relocatePlan(plan, resolve(host.workingDirectory, root));
}
