import { join } from 'node:path/posix';
import { type BuildHint, repositoryOf } from './project-files.ts';

/** Replaces what a pipeline puts in; what it cannot know it leaves as it is. */
export type ExpandText = (text: string) => string;

export interface CommandSource {
  readonly origin: string;
  readonly expand: ExpandText;
}

/** The builds among the shell commands of a script: `docker build`, `docker buildx build`, `podman` and `buildah` alike. */
export function readBuildCommands(script: string, { origin, expand }: CommandSource): readonly BuildHint[] {
  const lines = script.replace(/\\\r?\n/g, ' ').split('\n');
  return lines.flatMap((line) => {
    const match = /\b(?:docker(?: buildx)?|podman|buildah)(?: +image)? +(?:build|bud)\b([^|;&]*)/.exec(line);
    return match === null ? [] : [hintOf(wordsOf(expand(match[1] ?? '')), origin)];
  });
}

function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replace(/["']/g, ''));
}

const flagsWithValue = new Set(
  '-f --file -t --tag --platform --build-arg --target --cache-from --cache-to -o --output --builder --secret --ssh --label --network --progress --build-context --annotation --provenance --sbom --metadata-file --iidfile --add-host'.split(
    ' ',
  ),
);

function hintOf(words: readonly string[], origin: string): BuildHint {
  const { flags, plain } = split(words);
  const context = plain.find((word) => !word.includes('$')) ?? '.';
  const file = [...(flags.get('-f') ?? []), ...(flags.get('--file') ?? [])][0];
  const target = flags.get('--target')?.[0];
  const platforms = (flags.get('--platform') ?? []).flatMap((list) => list.split(','));
  const tags = [...(flags.get('-t') ?? []), ...(flags.get('--tag') ?? [])];
  const repositories = tags.flatMap((tag) => repositoryOf(tag) ?? []);
  return {
    origin,
    context: join('.', context),
    dockerfile: file === undefined ? join(context, 'Dockerfile') : join('.', file),
    ...(target === undefined || target === '' || target.includes('$') ? {} : { target }),
    ...(platforms.length === 0 ? {} : { platforms }),
    ...(repositories.length === 0 ? {} : { repositories: [...new Set(repositories)] }),
  };
}

function split(words: readonly string[]): { flags: ReadonlyMap<string, readonly string[]>; plain: readonly string[] } {
  const flags = new Map<string, readonly string[]>();
  const plain: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [name = '', inline] = word.split(/=(.*)/s);
    if (!word.startsWith('-')) plain.push(word);
    else if (inline !== undefined) flags.set(name, [...(flags.get(name) ?? []), inline]);
    else if (flagsWithValue.has(word)) flags.set(word, [...(flags.get(word) ?? []), rest.shift() ?? '']);
  }
  return { flags, plain };
}
