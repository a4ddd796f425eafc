import { join } from 'node:path/posix';
import { type BuildHint, repositoryOf } from './project-files.ts';
import { type ExpandText, readBuildCommands } from './read-build-commands.ts';
import { fieldOf, listOf, mapOf, type PlainMap, type PlainValue, readPlainYaml, textsOf } from './read-plain-yaml.ts';
import type { SourceRemote } from './source-remote.ts';

/** What a pipeline says about the images it builds. */
export function readPipeline(path: string, text: string, remote: SourceRemote | undefined): readonly BuildHint[] {
  if (path.startsWith('.github/')) return readWorkflow(path, text, remote);
  return readBuildCommands(text, { origin: path, expand: expanderOf(gitlabValues(remote), remote) });
}

/** @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax */
function readWorkflow(path: string, text: string, remote: SourceRemote | undefined): readonly BuildHint[] {
  const workflow = readPlainYaml(text);
  const { jobs } = workflow;
  return Object.entries(mapOf(jobs)).flatMap(([name, job]) => {
    const values = { ...envOf(workflow), ...envOf(mapOf(job)) };
    const expand = expanderOf(values, remote);
    const steps = listOf(mapOf(job)['steps']).map(mapOf);
    const matrix = matrixOf(mapOf(mapOf(job)['strategy']));
    const metadata = steps.find((step) => usesOf(step) === 'docker/metadata-action');
    const origin = `${path}, job "${name}"`;
    return steps.flatMap((step) => hintsOf(step, { origin, expand, matrix, metadata: inputsOf(metadata ?? {}) }));
  });
}

interface Surroundings {
  readonly origin: string;
  readonly expand: ExpandText;
  /** Every value of each key of the job's matrix. */
  readonly matrix: ReadonlyMap<string, readonly string[]>;
  /** The inputs of the job's docker/metadata-action. */
  readonly metadata: PlainMap;
}

function hintsOf(step: PlainMap, { origin, expand, matrix, metadata }: Surroundings): readonly BuildHint[] {
  const { run } = step;
  if (typeof run === 'string') return readBuildCommands(run, { origin, expand });
  if (usesOf(step) !== 'docker/build-push-action') return [];
  const inputs = inputsOf(step);
  const { tags, outputs, 'cache-from': cacheFrom } = inputs;
  const { images, tags: rules } = metadata;
  const context = expand(fieldOf(inputs, 'context') ?? '.');
  const target = fieldOf(inputs, 'target');
  const platforms = textsOf(expandAll(inputs['platforms'], expand))
    .flatMap((platform) => throughMatrix(platform, matrix))
    .filter((platform) => !platform.includes('$'));
  const named = textsOf(expandAll(outputs, expand)).filter((field) => /^"?name=/.test(field));
  const repositories = [...textsOf(expandAll(images, expand)), ...textsOf(expandAll(tags, expand)), ...named].flatMap(
    (name) => repositoryOf(name.replace(/^"?name=|"$/g, '').split(',')[0] ?? '') ?? [],
  );
  const tagRules = linesOf(rules);
  const cache = /type=(registry|gha|local|s3)/.exec(textsOf(cacheFrom).join(','))?.[1];
  return [
    {
      origin,
      context: context.includes('$') ? '.' : join('.', context),
      dockerfile: join('.', fieldOf(inputs, 'file') ?? join(context.includes('$') ? '.' : context, 'Dockerfile')),
      ...(target === undefined || target === '' || target.includes('$') ? {} : { target }),
      ...(platforms.length === 0 ? {} : { platforms }),
      ...(repositories.length === 0 ? {} : { repositories: [...new Set(repositories)] }),
      ...(tagRules.length === 0 ? {} : { tagRules }),
      ...(isCache(cache) ? { cache } : {}),
    },
  ];
}

/** The values of a matrix by key: those of its lists, and those that `include` adds. */
function matrixOf({ matrix }: PlainMap): ReadonlyMap<string, readonly string[]> {
  const { include, exclude: _exclude, ...lists } = mapOf(matrix);
  const found = new Map<string, string[]>();
  for (const map of [lists, ...listOf(include).map(mapOf)])
    for (const [key, value] of Object.entries(map)) found.set(key, [...(found.get(key) ?? []), ...textsOf(value)]);
  return found;
}

/** A text for every value of the matrix key that it holds. */
function throughMatrix(text: string, matrix: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const [whole, key = ''] = /\$\{\{\s*matrix\.([\w-]+)\s*\}\}/.exec(text) ?? [];
  if (whole === undefined) return [text];
  return (matrix.get(key) ?? []).map((value) => text.replace(whole, value));
}

function isCache(cache: string | undefined): cache is 'registry' | 'gha' | 'local' | 's3' {
  return cache !== undefined;
}

function linesOf(value: PlainValue): readonly string[] {
  if (typeof value !== 'string') return [];
  return value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !line.includes('${{'));
}

function expandAll(value: PlainValue, expand: ExpandText): PlainValue {
  return typeof value === 'string' ? expand(value) : value;
}

function usesOf(step: PlainMap): string {
  return (fieldOf(step, 'uses') ?? '').replace(/@.*$/, '').toLowerCase();
}

function inputsOf({ with: inputs }: PlainMap): PlainMap {
  return mapOf(inputs);
}

function envOf({ env }: PlainMap): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(mapOf(env)).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}

function gitlabValues(remote: SourceRemote | undefined): Readonly<Record<string, string>> {
  return remote?.repository === undefined
    ? {}
    : { CI_REGISTRY_IMAGE: remote.repository, CI_PROJECT_PATH: remote.path, CI_REGISTRY: 'registry.gitlab.com' };
}

/** Puts in what can be known: the pipeline's own variables and the name of the repository; twice, for one in another. */
function expanderOf(values: Readonly<Record<string, string>>, remote: SourceRemote | undefined): ExpandText {
  const known: Readonly<Record<string, string | undefined>> = {
    'github.repository': remote?.path,
    'github.repository_owner': remote?.path.split('/')[0],
    'github.event.repository.name': remote?.path.split('/').at(-1),
    ...Object.fromEntries(Object.entries(values).map(([key, value]) => [`env.${key}`, value])),
  };
  function once(text: string): string {
    return text
      .replace(/\$\{\{\s*([\w.]+)\s*\}\}/g, (whole, name: string) => known[name] ?? whole)
      .replace(/\$\{?([A-Z_][A-Z0-9_]*)\}?/g, (whole, name: string) => known[`env.${name}`] ?? whole);
  }
  return (text) => once(once(text));
}
