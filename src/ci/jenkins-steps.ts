import {
  buildCommand,
  handoverFolder,
  partsFolder,
  planCommand,
  planFile,
  publishCommand,
  reportCommand,
} from './commands.ts';
import { block, text } from './groovy-text.ts';
import type { Pipeline, RegistryLogin, Step } from './pipeline.ts';

const words = { program: '"$POLYARCH"', cell: '"$CELL"' };

/** What a step does, as lines of a declarative `steps` block. */
export function jenkinsSteps(step: Step, pipeline: Pipeline): readonly string[] {
  switch (step.kind) {
    case 'checkout':
      return ['checkout scm'];
    case 'clear':
      return ['deleteDir()'];
    case 'builder':
      return [
        `sh 'docker buildx use polyarch 2>/dev/null || docker buildx create --name polyarch --driver docker-container --use'`,
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
      return ['milestone 1', `sh '${publishCommand(words)}'`];
    case 'report':
      return reportLines(step);
    case 'login':
      return loginScript(step.login);
    case 'node':
    case 'service-cache':
    case 'attest':
      return [];
  }
}

/** A pull request has no credentials; a registry whose variable is unset is left out. */
function loginScript(login: RegistryLogin): readonly string[] {
  const { registry, usernameVariable, passwordVariable, when, isRequired } = login;
  const id = registry.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const condition = when === undefined ? '!env.CHANGE_ID' : `!env.CHANGE_ID && env.${when}`;
  const binding = `usernamePassword(credentialsId: '${id}', usernameVariable: '${usernameVariable}', passwordVariable: '${passwordVariable}')`;
  const lines = block(`withCredentials([${binding}])`, [
    `sh 'echo "$${passwordVariable}" | docker login --username "$${usernameVariable}" --password-stdin ${registry}'`,
  ]);
  const mayFail = "catchError(buildResult: 'SUCCESS', stageResult: 'UNSTABLE', catchInterruptions: false)";
  return block('script', block(`if (${condition})`, isRequired ? lines : block(mayFail, lines)));
}

/** The credentials of the one who answers are named by a variable; nobody is told without it. */
function reportLines(step: Extract<Step, { kind: 'report' }>): readonly string[] {
  const call = [`sh '${reportCommand(words, step)}'`];
  if (!step.comment && !step.description) return call;
  const binding = "string(credentialsId: env.REPORT_CREDENTIALS, variable: forge + '_TOKEN')";
  return [
    '// REPORT_CREDENTIALS, a variable of the folder or of `ci.env`, names a secret text: the token that answers.',
    ...block('script', [
      "def forge = env.CHANGE_URL?.contains('/merge_requests/') ? 'GITLAB' : 'GITHUB'",
      ...block(`withCredentials(env.REPORT_CREDENTIALS ? [${binding}] : [])`, call),
    ]),
  ];
}

function planLines(step: Extract<Step, { kind: 'plan' }>, pipeline: Pipeline): readonly string[] {
  const pull = step.pullRequestPlatforms === undefined ? '' : `--platform ${step.pullRequestPlatforms.join(',')}`;
  const push = pipeline.logins.length === 0 ? '' : '--push';
  const what = `isPublished() ? '${push}' : env.CHANGE_ID ? '${pull}' : ''`;
  return [...block(`withEnv(["WHAT=\${${what}}"])`, [`sh ${text(planCommand(pipeline, words, '$WHAT'))}`])];
}

/**
 * The matrix is fixed: a cell that needs no building, or is not asked for, is left by its own branch. What a fork sends is
 * built without secrets. A build that was ended is no cell that failed: it goes no further.
 */
function buildLines({ secretNames }: Pipeline): readonly string[] {
  const guard = `test -e "${partsFolder}/$NAME.json" || ! grep -qF "\\\\"$CELL\\\\"" ${planFile} || ${buildCommand(words)}`;
  const bindings = secretNames.map((name) => `string(credentialsId: '${name}', variable: '${name}')`).join(', ');
  const empty = secretNames.map((name) => `export ${name}="\${${name}-}"; `).join('');
  const call = [`sh '${empty}${guard}'`];
  return block(
    "catchError(buildResult: 'FAILURE', stageResult: 'FAILURE', catchInterruptions: false)",
    secretNames.length === 0
      ? call
      : [
          '// A fork gets no secrets.',
          ...block('script', block(`withCredentials(env.CHANGE_FORK ? [] : [${bindings}])`, call)),
        ],
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
