import { actions, formatAction, type PinnedAction } from './actions.ts';
import {
  buildCommand,
  handoverFolder,
  launch,
  partsFolder,
  planCommand,
  publishCommand,
  reportCommand,
} from './commands.ts';
import type { Job, Pipeline, RegistryLogin, Right, Step } from './pipeline.ts';
import { commentLines, indented, yamlText } from './yaml-text.ts';

const words = { program: '"$POLYARCH"', cell: '"$CELL"' };

/** The steps of a job, as the lines of a YAML list. */
export function githubSteps(job: Job, pipeline: Pipeline, options: GithubOptions): readonly string[] {
  return job.steps.flatMap((step) => stepLines(step, job, { pipeline, ...options }));
}

export interface GithubOptions {
  /** A workflow that others call, in place of one that events start. */
  readonly isReusable: boolean;
}

/** When the result is published: for everything but a pull request, unless a caller says no. */
export function isPublished({ isReusable }: GithubOptions): string {
  return `github.event_name != 'pull_request'${isReusable ? ' && inputs.push' : ''}`;
}

interface Surroundings extends GithubOptions {
  readonly pipeline: Pipeline;
}

/** The rights of a job as `permissions:` has them. */
export function githubPermissions(rights: readonly Right[]): string {
  const named: Readonly<Record<Right, string>> = {
    'read-packages': 'packages: read',
    'write-packages': 'packages: write',
    attest: 'id-token: write, attestations: write',
    'answer-pull-request': 'pull-requests: write',
  };
  return `{ ${['contents: read', ...rights.map((right) => named[right])].join(', ')} }`;
}

function stepLines(step: Step, job: Job, surroundings: Surroundings): readonly string[] {
  const { pipeline } = surroundings;
  switch (step.kind) {
    case 'checkout':
      return use(actions.checkout, { 'persist-credentials': 'false' });
    case 'node':
      return use(actions.setupNode, { 'node-version': '22', 'package-manager-cache': 'false' });
    case 'emulation':
      return emulation(step.platforms);
    case 'builder':
      return builder(pipeline);
    case 'service-cache':
      return serviceCache();
    case 'login':
      return login(step.login, job);
    case 'receive':
      return receive(step.what);
    case 'hand-over':
      return handOver(step.what);
    case 'plan':
      return plan(step, surroundings);
    case 'build':
      return build(pipeline);
    case 'publish':
      return run(publishCommand(words));
    case 'report':
      return report(step);
    case 'attest':
      return attest();
  }
}

/** A step that uses an action; `extra` are lines between `uses` and `with`. */
function use(
  action: PinnedAction,
  inputs: Readonly<Record<string, string>>,
  extra: readonly string[] = [],
): readonly string[] {
  const fields = Object.entries(inputs).map(([name, value]) => `${name}: ${flowText(value)}`);
  return [`- uses: ${formatAction(action)}`, ...indented([...extra, `with: { ${fields.join(', ')} }`], 2)];
}

/** A value in a mapping on one line. */
function flowText(value: string): string {
  if (/^(?:true|false|\d+)$/.test(value)) return value;
  return /[{}[\],]/.test(value) ? `'${value.replaceAll("'", "''")}'` : yamlText(value);
}

function run(command: string, extra: readonly string[] = []): readonly string[] {
  const lines = [...extra, `run: ${yamlText(command)}`];
  return lines.map((line, at) => (at === 0 ? `- ${line}` : `  ${line}`));
}

function environmentLine(variables: Readonly<Record<string, string>>): string {
  return `env: { ${Object.entries(variables)
    .map(([name, value]) => `${name}: ${flowText(value)}`)
    .join(', ')} }`;
}

function emulation(platforms: readonly string[]): readonly string[] {
  return use(actions.setupQemu, { platforms: '${{ matrix.platform }}' }, [
    `if: ${platforms.map((platform) => `matrix.platform == '${platform}'`).join(' || ')}`,
  ]);
}

function builder({ usesBlacksmith }: Pipeline): readonly string[] {
  if (!usesBlacksmith) return use(actions.setupBuildx, { name: 'polyarch' });
  return use(actions.blacksmithBuilder, { 'cache-key': '${{ github.repository }}-${{ matrix.name }}' });
}

