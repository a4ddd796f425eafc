import { join } from 'node:path/posix';
import { type BuildHint, repositoryOf } from './project-files.ts';
import { fieldOf, mapOf, type PlainMap, type PlainValue, readPlainYaml, textOf, textsOf } from './read-plain-yaml.ts';

/**
 * The builds that a compose file describes: services with `build`.
 *
 * @see https://github.com/compose-spec/compose-spec/blob/main/build.md
 */
export function readCompose(path: string, text: string): readonly BuildHint[] {
  const { services } = readPlainYaml(text);
  return Object.entries(mapOf(services)).flatMap(([name, service]) => {
    const { build, image, platform } = mapOf(service);
    return build === undefined || build === null ? [] : [hintOf({ path, name, image, platform }, build)];
  });
}

interface Service {
  readonly path: string;
  readonly name: string;
  readonly image: PlainValue;
  readonly platform: PlainValue;
}

function hintOf({ path, name, image, platform }: Service, written: PlainValue): BuildHint {
  const build: PlainMap = typeof written === 'string' ? { context: written } : mapOf(written);
  const { args, platforms: listed } = build;
  const context = join(path, '..', fieldOf(build, 'context') ?? '.');
  const target = fieldOf(build, 'target');
  const platforms = textsOf(listed ?? platform);
  const repository = repositoryOf(withDefaults(textOf(image) ?? ''));
  return {
    origin: `${path}, service "${name}"`,
    name,
    context,
    dockerfile: join(context, fieldOf(build, 'dockerfile') ?? 'Dockerfile'),
    ...(target === undefined ? {} : { target }),
    ...(platforms.length === 0 ? {} : { platforms }),
    ...(repository === undefined ? {} : { repositories: [repository] }),
    args: argsOf(args),
  };
}

/** What an environment of nothing gives: `${NAME:-default}`. */
function withDefaults(text: string): string {
  return text.replace(/\$\{\w+:?-([^${}]*)\}/g, '$1');
}

/** `args` as a mapping, or as a list of `NAME=VALUE`; values that are interpolated are not known here. */
function argsOf(args: PlainValue): Readonly<Record<string, string>> {
  const pairs = Array.isArray(args)
    ? textsOf(args as PlainValue).map((item) => item.split(/=(.*)/s))
    : Object.entries(mapOf(args)).map(([key, value]) => [key, textOf(value)]);
  return Object.fromEntries(
    pairs.flatMap(([key, value]) =>
      key === undefined || value === undefined || value.includes('$') ? [] : [[key, value]],
    ),
  );
}
