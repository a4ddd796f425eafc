import {
  buildCommand,
  handoverFolder,
  partsFolder,
  planCommand,
  planFile,
  publishCommand,
  reportCommand,
} from './commands.ts';
import { globPattern } from './glob-pattern.ts';
import { markerLine } from './marker.ts';
import type { Job, JobId, Pipeline, RegistryLogin, Step } from './pipeline.ts';
import { commentLines, indented, yamlFlowText, yamlItems, yamlList, yamlText } from './yaml-text.ts';

const words = { program: '"$POLYARCH"', cell: '"$CELL"' };

/** The pipeline as GitLab CI has it. https://docs.gitlab.com/ci/yaml/ */
export function renderGitlab(pipeline: Pipeline): string {
  const lines = [
    `# ${markerLine('gitlab')}`,
    '',
    'stages: [plan, build, publish]',
    '',
    ...startRules(pipeline),
    '',
    ...variables(pipeline),
    '',
    ...defaults(pipeline),
    ...pipeline.jobs.flatMap((job) => ['', ...jobLines(job, pipeline)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** GitLab takes no more patterns than these in one rule. */
const patternsAtMost = 50;

/** Which events start a pipeline. Schedules and runs by hand take every path. */
function startRules({ triggers }: Pipeline): readonly string[] {
  const { paths = [], whyAllPaths, branches, tags } = triggers;
  // `**` goes through folders only before a slash.
  const globs = paths.filter((path) => !path.startsWith('!')).map((path) => path.replace(/(^|\/)\*\*$/, '$1**/*'));
  const isTooMany = globs.length > patternsAtMost;
  const changes = globs.length === 0 || isTooMany ? [] : ['  changes:', ...indented(yamlItems(globs), 4)];
  const isBranch = branches.map(branchCondition).join(' || ');
  const why = isTooMany ? `Every change counts: GitLab takes ${patternsAtMost} paths at most` : whyAllPaths;
  return [
    'workflow:',
    '  auto_cancel: { on_new_commit: interruptible }',
    '  rules:',
    ...indented(
      [
        ...commentLines(why ?? 'What the images are made of; no other change starts a pipeline.'),
        '- if: $CI_PIPELINE_SOURCE == "merge_request_event"',
        ...changes,
        `- if: $CI_PIPELINE_SOURCE == "push" && (${isBranch})`,
        ...changes,
        ...(tags.length === 0 ? [] : [`- if: ${tagCondition(tags)}`]),
        '- if: $CI_PIPELINE_SOURCE == "schedule" || $CI_PIPELINE_SOURCE == "web"',
      ],
      4,
    ),
  ];
}

function branchCondition(branch: string): string {
  if (branch === '$default') return '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH';
  return /[*?[+!\\]/.test(branch)
    ? `$CI_COMMIT_BRANCH =~ /${globPattern(branch).replaceAll('/', '\\/')}/`
    : `$CI_COMMIT_BRANCH == "${branch}"`;
}

function tagCondition(tags: readonly string[]): string {
  return tags.includes('**') ? '$CI_COMMIT_TAG' : '$CI_COMMIT_TAG =~ /^v?[0-9]/';
}

const dockerVariables = {
  DOCKER_HOST: 'tcp://docker:2376',
  DOCKER_TLS_CERTDIR: '/certs',
  DOCKER_TLS_VERIFY: '1',
  DOCKER_CERT_PATH: '/certs/client',
};

function variables({ program, env, usesBuildkit }: Pipeline): readonly string[] {
  const own = {
    POLYARCH: program,
    DOCKER_HUB: '$CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX',
    ...(usesBuildkit ? dockerVariables : {}),
  };
  const notes: Readonly<Record<string, string>> = {
    DOCKER_HUB: "The group's dependency proxy; a project outside of a group sets docker.io in `ci.env`.",
    DOCKER_HOST: 'BuildKit runs beside the service `docker`, which is reached over TLS.',
  };
  return [
    'variables:',
    ...Object.entries({ ...own, ...env }).flatMap(([name, value]) => [
      ...(notes[name] === undefined ? [] : [`  # ${notes[name]}`]),
      `  ${name}: ${yamlText(value)}`,
    ]),
  ];
}

function defaults({ timeoutMinutes, runner, logins, usesBuildkit }: Pipeline): readonly string[] {
  return [
    'default:',
    '  image: $DOCKER_HUB/docker:28',
    ...(usesBuildkit ? ['  services: [{ name: $DOCKER_HUB/docker:28-dind, alias: docker }]'] : []),
    `  tags: ${yamlList(runner.labels)}`,
    `  timeout: ${timeoutMinutes} minutes`,
    '  interruptible: true',
    '  before_script:',
    ...indented(
      yamlItems([
        'apk add --no-cache nodejs npm git',
        ...(usesBuildkit
          ? ['docker context create polyarch && docker buildx create --name polyarch --use polyarch']
          : []),
        ...ownLogins.map(loginCommand),
        ...logins.filter(({ kind }) => kind === 'secret').map(loginCommand),
      ]),
      4,
    ),
  ];
}

/** GitLab's own registry; and its proxy, which the runner enters by itself, and `docker run` does not. */
const ownLogins = [
  {
    registry: '"$CI_REGISTRY"',
    usernameVariable: 'CI_REGISTRY_USER',
    passwordVariable: 'CI_REGISTRY_PASSWORD',
    isRequired: true,
  },
  {
    registry: '"$CI_DEPENDENCY_PROXY_SERVER"',
    usernameVariable: 'CI_DEPENDENCY_PROXY_USER',
    passwordVariable: 'CI_DEPENDENCY_PROXY_PASSWORD',
    isRequired: false,
  },
];

/** Protected variables are not there for a merge request of a fork: then nobody logs in. */
function loginCommand({
  registry,
  usernameVariable: username,
  passwordVariable: password,
  isRequired,
}: Pick<RegistryLogin, 'registry' | 'usernameVariable' | 'passwordVariable' | 'isRequired'>): string {
  const login = `echo "$${password}" | docker login --username "$${username}" --password-stdin ${registry}`;
  return `test -z "$${password}" || ${login}${isRequired ? '' : ` || echo "going on without ${registry.replaceAll('"', '')}"`}`;
}

const whys: Readonly<Record<JobId, string>> = {
  plan: 'Decides what is to be built; a cell whose inputs did not change is not built again.',
  build: 'One job a cell. A cell that fails stops no other, and can be run again alone.',
  publish:
    'Merges what was built, proves it, and only then moves the tags. Never two at once, never cancelled half way.',
  report: 'Tells what the merge request would give; it publishes nothing.',
};

function jobLines(job: Job, pipeline: Pipeline): readonly string[] {
  const { id, needs } = job;
  return [
    ...commentLines(whys[id]),
    ...(answers(job)
      ? commentLines('It speaks by GITLAB_TOKEN, a masked variable: a token of the project with the scope `api`.')
      : []),
    `${id}:`,
    ...indented(
      [
        `stage: ${id === 'report' ? 'publish' : id}`,
        ...(needs.length === 0 ? [] : [`needs: ${yamlList(needs)}`]),
        ...(job.isPerCell ? matrixLines(pipeline) : []),
        ...ruleLines(job),
        'script:',
        ...indented(yamlItems(job.steps.flatMap((step) => scriptOf(step, pipeline))), 2),
        ...artifactLines(id),
      ],
      2,
    ),
  ];
}

function answers({ steps }: Job): boolean {
  return steps.some((step) => step.kind === 'report' && (step.comment || step.description));
}

/** A matrix of GitLab is fixed, so that a cell which needs no building is left by its own job. */
function matrixLines({ cells }: Pipeline): readonly string[] {
  const width = Math.max(...cells.map(({ runner }) => runner.labels.length));
  const names = Array.from({ length: width }, (_empty, at) => (width === 1 ? 'RUNNER' : `RUNNER_${at + 1}`));
  const reasons = cells.flatMap(({ needsEmulation, runner }) => (needsEmulation ? (runner.reason ?? []) : []));
  return [
    ...[...new Set(reasons)].flatMap((reason) => commentLines(`${reason}.`, 112)),
    `tags: ${yamlList(names.map((name) => `$${name}`))}`,
    'parallel:',
    '  matrix:',
    ...cells.map(({ id, name, platform, runner: { labels } }) => {
      const runners = names.map((variable, at) => `${variable}: ${yamlFlowText(labels[at] ?? labels[0] ?? '')}`);
      return `    - { CELL: ${id}, NAME: ${name}, PLATFORM: ${platform}, ${runners.join(', ')} }`;
    }),
  ];
}

function ruleLines({ id, event }: Job): readonly string[] {
  if (event === 'any') return [];
  return [
    ...(id === 'publish' ? ['interruptible: false', 'resource_group: polyarch-publish'] : []),
    'rules:',
    `  - if: $CI_PIPELINE_SOURCE ${event === 'release' ? '!=' : '=='} "merge_request_event"`,
    '    when: always # what failed is to be told as well',
  ];
}

function artifactLines(id: JobId): readonly string[] {
  if (id === 'plan') return ['artifacts:', `  paths: [${handoverFolder}/]`, '  expire_in: 1 week'];
  if (id !== 'build') return [];
  return ['artifacts:', '  when: always', `  paths: [${partsFolder}/$NAME.json]`, '  expire_in: 1 week'];
}

/** What GitLab does by itself (checkout, artifacts), and what stands in `before_script`, needs no line. */
function scriptOf(step: Step, pipeline: Pipeline): readonly string[] {
  switch (step.kind) {
    case 'emulation': {
      const names = step.platforms.join('|');
      return [
        `case "$PLATFORM" in ${names}) docker run --privileged --rm $DOCKER_HUB/tonistiigi/binfmt --install all;; esac`,
      ];
    }
    case 'plan': {
      const pull = step.pullRequestPlatforms === undefined ? '' : `--platform ${step.pullRequestPlatforms.join(',')}`;
      const push = pipeline.logins.length === 0 ? '' : '--push';
      return [
        `if [ "$CI_PIPELINE_SOURCE" = merge_request_event ]; then WHAT="${pull}"; else WHAT="${push}"; fi`,
        planCommand(pipeline, words, '$WHAT'),
      ];
    }
    case 'build':
      return [
        `if [ -e "${partsFolder}/$NAME.json" ]; then echo "$CELL is as it was"; exit 0; fi`,
        `if ! grep -qF "\\"$CELL\\"" ${planFile}; then echo "$CELL is not asked for"; exit 0; fi`,
        // A fork has no secrets; what can do without them is built all the same.
        ...pipeline.secretNames.map((name) => `export ${name}="\${${name}-}"`),
        buildCommand(words),
      ];
    case 'publish':
      return [publishCommand(words)];
    case 'report':
      return [reportCommand(words, step)];
    default:
      return [];
  }
}
