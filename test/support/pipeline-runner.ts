import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { actionStandIns } from './pipeline-runner-actions.ts';
import { type Contexts, fillIn, holds, type Status, textOf } from './pipeline-runner-expressions.ts';
import { runShell } from './pipeline-runner-shell.ts';

/** Everything around a run of a workflow. Folders are absolute. */
export interface WorkflowWorld {
  /** A repository of git that every job checks out for itself. */
  readonly repository: string;
  /** An empty folder: each job gets a workspace and a home of its own in it. */
  readonly folder: string;
  /** Kept between the attempts of one run. */
  readonly artifacts: string;
  /** The context `github`; `event_name`, `ref`, `sha` and `event` at least. */
  readonly github: Readonly<Record<string, unknown>> & { readonly sha: string };
  readonly secrets: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  /** The environment of every process. */
  readonly env: Readonly<Record<string, string>>;
  /** Of `docker/setup-buildx-action`; default: nothing. */
  readonly makeBuilder?: (name: string) => string;
  /** Called with the home of each job before its first step. */
  readonly onHome?: (home: string) => void;
  /** The earlier attempt: jobs that went well in it are not run again. */
  readonly former?: WorkflowRun;
}

export type JobResult = 'success' | 'failure' | 'skipped';

/** What became of one job, or of one of a matrix. */
export interface JobEnd {
  readonly job: string;
  /** `cell` of the matrix; empty where there is none. */
  readonly cell: string;
  readonly runsOn: unknown;
  readonly result: JobResult;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
}

export interface WorkflowRun {
  readonly ends: readonly JobEnd[];
}

interface StepText {
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface JobText {
  readonly needs?: readonly string[];
  readonly if?: string;
  readonly 'runs-on': unknown;
  readonly strategy?: { readonly matrix: string };
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly StepText[];
}

interface WorkflowText {
  readonly env?: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, JobText>>;
}

/** Runs the jobs of a workflow, one after the other, each behind those that it needs. */
export async function runWorkflow(text: string, world: WorkflowWorld): Promise<WorkflowRun> {
  const workflow = parse(text) as WorkflowText;
  const ends: JobEnd[] = [];
  for (const name of orderOf(workflow.jobs)) {
    const job = workflow.jobs[name];
    if (job !== undefined) ends.push(...(await runJobs(name, job, { world, workflow, ends })));
  }
  return { ends };
}

/** What became of a job, all of its matrix together. */
export function resultOf({ ends }: WorkflowRun, job: string): JobResult {
  const results = ends.filter((end) => end.job === job).map(({ result }) => result);
  if (results.includes('failure')) return 'failure';
  return results.includes('success') ? 'success' : 'skipped';
}

function orderOf(jobs: Readonly<Record<string, JobText>>): readonly string[] {
  const done: string[] = [];
  while (done.length < Object.keys(jobs).length) {
    const next = Object.entries(jobs).find(
      ([name, { needs = [] }]) => !done.includes(name) && needs.every((need) => done.includes(need)),
    );
    if (next === undefined) throw new Error('The jobs need each other in a circle, or one that is not there');
    done.push(next[0]);
  }
  return done;
}

interface RunState {
  readonly world: WorkflowWorld;
  readonly workflow: WorkflowText;
  readonly ends: readonly JobEnd[];
}

async function runJobs(name: string, job: JobText, state: RunState): Promise<readonly JobEnd[]> {
  const { world, workflow, ends } = state;
  const needs = Object.fromEntries(
    (job.needs ?? []).map((need) => [need, { result: resultOf({ ends }, need), outputs: outputsOf(need, ends) }]),
  );
  const isSuccess = Object.values(needs).every(({ result }) => result === 'success');
  const github = { run_attempt: world.former === undefined ? '1' : '2', ...world.github };
  const outer: Contexts = { github, secrets: world.secrets, vars: world.vars, needs };
  const env = valuesOf(workflow.env, outer, { isSuccess: true });
  const contexts = { ...outer, env };
  if (!holds(job.if, contexts, { isSuccess })) return [{ ...blank(name), result: 'skipped' }];
  const matrix = job.strategy === undefined ? undefined : fillIn(job.strategy.matrix, contexts, { isSuccess: true });
  const results: JobEnd[] = [];
  for (const row of rowsOf(matrix)) {
    const kept = world.former?.ends.find((end) => end.job === name && end.cell === (row?.['cell'] ?? ''));
    const mayKeep = kept?.result === 'success' && !(job.needs ?? []).some((need) => wasRunAgain(need, ends, world));
    results.push(
      mayKeep ? kept : await runJob(name, job, { ...contexts, ...(row === undefined ? {} : { matrix: row }) }, world),
    );
  }
  return results;
}

/** Whether an earlier job of this attempt is not the one of the attempt before. */
function wasRunAgain(job: string, ends: readonly JobEnd[], { former }: WorkflowWorld): boolean {
  return ends.some((end) => end.job === job && !(former?.ends.includes(end) ?? false));
}

function blank(job: string): JobEnd {
  return { job, cell: '', runsOn: undefined, result: 'success', outputs: {}, log: '' };
}

function rowsOf(matrix: unknown): readonly (Readonly<Record<string, string>> | undefined)[] {
  if (matrix === undefined) return [undefined];
  return (matrix as { readonly include: readonly Readonly<Record<string, string>>[] }).include;
}

function outputsOf(job: string, ends: readonly JobEnd[]): Readonly<Record<string, string>> {
  return Object.assign({}, ...ends.filter((end) => end.job === job).map(({ outputs }) => outputs)) as Record<
    string,
    string
  >;
}

function valuesOf(
  written: Readonly<Record<string, unknown>> | undefined,
  contexts: Contexts,
  status: Status,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(written ?? {}).map(([name, value]) => [name, textOf(fillIn(textOf(value), contexts, status))]),
  );
}

