import { cleanPath } from '../dockerfile/clean-path.ts';
import type { StageInstruction } from '../dockerfile/instruction.ts';
import { parseDockerfile } from '../dockerfile/parse-dockerfile.ts';
import { platformArgs } from '../dockerfile/platform-args.ts';
import { resolveStages } from '../dockerfile/resolve-stages.ts';
import type { ResolvedStage } from '../dockerfile/stage.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Cell } from '../plan/cell.ts';

/** A path that builds read. */
export interface UsedPath {
  /** The context that it is read from; absolute. */
  readonly context: string;
  /** Relative to the context, with the wildcards of COPY; `.` is all of it. */
  readonly path: string;
  /** Whether it is the main context, to which .dockerignore belongs, and of which Dockerfile. */
  readonly dockerfile?: string;
}

/**
 * What the Dockerfiles of the cells read from folders, each once: sources of COPY and ADD, binds of RUN, named contexts.
 * A source that depends on a variable, or reaches for all, is the whole context.
 *
 * @param dockerfiles by absolute path
 * @throws {Fault} what is wrong with a Dockerfile
 */
export function usedPaths(cells: readonly Cell[], dockerfiles: Readonly<Record<string, string>>): readonly UsedPath[] {
  const found = new Map<string, UsedPath>();
  for (const used of cells.flatMap((cell) => pathsOf(cell, dockerfiles)))
    found.set(JSON.stringify([used.context, used.path, used.dockerfile]), used);
  return [...found.values()];
}

function pathsOf({ recipe, platform }: Cell, dockerfiles: Readonly<Record<string, string>>): readonly UsedPath[] {
  const dockerfile = parseDockerfile(dockerfiles[recipe.dockerfile] ?? '', { file: recipe.dockerfile });
  const { stages } = resolveStages(dockerfile, {
    ...(recipe.target === undefined ? {} : { target: recipe.target }),
    buildArgs: recipe.args,
    platformArgs: platformArgs(parsePlatform(platform), parsePlatform(platform)),
    contexts: Object.keys(recipe.contexts),
  });
  return stages.flatMap((stage) => [
    ...(stage.base.kind === 'context' ? placesIn(recipe.contexts[stage.base.name], ['.']) : []),
    ...stage.instructions.flatMap(readsOf).flatMap(({ from, sources }): readonly UsedPath[] => {
      if (from === undefined)
        return sources.map((path) => ({ context: recipe.context, path, dockerfile: recipe.dockerfile }));
      return placesIn(namedContext(stage, from, recipe.contexts), sources);
    }),
  ]);
}

interface Read {
  readonly from?: string;
  readonly sources: readonly string[];
}

function readsOf(instruction: StageInstruction): readonly Read[] {
  switch (instruction.name) {
    case 'COPY':
      return [
        {
          ...(instruction.from === undefined ? {} : { from: instruction.from }),
          sources: instruction.sources.map(settled),
        },
      ];
    case 'ADD':
      return [
        {
          sources: instruction.sources.filter((source) => !/^(?:https?|git|ssh):\/\/|^git@/.test(source)).map(settled),
        },
      ];
    case 'RUN':
      return instruction.mounts.flatMap(({ text, from }) => bindOf(text, from));
    default:
      return [];
  }
}

function bindOf(text: string, from: string | undefined): readonly Read[] {
  const fields = new Map(text.split(',').map((field) => [field.replace(/=.*$/s, ''), field.replace(/^[^=]*=?/, '')]));
  if ((fields.get('type') ?? 'bind') !== 'bind') return [];
  return [
    {
      ...(from === undefined ? {} : { from }),
      sources: [settled(fields.get('source') ?? fields.get('src') ?? '.')],
    },
  ];
}

/** A source as a path; the whole context where a variable or an escape makes it unknown. */
function settled(source: string): string {
  if (/[$\\]/.test(source)) return '.';
  const path = cleanPath(source).replace(/^\/+/, '');
  return path === '' || path.startsWith('..') ? '.' : path;
}

/** The source of a named context; nothing where the name is that of a stage or an image. */
function namedContext(
  stage: ResolvedStage,
  from: string,
  contexts: Readonly<Record<string, string>>,
): string | undefined {
  const source = stage.sources.get(from);
  return source?.kind === 'context' ? contexts[source.name] : undefined;
}

/** Only folders lie in the repository; a layout counts as one. */
function placesIn(source: string | undefined, paths: readonly string[]): readonly UsedPath[] {
  const layout = /^oci-layout:\/\/([^:@]+)/.exec(source ?? '')?.[1];
  if (layout !== undefined) return [{ context: layout, path: '.' }];
  return source?.startsWith('/') === true ? paths.map((path) => ({ context: source, path })) : [];
}
