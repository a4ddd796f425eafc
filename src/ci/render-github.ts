import { type GithubOptions, githubPermissions, githubSteps, isPublished, scopeOf } from './github-steps.ts';
import { markerLine } from './marker.ts';
import type { Job, JobId, Pipeline } from './pipeline.ts';
import { commentLines, indented, yamlItems, yamlList, yamlText } from './yaml-text.ts';

/** The pipeline as a workflow of GitHub Actions. https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax */
export function renderGithub(pipeline: Pipeline, options: GithubOptions): string {
  const lines = [
    `# ${markerLine('github')}`,
    `name: ${yamlText(`polyarch ${pipeline.title}`)}`,
    '',
    ...(options.isReusable ? callTrigger(pipeline) : eventTriggers(pipeline)),
    '',
    '# Every job takes only the rights that it names.',
    'permissions: {}',
    '',
    ...outdatedPulls(options),
    ...environment(pipeline),
    '',
    'jobs:',
    ...pipeline.jobs.flatMap((job, at) => [
      ...(at === 0 ? [] : ['']),
      ...indented(jobLines(job, pipeline, options), 2),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function eventTriggers({ triggers }: Pipeline): readonly string[] {
  const { branches, tags, schedule, paths, whyAllPaths } = triggers;
  const names = branches.flatMap((branch) => (branch === '$default' ? ['main', 'master'] : [branch]));
  const filter = paths === undefined ? [] : ['paths:', ...indented(yamlItems(paths), 2)];
  return [
    'on:',
    ...indented(
      [
        ...commentLines(whyAllPaths ?? 'What the images are made of; no other change starts a run.'),
        'push:',
        ...indented([`branches: ${yamlList(names)}`, ...(tags.length === 0 ? [] : [`tags: ${yamlList(tags)}`])], 2),
        ...indented(filter, 2),
        filter.length === 0 ? 'pull_request: {}' : 'pull_request:',
        ...indented(filter, 2),
        ...(schedule === undefined ? [] : ['schedule: # base images change too', `  - cron: ${quoted(schedule)}`]),
        'workflow_dispatch: {}',
      ],
      2,
    ),
  ];
}

/** A caller has groups of its own. */
function outdatedPulls({ isReusable }: GithubOptions): readonly string[] {
  if (isReusable) return [];
  const group = '${{ github.workflow }}-${{ github.event.pull_request.number || github.run_id }}';
  return [
    '# A newer run of a pull request ends the older one as a whole; of a branch, each job says what it ends.',
    `concurrency: { group: '${group}', cancel-in-progress: true }`,
    '',
  ];
}

/** What its jobs take together: reading goes without saying where one may write. */
function callerRights(jobs: readonly Job[]): readonly string[] {
  const all = new Set(jobs.flatMap((job) => githubPermissions(job).match(/[\w-]+: \w+/g) ?? []));
  return [...all].filter((right) => !right.endsWith(': read') || !all.has(right.replace(/read$/, 'write')));
}

function callTrigger({ jobs, logins, secretNames }: Pipeline): readonly string[] {
  const secrets = [
    ...logins.flatMap((login) => (login.kind === 'token' ? [] : [login.passwordVariable])),
    ...secretNames,
  ];
  const usernames = logins.flatMap((login) => (login.kind === 'token' ? [] : [login.usernameVariable]));
  const rights = callerRights(jobs);
  return [
    ...commentLines(
      `Who calls it gives it its rights, \`permissions: { ${rights.join(', ')} }\`, and \`secrets: inherit\`.`,
    ),
    'on:',
    '  workflow_call:',
    '    inputs:',
    '      push: { description: Whether the result is published, type: boolean, default: true }',
    ...(secrets.length === 0
      ? []
      : ['    secrets:', ...[...usernames, ...secrets].map((name) => `      ${name}: { required: false }`)]),
  ];
}

function environment({ program, env, logins, conditionNames }: Pipeline): readonly string[] {
  const usernames = logins.filter(({ kind }) => kind === 'secret').map(({ usernameVariable }) => usernameVariable);
  const variables = { POLYARCH: program, ...env };
  return [
    'env:',
    ...Object.entries(variables).map(([name, value]) => `  ${name}: ${yamlText(value)}`),
    ...[...new Set([...usernames, ...conditionNames])].map(
      (name) => `  ${name}: \${{ vars.${name} || secrets.${name} }}`,
    ),
  ];
}

const whys: Readonly<Record<JobId, string>> = {
  plan: 'Decides what is to be built; a cell whose inputs did not change is not built again.',
  build: 'One job a cell. A cell that fails stops no other, and can be run again alone.',
  publish: 'Merges what was built, proves it, and only then moves the tags.',
  report: 'Tells what the pull request would give; it publishes nothing.',
};

function jobLines(job: Job, pipeline: Pipeline, options: GithubOptions): readonly string[] {
  return [
    ...commentLines(whys[job.id], 116),
    `${job.id}:`,
    ...indented(
      [
        ...(job.isPerCell ? ['name: build ${{ matrix.cell }}'] : []),
        ...(job.needs.length === 0 ? [] : [`needs: ${yamlList(job.needs)}`]),
        ...conditionLines(job, options),
        ...(job.isPerCell ? [] : [`runs-on: ${runsOn(pipeline.runner.labels)}`]),
        ...(job.isPerCell ? matrixLines(pipeline) : []),
        `timeout-minutes: ${pipeline.timeoutMinutes}`,
        `permissions: ${githubPermissions(job)}`,
        ...concurrencyLines(job, scopeOf(pipeline, options), options),
        ...(job.id === 'plan' ? planOutputs : []),
        'steps:',
        ...indented(githubSteps(job, pipeline, options), 2),
      ],
      2,
    ),
  ];
}

const planOutputs = [
  'outputs:',
  '  matrix: ${{ steps.plan.outputs.matrix }}',
  '  empty: ${{ steps.plan.outputs.empty }}',
  '  attempt: ${{ github.run_attempt }} # of this job: what it planned is built by later attempts too',
];

function runsOn(labels: readonly string[]): string {
  return labels.length === 1 ? yamlText(labels[0] ?? '') : yamlList(labels);
}

function matrixLines({ cells }: Pipeline): readonly string[] {
  const reasons = [
    ...new Set(cells.flatMap(({ needsEmulation, runner }) => (needsEmulation ? (runner.reason ?? []) : []))),
  ];
  return [
    ...reasons.flatMap((reason) => commentLines(`${reason}.`, 112)),
    'runs-on: ${{ matrix.runner }}',
    'strategy:',
    '  fail-fast: false',
    '  matrix: ${{ fromJSON(needs.plan.outputs.matrix) }}',
  ];
}

/** A build that failed does not keep the others from being told of; a run that was cancelled publishes nothing. */
function conditionLines({ id, event }: Job, options: GithubOptions): readonly string[] {
  if (id === 'build') return ["if: needs.plan.outputs.empty != 'true'"];
  if (event === 'any') return [];
  const ended = "!cancelled() && needs.plan.result == 'success' && needs.build.result != 'cancelled'";
  const kind = event === 'release' ? isPublished(options) : pullRequestOnly(options);
  return [`if: \${{ ${ended} && ${kind} }}`];
}

function pullRequestOnly({ isReusable }: GithubOptions): string {
  return isReusable ? "startsWith(github.event_name, 'pull_request')" : "github.event_name == 'pull_request'";
}

/** What answers a pull request goes with the whole run of it. */
function concurrencyLines(
  { id, event, outdated }: Job,
  scope: string,
  { isReusable }: GithubOptions,
): readonly string[] {
  if (event === 'pull-request' && !isReusable) return [];
  const group = `\${{ github.workflow }}-${isReusable ? `${scope}-` : ''}${id}-\${{ github.ref }}${id === 'build' ? '-${{ matrix.name }}' : ''}`;
  return [
    ...(outdated === 'cancelled' ? [] : ['# Never cancelled half way: a newer run of the branch waits.']),
    `concurrency: { group: '${group}', cancel-in-progress: ${outdated === 'cancelled'} }`,
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
