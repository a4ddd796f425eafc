import { partsFolder } from './commands.ts';
import { globPattern } from './glob-pattern.ts';
import { block, comment, text } from './groovy-text.ts';
import { jenkinsSteps } from './jenkins-steps.ts';
import { markerLine } from './marker.ts';
import type { Job, JobId, Pipeline, PipelineCell } from './pipeline.ts';
import type { Runner } from './runners.ts';
import { indented } from './yaml-text.ts';

/** The pipeline as a declarative Jenkinsfile. https://www.jenkins.io/doc/book/pipeline/syntax/ */
export function renderJenkins(pipeline: Pipeline): string {
  const lines = [
    `// ${markerLine('jenkins')}`,
    ...comment(needs),
    '',
    ...cellMap(pipeline.cells),
    '',
    ...publishedBranches(pipeline.triggers),
    '',
    ...comment(outdated),
    'if (env.CHANGE_ID) properties([disableConcurrentBuilds(abortPrevious: true)])',
    '',
    'pipeline {',
    ...indented(
      [
        'agent none',
        ...block('options', [
          `timeout(time: ${3 * pipeline.timeoutMinutes}, unit: 'MINUTES')`,
          'skipDefaultCheckout()',
        ]),
        ...triggers(pipeline),
        ...block('environment', environment(pipeline)),
        ...block(
          'stages',
          pipeline.jobs.flatMap((job) => stage(job, pipeline)),
        ),
      ],
      2,
    ),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

const needs =
  'Agents need Docker with buildx and Node 20.18 or newer; Jenkins the plugins Pipeline, Credentials Binding, Lockable Resources and Milestone Step. Credentials are named by their registry, as `ghcr-io` for ghcr.io.';

const outdated =
  'A newer run of a pull request ends the older one at once. Of a branch it cannot: `abortPrevious` would end one that publishes half way, and Jenkins can tell no stage apart. There an older run builds on until a newer one comes to the milestone, which ends it unless it has come there first.';

/** Branch sources build every branch and tag that they find: only these are published. */
function publishedBranches({ branches, tags }: Pipeline['triggers']): readonly string[] {
  const names = branches.map((branch) =>
    branch === '$default' ? "env.BRANCH_IS_PRIMARY == 'true'" : `env.BRANCH_NAME ==~ ${text(globPattern(branch))}`,
  );
  const tag = tags.includes('**') ? 'true' : tags.length === 0 ? 'false' : "env.TAG_NAME ==~ '^v?[0-9].*'";
  return [
    '// What is published. All else that a branch source finds is built, and nothing of it is pushed.',
    'boolean isPublished() {',
    '  if (env.CHANGE_ID) return false',
    `  if (env.TAG_NAME) return ${tag}`,
    '  // A job of one branch has no BRANCH_NAME.',
    `  return !env.BRANCH_NAME || ${names.join(' || ')}`,
    '}',
  ];
}

function cellMap(cells: readonly PipelineCell[]): readonly string[] {
  return [
    '// The agent of each cell by its labels, and the name of its files.',
    '@groovy.transform.Field',
    'final Map CELLS = [',
    ...cells.map(({ id, name, runner }) => `  ${text(id)}: [agent: ${text(labelOf(runner))}, name: ${text(name)}],`),
    ']',
  ];
}

function labelOf({ labels }: Runner): string {
  return labels.join(' && ');
}

function triggers({ triggers: { schedule } }: Pipeline): readonly string[] {
  return schedule === undefined
    ? []
    : block('triggers', [
        '// Base images change too; not for every branch and pull request.',
        `cron(!env.BRANCH_NAME || env.BRANCH_IS_PRIMARY == 'true' ? ${text(schedule)} : '')`,
      ]);
}

function environment({ program, env }: Pipeline): readonly string[] {
  return Object.entries({ POLYARCH: program, ...env }).map(([name, value]) => `${name} = ${text(value)}`);
}

const whys: Readonly<Record<JobId, string>> = {
  plan: 'Decides what is to be built; a cell whose inputs did not change is not built again.',
  build: 'One branch a cell. A cell that fails stops no other.',
  publish: 'Merges what was built, proves it, and only then moves the tags.',
  report: 'Tells what the pull request would give; it publishes nothing.',
};

function stage(job: Job, pipeline: Pipeline): readonly string[] {
  return [
    ...comment(whys[job.id]),
    ...block(`stage(${text(job.id)})`, job.isPerCell ? matrix(job, pipeline) : plainStage(job, pipeline)),
  ];
}

function plainStage(job: Job, pipeline: Pipeline): readonly string[] {
  const conditions = { any: [], release: ['expression { isPublished() }'], 'pull-request': ['changeRequest()'] };
  const condition = conditions[job.event];
  return [
    ...(condition.length === 0 ? [] : block('when', ['beforeAgent true', ...condition])),
    `agent { label ${text(labelOf(pipeline.runner))} }`,
    ...(job.id === 'publish'
      ? [
          '// Never two at once; of those that wait, the newest is next.',
          `options { lock(resource: "polyarch-publish-\${env.JOB_NAME}", inversePrecedence: true) }`,
        ]
      : []),
    ...block('environment', dockerConfig),
    ...steps(job, pipeline),
  ];
}

function matrix(job: Job, pipeline: Pipeline): readonly string[] {
  const values = pipeline.cells.map(({ id }) => text(id)).join(', ');
  const reasons = pipeline.cells.flatMap(({ needsEmulation, runner }) => (needsEmulation ? (runner.reason ?? []) : []));
  return block('matrix', [
    ...block('axes', block('axis', ["name 'CELL'", `values ${values}`])),
    ...[...new Set(reasons)].flatMap((reason) => comment(`${reason}.`)),
    'agent { label "${CELLS[CELL].agent}" }',
    ...block(
      'stages',
      block("stage('cell')", [
        ...block('environment', ['NAME = "${CELLS[CELL].name}"', ...dockerConfig]),
        ...steps(job, pipeline),
      ]),
    ),
  ]);
}

/** Jobs share an agent, and with it its user's logins: each has its own, which goes with its folder. */
const dockerConfig = ['DOCKER_CONFIG = "${WORKSPACE}/.polyarch/docker"'];

/** What the agent's user has beside logins is taken over. */
const ownDockerConfig = `sh 'mkdir -p "$DOCKER_CONFIG"; for NAME in cli-plugins contexts buildx; do cp -R "$HOME/.docker/$NAME" "$DOCKER_CONFIG" 2>/dev/null || true; done'`;

function steps(job: Job, pipeline: Pipeline): readonly string[] {
  const hasLogin = job.steps.some(({ kind }) => kind === 'login');
  const usesDocker = hasLogin || job.steps.some(({ kind }) => kind === 'builder');
  const lines = job.steps.flatMap((step) => jenkinsSteps(step, pipeline));
  const [first = '', ...rest] = lines;
  return [
    ...block('steps', usesDocker ? [first, ownDockerConfig, ...rest] : lines),
    ...block('post', [
      ...(job.isPerCell
        ? block('always', [`stash name: "part-\${NAME}", includes: "${partsFolder}/\${NAME}.json", allowEmpty: true`])
        : []),
      ...block('cleanup', ['deleteDir()']),
    ]),
  ];
}
