import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { ruleHolds } from './pipeline-runner-rules.ts';
import { runShell } from './pipeline-runner-shell.ts';

/** Everything around a run of a GitLab pipeline. Folders are absolute. */
export interface GitlabWorld {
  readonly repository: string;
  readonly sha: string;
  readonly folder: string;
  /** Kept between a run and a retry of single jobs. */
  readonly artifacts: string;
  /** What GitLab predefines, and the project's own. */
  readonly variables: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** The earlier run: jobs that went well in it are not run again, but those that need one that is. */
  readonly former?: GitlabRun;
}

export interface GitlabJobEnd {
  readonly job: string;
  /** Empty where the job has no matrix. */
  readonly cell: string;
  readonly tags: readonly string[];
  readonly result: 'success' | 'failure' | 'skipped';
  readonly log: string;
}

export interface GitlabRun {
  /** Whether the rules of `workflow` start a pipeline at all. */
  readonly isStarted: boolean;
  readonly ends: readonly GitlabJobEnd[];
}

interface Rule {
  readonly if?: string;
  readonly when?: string;
}

interface JobText {
  readonly stage: string;
  readonly needs?: readonly string[];
  readonly tags?: readonly string[];
  readonly rules?: readonly Rule[];
  readonly parallel?: { readonly matrix: readonly Readonly<Record<string, string>>[] };
  readonly script: readonly string[];
  readonly artifacts?: { readonly when?: string; readonly paths: readonly string[] };
}

type Row = Readonly<Record<string, string>>;

interface PipelineText {
  readonly stages: readonly string[];
  readonly workflow: { readonly rules: readonly Rule[] };
  readonly variables: Row;
  readonly default: { readonly tags: readonly string[]; readonly before_script: readonly string[] };
}

/** Runs the jobs of a pipeline of GitLab, one after the other, each behind those that it needs. */
export async function runGitlab(text: string, world: GitlabWorld): Promise<GitlabRun> {
  const written = parse(text) as Readonly<Record<string, unknown>> & PipelineText;
  const { stages, workflow, variables, default: defaults } = written;
  if (!workflow.rules.some((rule) => ruleHolds(rule.if ?? '"always"', world.variables)))
    return { isStarted: false, ends: [] };
  const jobs = Object.entries(written)
    .filter(([, value]) => typeof value === 'object' && value !== null && 'script' in value)
    .map(([name, value]) => [name, value as JobText] as const)
    .sort(([, one], [, other]) => stages.indexOf(one.stage) - stages.indexOf(other.stage));
  const ends: GitlabJobEnd[] = [];
  for (const [name, job] of jobs) ends.push(...(await runJobs(name, job, { world, variables, defaults, ends })));
  return { isStarted: true, ends };
}

interface RunState {
  readonly variables: Row;
  readonly world: GitlabWorld;
  readonly defaults: PipelineText['default'];
  readonly ends: readonly GitlabJobEnd[];
}

async function runJobs(name: string, job: JobText, state: RunState): Promise<readonly GitlabJobEnd[]> {
  const { world, ends } = state;
  const rule = job.rules?.find((one) => ruleHolds(one.if ?? '"always"', world.variables));
  if (job.rules !== undefined && rule === undefined) return [];
  const isWell = ends.filter((end) => job.needs?.includes(end.job)).every(({ result }) => result === 'success');
  const results: GitlabJobEnd[] = [];
  for (const row of job.parallel?.matrix ?? [{}]) {
    const cell = row['CELL'] ?? '';
    const kept = world.former?.ends.find((end) => end.job === name && end.cell === cell);
    const isFresh = ends.some((end) => job.needs?.includes(end.job) && !(world.former?.ends.includes(end) ?? false));
    if (kept?.result === 'success' && !isFresh) results.push(kept);
    else if (!isWell && rule?.when !== 'always')
      results.push({ job: name, cell, tags: [], result: 'skipped', log: '' });
    else results.push(await runJob(name, job, row, state));
  }
  return results;
}

let jobCount = 0;

async function runJob(name: string, job: JobText, row: Row, state: RunState): Promise<GitlabJobEnd> {
  const { world, defaults, ends } = state;
  const place = join(world.folder, `${name}-${(jobCount += 1)}`);
  const [workspace, home] = [join(place, 'work'), join(place, 'home')];
  for (const folder of [workspace, home]) mkdirSync(folder, { recursive: true });
  const variables = expandAll({ ...world.variables, ...state.variables, ...row });
  const env = { ...world.env, HOME: home, CI: 'true', GITLAB_CI: 'true', CI_PROJECT_DIR: workspace, ...variables };
  const clone = `git init -q . && git fetch -q --depth 1 "file://${world.repository}" ${world.sha} && git checkout -q --detach FETCH_HEAD`;
  const fetched = await runShell(clone, { folder: workspace, env });
  if (fetched.code !== 0) throw new Error(fetched.log);
  for (const end of ends.filter((one) => job.needs?.includes(one.job))) {
    const source = join(world.artifacts, artifactName(end.job, end.cell));
    if (existsSync(source)) cpSync(source, workspace, { recursive: true });
  }
  const lines = [...defaults.before_script, ...job.script];
  const { code, log } = await runShell(lines.join('\n'), { folder: workspace, env });
  const cell = row['CELL'] ?? '';
  if (code === 0 || job.artifacts?.when === 'always')
    keepArtifacts(job, { world, workspace, variables, name: artifactName(name, cell) });
  const tags = (job.tags ?? defaults.tags).map((tag) => expand(tag, variables));
  return { job: name, cell, tags, result: code === 0 ? 'success' : 'failure', log: `$ ${lines.join('\n$ ')}\n${log}` };
}

function artifactName(job: string, cell: string): string {
  return `${job} ${cell}`.trim().replaceAll('/', '-');
}

function keepArtifacts(
  { artifacts }: JobText,
  target: { readonly world: GitlabWorld; readonly workspace: string; readonly variables: Row; readonly name: string },
): void {
  for (const written of artifacts?.paths ?? []) {
    const path = expand(written, target.variables);
    const source = join(target.workspace, path);
    if (!existsSync(source)) continue;
    const place = join(target.world.artifacts, target.name, path);
    mkdirSync(dirname(place), { recursive: true });
    cpSync(source, place, { recursive: true });
  }
}

/** Variables in variables: GitLab replaces those that are known. */
function expandAll(variables: Row): Row {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, expand(value, variables)]));
}

function expand(text: string, variables: Row): string {
  return text.replace(/\$(\w+)/g, (all, name: string) => variables[name] ?? (name.startsWith('CI_') ? '' : all));
}
