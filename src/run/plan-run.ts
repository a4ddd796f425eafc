import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type JobMatrix, jobMatrix } from '../ci/job-matrix.ts';
import { runnerOf } from '../ci/runners.ts';
import type { CiConfig } from '../config/ci-config.ts';
import { hostPlatform } from '../engine/host-platform.ts';
import { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import { cellSlugs } from '../plan/cell-slug.ts';
import type { CellOutcome } from '../plan/outcome.ts';
import { partRepository } from '../plan/part-repository.ts';
import type { Plan } from '../plan/plan.ts';
import type { Preflighted } from '../publish/preflight.ts';
import { diskFault } from '../store/disk-fault.ts';
import { assemblePlanFor, type PlanRequest } from './assemble-plan-for.ts';
import { loadConfig } from './gather/load-config.ts';
import { keepDocument } from './journal/keep-document.ts';
import { deliverFound } from './parts/deliver-part.ts';
import { carriable } from './parts/read-cell-records.ts';
import { recordOf } from './parts/record-of.ts';
import { restoreParts } from './parts/restore-parts.ts';
import type { ReuseRequest } from './parts/reuse-request.ts';
import { preflightPlan } from './release/preflight-plan.ts';

/** What a plan is made for: to be looked at, or to be handed to the jobs of a pipeline. */
export interface PlanRunRequest extends PlanRequest {
  /** The file that the plan is written to, as typed. */
  readonly out?: string;
  /** The folder for the records of cells that need not be built, as typed. `prepare` is run for it. */
  readonly parts?: string;
  readonly matrix?: boolean;
  /** Whether the repositories are asked if they can be published to. Default: where the plan is written for other jobs. */
  readonly asksRegistries?: boolean;
  readonly reuse?: ReuseRequest;
}

export interface PlannedRun {
  readonly plan: Plan;
  /** By cell: `reused`; empty where nobody asked. */
  readonly reused: ReadonlyMap<string, CellOutcome>;
  /** What was found out about the repositories; empty where nobody asked. */
  readonly checked: readonly Preflighted[];
  /** The jobs of the cells that remain; absent where nobody asked. */
  readonly matrix?: JobMatrix;
}

/**
 * Plans a run, and writes what the jobs of a pipeline start from: the plan, the records of the cells that are unchanged, and the
 * matrix of the others.
 *
 * @throws {Fault} PLAN_HOLDS_SECRET, STORE_DENIED, STORE_FULL, TAG_IMMUTABLE, IMAGE_NOT_PUBLIC and those of planning
 */
export async function planRun(request: PlanRunRequest, host: Host): Promise<PlannedRun> {
  const { out, parts, reuse = {} } = request;
  const elsewhere = request.elsewhere === true || request.matrix === true;
  const plan = await assemblePlanFor({ ...request, elsewhere }, host, { prepares: parts !== undefined });
  const asks = request.asksRegistries ?? out !== undefined;
  const checked = asks ? await preflightPlan(plan, host, { isForOthers: true }) : [];
  if (out !== undefined) await writePlan(resolve(host.workingDirectory, out), plan, host);
  const reused =
    parts === undefined
      ? new Map<string, CellOutcome>()
      : await keepUnchanged(resolve(host.workingDirectory, parts), plan, { host, reuse });
  if (request.matrix !== true) return { plan, reused, checked };
  const { config } = await loadConfig(request, host, hostPlatform());
  const matrix = matrixOf(plan, reused, config.ci);
  tellRunners(matrix, config.ci, host);
  await handToGitHub(matrix, host);
  return { plan, reused, checked, matrix };
}

async function writePlan(file: string, plan: Plan, host: Host): Promise<void> {
  const { redactor } = host;
  for (const { id, recipe } of plan.cells) {
    for (const [name, value] of Object.entries({ ...recipe.args, ...recipe.labels, ...recipe.contexts })) {
      if (redactor.redact(value) === value) continue;
      throw new Fault('PLAN_HOLDS_SECRET', `Cannot write the plan to "${file}": "${name}" of ${id} holds a secret`, {
        where: { file },
      });
    }
  }
  await makeFolder(dirname(file));
  await keepDocument(file, plan, host);
}

async function keepUnchanged(
  folder: string,
  plan: Plan,
  { host, reuse }: { readonly host: Host; readonly reuse: ReuseRequest },
): Promise<ReadonlyMap<string, CellOutcome>> {
  const { outcomes, inputs } = await restoreParts(plan, { host, reuse: { skipUnchanged: true, ...reuse } });
  const slugs = cellSlugs(plan.cells);
  await makeFolder(folder);
  for (const cell of plan.cells) {
    const outcome = outcomes.get(cell.id);
    const slug = slugs.get(cell.id);
    const known = inputs.get(cell.id);
    if (outcome?.state !== 'reused' || slug === undefined || known === undefined || !('digest' in known)) continue;
    const repository = partRepository(cell, plan);
    const part = await deliverFound(outcome.part, { host, repository, folder, slug });
    const record = recordOf(cell, plan, { host, outcome: { ...outcome, part } });
    await keepDocument(join(folder, `${slug}.json`), carriable({ ...record, inputs: known.digest }, folder), host);
  }
  return outcomes;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw diskFault(error, `make the folder "${folder}"`, folder);
  }
}

function matrixOf(plan: Plan, reused: ReadonlyMap<string, CellOutcome>, ci: CiConfig): JobMatrix {
  const slugs = cellSlugs(plan.cells);
  const remaining = plan.cells.filter(({ id }) => !reused.has(id));
  return jobMatrix(
    remaining.map(({ id, platform }) => ({ id, platform, slug: slugs.get(id) ?? id })),
    ci,
  );
}

/** A platform without a native runner is built with QEMU, and that must not go unnoticed. */
function tellRunners({ include }: JobMatrix, ci: CiConfig, host: Host): void {
  for (const platform of new Set(include.map((job) => job.platform))) {
    const { reason } = runnerOf(platform, ci);
    if (reason !== undefined) host.emit({ kind: 'note', level: 'info', text: reason });
  }
}

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-an-output-parameter */
async function handToGitHub(matrix: JobMatrix, { env }: Host): Promise<void> {
  const file = env['GITHUB_OUTPUT'];
  if (file === undefined || file === '') return;
  try {
    await appendFile(file, `matrix=${JSON.stringify(matrix)}\nempty=${String(matrix.include.length === 0)}\n`);
  } catch (error) {
    throw diskFault(error, `write "${file}"`, file);
  }
}