let jobCount = 0;

async function runJob(name: string, job: JobText, contexts: Contexts, world: WorkflowWorld): Promise<JobEnd> {
  const place = join(world.folder, `${name}-${(jobCount += 1)}`);
  const [workspace, home] = [join(place, 'work'), join(place, 'home')];
  for (const folder of [workspace, home]) mkdirSync(folder, { recursive: true });
  world.onHome?.(home);
  const runsOn = fillIn(textOf(job['runs-on']), contexts, { isSuccess: true });
  const matrix = contexts['matrix'] as Readonly<Record<string, string>> | undefined;
  const steps: Record<string, { readonly outputs: Readonly<Record<string, string>> }> = {};
  let isSuccess = true;
  let log = '';
  for (const [at, step] of job.steps.entries()) {
    const status: Status = { isSuccess, hasFiles: (pattern) => existsSync(join(workspace, pattern)) };
    const inner = { ...contexts, steps };
    if (!holds(step.if, inner, status)) continue;
    const end = await runStep(step, inner, { status, world, place: join(place, `step-${at}`), workspace, home });
    log += `${end.log}\n`;
    isSuccess &&= end.isSuccess;
    if (step.id !== undefined) steps[step.id] = { outputs: end.outputs };
  }
  const outputs = valuesOf(job.outputs, { ...contexts, steps }, { isSuccess });
  return { job: name, cell: matrix?.['cell'] ?? '', runsOn, result: isSuccess ? 'success' : 'failure', outputs, log };
}

interface StepScene {
  readonly status: Status;
  readonly world: WorkflowWorld;
  /** Where files of the step alone lie. */
  readonly place: string;
  readonly workspace: string;
  readonly home: string;
}

interface StepEnd {
  readonly isSuccess: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
}

async function runStep(step: StepText, contexts: Contexts, scene: StepScene): Promise<StepEnd> {
  const { status, world, place, workspace, home } = scene;
  mkdirSync(place);
  const files = {
    GITHUB_OUTPUT: join(place, 'output'),
    GITHUB_STEP_SUMMARY: join(place, 'summary'),
    GITHUB_EVENT_PATH: join(place, 'event.json'),
  };
  writeFileSync(files.GITHUB_OUTPUT, '');
  writeFileSync(files.GITHUB_STEP_SUMMARY, '');
  writeFileSync(files.GITHUB_EVENT_PATH, JSON.stringify(world.github['event'] ?? {}));
  const stepEnv = valuesOf(step.env, contexts, status);
  const env = {
    ...world.env,
    HOME: home,
    ...githubEnvironment(world, workspace),
    ...files,
    ...(contexts['env'] as object),
    ...stepEnv,
  };
  if (step.run !== undefined) {
    const { code, log } = await runShell(textOf(fillIn(step.run, contexts, status)), { folder: workspace, env });
    return { isSuccess: code === 0, outputs: readOutputs(files.GITHUB_OUTPUT), log: `$ ${step.run}\n${log}` };
  }
  const action = (step.uses ?? '').replace(/@.*$/, '');
  const standIn = actionStandIns[action];
  if (standIn === undefined) throw new Error(`There is no stand-in for the action "${action}"`);
  try {
    const inputs = valuesOf(step.with, contexts, status);
    const log = await standIn(inputs, {
      workspace,
      home,
      env,
      repository: world.repository,
      sha: world.github.sha,
      artifacts: world.artifacts,
      ...(world.makeBuilder === undefined ? {} : { makeBuilder: world.makeBuilder }),
    });
    return { isSuccess: true, outputs: {}, log: `${action}: ${log}` };
  } catch (error) {
    return { isSuccess: false, outputs: {}, log: `${action}: ${String(error)}` };
  }
}

function githubEnvironment({ github }: WorkflowWorld, workspace: string): Readonly<Record<string, string>> {
  const names = [
    'actor',
    'event_name',
    'ref',
    'sha',
    'repository',
    'run_id',
    'run_number',
    'head_ref',
    'base_ref',
    'ref_name',
    'ref_type',
    'server_url',
  ];
  const known = names.flatMap((name) =>
    github[name] === undefined ? [] : [[`GITHUB_${name.toUpperCase()}`, textOf(github[name])] as const],
  );
  return { CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: workspace, ...Object.fromEntries(known) };
}

function readOutputs(file: string): Readonly<Record<string, string>> {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('='));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
