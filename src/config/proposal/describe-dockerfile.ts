import type { StageInstruction } from '../../dockerfile/instruction.ts';
import { parseDockerfile } from '../../dockerfile/parse-dockerfile.ts';
import { platformArgs } from '../../dockerfile/platform-args.ts';
import { resolveStages } from '../../dockerfile/resolve-stages.ts';
import type { ResolvedStage } from '../../dockerfile/stage.ts';
import { isFault } from '../../errors/fault.ts';
import { parsePlatform } from '../../oci/platform.ts';

/** What building a Dockerfile for a foreign platform takes. */
export interface DockerfileNeeds {
  /** `runs`: commands run for the target; `cross`: on the build platform alone; `copies`: nothing runs. */
  readonly kind: 'runs' | 'cross' | 'copies' | 'unreadable';
  /** The line of the first command that runs for the target. */
  readonly line?: number;
  /** Ids of the secrets that RUN mounts. */
  readonly secrets: readonly string[];
  readonly usesSsh: boolean;
  /** What COPY and ADD take from the context, as they have it. */
  readonly sources: readonly string[];
  /** Arguments that a FROM is made of and that have no default: nothing can be built without them. */
  readonly neededArgs: readonly string[];
}

/** Reads a Dockerfile for `init`; one that cannot be read is `unreadable`. */
export function describeDockerfile(path: string, text: string): DockerfileNeeds {
  const mounts = [...text.matchAll(/--mount=([^\s\\]+)/g)].map(
    ([, mount = '']) => new Map(mount.split(',').map(pairOf)),
  );
  const secrets = mounts.filter((mount) => mount.get('type') === 'secret').map(secretOf);
  const base = {
    secrets: [...new Set(secrets)].filter((id) => !id.includes('$')),
    usesSsh: mounts.some((mount) => mount.get('type') === 'ssh'),
    neededArgs: neededArgsOf(text),
  };
  try {
    const { stages } = resolveStages(parseDockerfile(text, { file: path }), {
      buildArgs: Object.fromEntries(base.neededArgs.map((name) => [name, 'scratch'])),
      platformArgs: platformArgs(parsePlatform('linux/arm64'), parsePlatform('linux/amd64')),
      contexts: [],
    });
    return {
      ...base,
      ...kindOf(stages),
      sources: stages.flatMap(({ instructions }) => instructions.flatMap(sourcesOf)),
    };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { ...base, kind: 'unreadable', sources: [] };
  }
}

function kindOf(stages: readonly ResolvedStage[]): Pick<DockerfileNeeds, 'kind' | 'line'> {
  const runs = stages.flatMap(({ platformKind, instructions }) =>
    instructions
      .filter(({ name }) => name === 'RUN')
      .map(({ location }) => ({ platformKind, line: location.startLine })),
  );
  const onTarget = runs.find(({ platformKind }) => platformKind !== 'build');
  if (onTarget !== undefined) return { kind: 'runs', line: onTarget.line };
  return { kind: runs.length > 0 ? 'cross' : 'copies' };
}

function sourcesOf(instruction: StageInstruction): readonly string[] {
  if (instruction.name === 'COPY') return instruction.from === undefined ? instruction.sources : [];
  return instruction.name === 'ADD' ? instruction.sources.filter((source) => !/^\w+:\/\/|^git@/.test(source)) : [];
}

function pairOf(field: string): readonly [string, string] {
  const [key = '', value = ''] = field.split(/=(.*)/s);
  return [key.toLowerCase(), value];
}

function secretOf(mount: ReadonlyMap<string, string>): string {
  return mount.get('id') ?? mount.get('target')?.split('/').at(-1) ?? '';
}

/** Names in FROM lines that an ARG without a default declares. */
function neededArgsOf(text: string): readonly string[] {
  const bare = [...text.matchAll(/^ARG\s+(\w+)\s*$/gim)].map(([, name = '']) => name);
  const froms = [...text.matchAll(/^FROM\s.*$/gim)].map(([line]) => line).join('\n');
  return [...new Set(bare)].filter(
    (name) => new RegExp(`\\$\\{?${name}\\b`).test(froms) && !/^(?:TARGET|BUILD)/.test(name),
  );
}
