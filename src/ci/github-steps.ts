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

/**
 * When the result is published: for everything but a pull request, unless a caller says no. A caller may answer
 * `pull_request_target`, which has every right though a stranger starts it.
 */
export function isPublished({ isReusable }: GithubOptions): string {
  return isReusable
    ? "!startsWith(github.event_name, 'pull_request') && inputs.push"
    : "github.event_name != 'pull_request'";
}

/** What groups and artifacts are named by: a run may call the workflows of several images. */
export function scopeOf({ title }: Pipeline, { isReusable }: GithubOptions): string {
  if (!isReusable) return 'polyarch';
  return `polyarch-${title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)}`;
}

interface Surroundings extends GithubOptions {
  readonly pipeline: Pipeline;
}

/** The rights of a job as `permissions:` has them; the source may read who checks it out. */
export function githubPermissions({ rights, steps }: Job): string {
  const source = steps.some(({ kind }) => kind === 'checkout') ? ['contents: read'] : [];
  const names = [...source, ...rights.map((right) => named[right])];
  return names.length === 0 ? '{}' : `{ ${names.join(', ')} }`;
}

const named: Readonly<Record<Right, string>> = {
  'read-packages': 'packages: read',
  'write-packages': 'packages: write',
  attest: 'id-token: write, attestations: write',
  'answer-pull-request': 'pull-requests: write',
};

function stepLines(step: Step, job: Job, surroundings: Surroundings): readonly string[] {
  const { pipeline } = surroundings;
  switch (step.kind) {
    case 'checkout':
      return use(actions.checkout, { 'persist-credentials': 'false' });
    case 'clear':
      return clear(pipeline);
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
      return receive(step.what, surroundings);
    case 'hand-over':
      return handOver(step.what, surroundings);
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
  const lines = [...extra, ...(fields.length === 0 ? [] : [`with: { ${fields.join(', ')} }`])];
  return [`- uses: ${formatAction(action)}`, ...indented(lines, 2)];
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

/** A machine of one's own still has what the last run left; a hosted one is new. */
function clear({ runner }: Pipeline): readonly string[] {
  return runner.labels.includes('self-hosted') ? run('rm -rf .polyarch') : [];
}

function emulation(platforms: readonly string[]): readonly string[] {
  return use(actions.setupQemu, { platforms: '${{ matrix.platform }}' }, [
    `if: ${platforms.map((platform) => `matrix.platform == '${platform}'`).join(' || ')}`,
  ]);
}

/** Without a name, so that it is this job's alone: two jobs of one machine would take each other's away. */
function builder({ usesBlacksmith }: Pipeline): readonly string[] {
  if (!usesBlacksmith) return use(actions.setupBuildx, {});
  return use(actions.blacksmithBuilder, { 'cache-key': '${{ github.repository }}-${{ matrix.name }}' });
}

/**
 * Whether the cache has its second interface is told to actions alone as well; buildx takes the first, which is gone, where
 * it is not told. https://docs.docker.com/build/cache/backends/gha/#authentication
 */
function serviceCache(): readonly string[] {
  return [
    ...commentLines("BuildKit's cache of GitHub needs what GitHub shows to actions alone.", 112),
    ...use(actions.githubScript, {
      script: `for (const name of ['ACTIONS_CACHE_SERVICE_V2', 'ACTIONS_CACHE_URL', 'ACTIONS_RESULTS_URL', 'ACTIONS_RUNTIME_TOKEN']) core.exportVariable(name, process['env'][name] ?? '')`,
    }),
  ];
}

/** A fork has neither secrets nor a token that may read; other pull requests read what is private to the repository. */
function login(target: RegistryLogin, { event }: Job): readonly string[] {
  const { registry, kind, usernameVariable, passwordVariable, when, isRequired } = target;
  const username = kind === 'token' ? 'github.actor' : `env.${usernameVariable}`;
  const password = kind === 'token' ? 'secrets.GITHUB_TOKEN' : `secrets.${passwordVariable}`;
  const isPush = "github.event_name != 'pull_request'";
  const pull =
    kind === 'token' ? `(${isPush} || github.event.pull_request.head.repo.full_name == github.repository)` : isPush;
  const conditions = [...(event === 'any' ? [pull] : []), ...(when === undefined ? [] : [`env.${when} != ''`])];
  const lines = [
    ...(conditions.length === 0 ? [] : [`if: ${conditions.join(' && ').replace(/^\((.*)\)$/, '$1')}`]),
    ...(isRequired ? [] : ['continue-on-error: true # it may be left out']),
  ];
  return use(actions.login, { registry, username: `\${{ ${username} }}`, password: `\${{ ${password} }}` }, lines);
}

/**
 * Parts are named by their cell and by the attempt that planned them: what is run again takes the place of what failed, and
 * what belongs to an earlier plan is left where it is.
 */
function artifactsOf({ pipeline, ...options }: Surroundings): Readonly<Record<'plan' | 'part' | 'parts', string>> {
  const scope = scopeOf(pipeline, options);
  const part = `${scope}-part-\${{ needs.plan.outputs.attempt }}`;
  return { plan: `${scope}-plan`, part: `${part}-\${{ matrix.name }}`, parts: `${part}-*` };
}

function receive(what: 'plan' | 'parts', surroundings: Surroundings): readonly string[] {
  const artifacts = artifactsOf(surroundings);
  return what === 'plan'
    ? use(actions.downloadArtifact, { name: artifacts.plan, path: handoverFolder })
    : use(actions.downloadArtifact, { pattern: artifacts.parts, path: partsFolder, 'merge-multiple': 'true' });
}

function handOver(what: 'plan' | 'part', surroundings: Surroundings): readonly string[] {
  const artifacts = artifactsOf(surroundings);
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
  return [
    '# Signed by GitHub: which workflow of which commit made these digests.',
    ...run(`${launch(words)} report --format subjects --out ${subjects}`, [`if: ${isAllowed}`]),
    ...use(actions.attest, { 'subject-checksums': subjects }, [`if: ${isAllowed} && hashFiles('${subjects}') != ''`]),
  ];
}
