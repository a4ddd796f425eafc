import {
  buildCommand,
  handoverFolder,
  partsFolder,
  planCommand,
  planFile,
  publishCommand,
  reportCommand,
} from './commands.ts';
import { markerLine } from './marker.ts';
import type { Job, JobId, Pipeline, PipelineCell, RegistryLogin, Step } from './pipeline.ts';
import type { Runner } from './runners.ts';
import { commentLines, indented } from './yaml-text.ts';

const words = { program: '"$POLYARCH"', cell: '"$CELL"' };

/** The pipeline as a declarative Jenkinsfile. https://www.jenkins.io/doc/book/pipeline/syntax/ */
export function renderJenkins(pipeline: Pipeline): string {
  const lines = [
    `// ${markerLine('jenkins')}`,
    '',
    ...cellMap(pipeline.cells),
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
  return schedule === undefined ? [] : block('triggers', [`cron(${text(schedule)}) // base images change too`]);
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
    ...commentLines(whys[job.id]).map((line) => line.replace(/^#/, '//')),
    ...block(`stage(${text(job.id)})`, job.isPerCell ? matrix(job, pipeline) : plainStage(job, pipeline)),
  ];
}

function plainStage(job: Job, pipeline: Pipeline): readonly string[] {
  const conditions = { any: [], release: ['not { changeRequest() }'], 'pull-request': ['changeRequest()'] };
  const condition = conditions[job.event];
  return [
    ...(condition.length === 0 ? [] : block('when', ['beforeAgent true', ...condition])),
    `agent { label ${text(labelOf(pipeline.runner))} }`,
    ...(job.id === 'publish' ? [`options { lock(resource: "polyarch-publish-\${env.JOB_NAME}") }`] : []),
    ...steps(job, pipeline),
  ];
}

function matrix(job: Job, pipeline: Pipeline): readonly string[] {
  const values = pipeline.cells.map(({ id }) => text(id)).join(', ');
  const reasons = pipeline.cells.flatMap(({ needsEmulation, runner }) => (needsEmulation ? (runner.reason ?? []) : []));
  return block('matrix', [
    ...block('axes', block('axis', ["name 'CELL'", `values ${values}`])),
    ...[...new Set(reasons)].flatMap((reason) => commentLines(`${reason}.`).map((line) => line.replace(/^#/, '//'))),
    'agent { label "${CELLS[CELL].agent}" }',
    ...block(
      'stages',
      block("stage('cell')", [...block('environment', ['NAME = "${CELLS[CELL].name}"']), ...steps(job, pipeline)]),
    ),
  ]);
}

function steps(job: Job, pipeline: Pipeline): readonly string[] {
  const lines = job.steps.flatMap((step) => stepLines(step, pipeline));
  const logins = job.steps.flatMap((step) => (step.kind === 'login' ? [step.login] : []));
  return [
    ...block('steps', lines),
    ...block('post', [
      ...(job.isPerCell
        ? block('always', [`stash name: "part-\${NAME}", includes: "${partsFolder}/\${NAME}.json", allowEmpty: true`])
        : []),
      ...block('cleanup', [...logins.map(({ registry }) => `sh 'docker logout ${registry} || true'`), 'deleteDir()']),
    ]),
  ];
}

function stepLines(step: Step, pipeline: Pipeline): readonly string[] {
  switch (step.kind) {
    case 'checkout':
      return ['checkout scm'];
    case 'builder':
      return [
        `sh 'docker buildx inspect polyarch >/dev/null 2>&1 || docker buildx create --name polyarch --driver docker-container'`,
      ];
    case 'emulation':
      return [
        `sh 'case "$CELL" in ${step.platforms.map((platform) => `*/${platform}`).join('|')}) docker run --privileged --rm tonistiigi/binfmt --install all;; esac'`,
      ];
    case 'plan':
      return planLines(step, pipeline);
    case 'receive':
      return step.what === 'plan' ? ["unstash 'plan'"] : unstashParts();
    case 'hand-over':
      return step.what === 'plan' ? [`stash name: 'plan', includes: '${handoverFolder}/**'`] : [];
    case 'build':
      return buildLines(pipeline);
    case 'publish':
      return [
        '// A newer build that comes here ends the older ones that did not; `abortPrevious` would end one that publishes.',
        'milestone 1',
        `sh '${publishCommand(words)}'`,
      ];
    case 'report':
      return [`sh '${reportCommand(words, step)}'`];
    case 'login':
      return loginScript(step.login);
    case 'node':
    case 'service-cache':
    case 'attest':
      return [];
  }
}

/** A pull request has no credentials; a registry whose variable is unset is left out. */
function loginScript({ registry, usernameVariable, passwordVariable, when }: RegistryLogin): readonly string[] {
  const id = registry.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const condition = when === undefined ? '!env.CHANGE_ID' : `!env.CHANGE_ID && env.${when}`;
  const binding = `usernamePassword(credentialsId: '${id}', usernameVariable: '${usernameVariable}', passwordVariable: '${passwordVariable}')`;
  return block(
    'script',
    block(
      `if (${condition})`,
      block(`withCredentials([${binding}])`, [
        `sh 'echo "$${passwordVariable}" | docker login --username "$${usernameVariable}" --password-stdin ${registry}'`,
      ]),
    ),
  );
}

function planLines(step: Extract<Step, { kind: 'plan' }>, pipeline: Pipeline): readonly string[] {
  const pull = step.pullRequestPlatforms === undefined ? '' : `--platform ${step.pullRequestPlatforms.join(',')}`;
  const push = pipeline.logins.length === 0 ? '' : '--push';
  return [
    ...block(`withEnv(["WHAT=\${env.CHANGE_ID ? '${pull}' : '${push}'}"])`, [
      `sh '${planCommand(pipeline, words, '$WHAT')}'`,
    ]),
  ];
}

/** The matrix is fixed: a cell that needs no building, or is not asked for, is left by its own branch. */
function buildLines({ secretNames }: Pipeline): readonly string[] {
  const guard = `test -e "${partsFolder}/$NAME.json" || ! grep -qF "\\\\"$CELL\\\\"" ${planFile} || ${buildCommand(words)}`;
  const bindings = secretNames.map((name) => `string(credentialsId: '${name}', variable: '${name}')`).join(', ');
  const call = [`sh '${guard}'`];
  return block(
    "catchError(buildResult: 'FAILURE', stageResult: 'FAILURE')",
    secretNames.length === 0 ? call : block(`withCredentials([${bindings}])`, call),
  );
}

/** A branch whose agent was lost stashed nothing: its record is missing, and `publish` says so. */
function unstashParts(): readonly string[] {
  return block(
    'script',
    block('CELLS.each { cell, known ->', [
      'try { unstash "part-${known.name}" } catch (error) { echo "There is no part of ${cell}" }',
    ]),
  );
}

/** A block of Groovy; a head that opens its own brace keeps it. */
function block(head: string, lines: readonly string[]): readonly string[] {
  return [head.endsWith('->') ? head : `${head} {`, ...indented(lines, 2), '}'];
}

/** A text of Groovy in which nothing is replaced. */
function text(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