function serviceCache(): readonly string[] {
  return [
    ...commentLines("BuildKit's cache of GitHub needs what GitHub shows to actions alone.", 112),
    ...use(actions.githubScript, {
      script: `for (const name of ['ACTIONS_RESULTS_URL', 'ACTIONS_RUNTIME_TOKEN']) core.exportVariable(name, process['env'][name])`,
    }),
  ];
}

/** A fork has neither secrets nor a token that may read; other pull requests read what is private to the repository. */
function login(target: RegistryLogin, { event }: Job): readonly string[] {
  const { registry, kind, usernameVariable, passwordVariable, when } = target;
  const username = kind === 'token' ? 'github.actor' : `env.${usernameVariable}`;
  const password = kind === 'token' ? 'secrets.GITHUB_TOKEN' : `secrets.${passwordVariable}`;
  const pull =
    kind === 'token' ? 'github.event.pull_request.head.repo.fork != true' : "github.event_name != 'pull_request'";
  const conditions = [...(event === 'any' ? [pull] : []), ...(when === undefined ? [] : [`env.${when} != ''`])];
  return use(
    actions.login,
    { registry, username: `\${{ ${username} }}`, password: `\${{ ${password} }}` },
    conditions.length === 0 ? [] : [`if: ${conditions.join(' && ')}`],
  );
}

const artifacts = { plan: 'polyarch-plan', part: 'polyarch-part-${{ matrix.name }}', parts: 'polyarch-part-*' };

function receive(what: 'plan' | 'parts'): readonly string[] {
  return what === 'plan'
    ? use(actions.downloadArtifact, { name: artifacts.plan, path: handoverFolder })
    : use(actions.downloadArtifact, { pattern: artifacts.parts, path: partsFolder, 'merge-multiple': 'true' });
}

/** The name is that of the cell and not of the attempt: what a re-run makes takes the place of what failed. */
function handOver(what: 'plan' | 'part'): readonly string[] {
  const path = what === 'plan' ? handoverFolder : `${partsFolder}/\${{ matrix.name }}.json`;
  const inputs = { name: artifacts[what], path, overwrite: 'true', 'include-hidden-files': 'true' };
  return what === 'plan'
    ? use(actions.uploadArtifact, inputs)
    : use(actions.uploadArtifact, inputs, ['if: ${{ !cancelled() }}']);
}

function plan(
  { pullRequestPlatforms }: Extract<Step, { kind: 'plan' }>,
  { pipeline, ...options }: Surroundings,
): readonly string[] {
  const pull = pullRequestPlatforms === undefined ? ' ' : `--platform ${pullRequestPlatforms.join(',')}`;
  const push = pipeline.logins.length === 0 ? ' ' : '--push';
  const extra = push === pull ? '' : `\${{ ${isPublished(options)} && '${push}' || '${pull}' }}`;
  return run(planCommand(pipeline, words, extra), ['id: plan']);
}

/** Secrets stand in the environment of this one step. */
function build({ secretNames }: Pipeline): readonly string[] {
  const secrets = Object.fromEntries(secretNames.map((name) => [name, `\${{ secrets.${name} }}`]));
  return run(buildCommand(words), [environmentLine({ CELL: '${{ matrix.cell }}', ...secrets })]);
}

function report(step: Extract<Step, { kind: 'report' }>): readonly string[] {
  const answers = step.comment || step.description;
  return run(reportCommand(words, step), answers ? [environmentLine({ GITHUB_TOKEN: '${{ github.token }}' })] : []);
}

const subjects = `${handoverFolder}/subjects.txt`;

/** Private repositories may attest only by contract, so that it is left to public ones. */
function attest(): readonly string[] {
  const isAllowed = "github.event.repository.visibility == 'public'";
  const list =
    '.releases[] | select(.digest) | (.digest | sub("^sha256:"; "")) as $hex | .destinations[] | select(.kind == "repository" and (.state == "written" or .state == "unchanged")) | "\\($hex)  \\(.name)"';
  return [
    '# Signed by GitHub: which workflow of which commit made these digests.',
    ...run(`${launch(words)} report --format json | jq -r '${list}' > ${subjects}`, [`if: ${isAllowed}`]),
    ...use(actions.attest, { 'subject-checksums': subjects }, [`if: ${isAllowed} && hashFiles('${subjects}') != ''`]),
  ];
}
