import { relative } from 'node:path/posix';
import type { Dockerfile } from '../dockerfile/dockerfile.ts';
import { parseDockerfile } from '../dockerfile/parse-dockerfile.ts';
import { platformArgs } from '../dockerfile/platform-args.ts';
import { type ResolvedStages, resolveStages } from '../dockerfile/resolve-stages.ts';
import type { ResolvedStage } from '../dockerfile/stage.ts';
import { invariant } from '../errors/invariant.ts';
import { formatPlatform, parsePlatform } from '../oci/platform.ts';
import type { Recipe } from './cell.ts';
import type { Facts } from './facts.ts';

/** A place where a cell runs a command. */
export interface CellRun {
  /** Of the first RUN there. */
  readonly line: number;
  /** Normalised; what the command is a program of. */
  readonly platform: string;
  /** Whether the stage is the target's, pinned to the platform that builds, or to one that is written out. */
  readonly kind: ResolvedStage['platformKind'];
}

/** What the planner asks of a cell's Dockerfile. */
export interface CellWork {
  /** The first command of each stage that the cell needs, in the order of the Dockerfile. */
  readonly runs: readonly CellRun[];
  /** The first ADD of a git repository. */
  readonly gitLine?: number;
  /**
   * The image that the result stands on, as its FROM names it with variables expanded; `scratch` where it stands on
   * nothing; absent where a named context takes its place.
   */
  readonly base?: string;
}

/** A cell of one platform, built by a machine of another. */
export interface CellMachines {
  readonly platform: string;
  readonly buildPlatform: string;
}

/** @throws {Fault} what is wrong with the Dockerfile: its syntax, an unknown target, a circle of stages */
export type ReadCellWork = (recipe: Recipe, machines: CellMachines) => CellWork;

const gitSource = /^(?:git@|git:\/\/|ssh:\/\/)|\.git(?:#|$)/;

/** Reads what cells run and where; each Dockerfile is parsed once, and cells of the same inputs are settled once. */
export function createWorkReader(facts: Pick<Facts, 'dockerfiles' | 'root'>): ReadCellWork {
  const parsed = new Map<string, Dockerfile>();
  const byRecipe = new WeakMap<Recipe, Map<string, CellWork>>();
  const byInputs = new Map<string, CellWork>();
  return (recipe, machines) => {
    const own = byRecipe.get(recipe) ?? new Map<string, CellWork>();
    byRecipe.set(recipe, own);
    const pair = `${machines.platform} ${machines.buildPlatform}`;
    const known = own.get(pair);
    if (known !== undefined) return known;
    const key = `${pair} ${inputsOf(recipe)}`;
    const dockerfile = parsed.get(recipe.dockerfile) ?? parse(recipe.dockerfile, facts);
    parsed.set(recipe.dockerfile, dockerfile);
    const work = byInputs.get(key) ?? workOf(dockerfile, recipe, machines);
    byInputs.set(key, work);
    own.set(pair, work);
    return work;
  };
}

/** What of a recipe decides its stages. */
function inputsOf({ dockerfile, target, args, contexts }: Recipe): string {
  return JSON.stringify([dockerfile, target, args, Object.keys(contexts)]);
}

function parse(path: string, { dockerfiles, root }: Pick<Facts, 'dockerfiles' | 'root'>): Dockerfile {
  const source = dockerfiles[path];
  invariant(source !== undefined, `The Dockerfile "${path}" was not gathered`);
  const name = relative(root, path);
  return parseDockerfile(source, { file: name.startsWith('..') ? path : name });
}

function workOf(dockerfile: Dockerfile, recipe: Recipe, { platform, buildPlatform }: CellMachines): CellWork {
  const resolved = resolveStages(dockerfile, {
    ...(recipe.target === undefined ? {} : { target: recipe.target }),
    buildArgs: recipe.args,
    platformArgs: platformArgs(parsePlatform(platform), parsePlatform(buildPlatform)),
    contexts: Object.keys(recipe.contexts),
  });
  const { stages } = resolved;
  const base = baseBelow(resolved, resolved.target);
  const gitLine = stages
    .flatMap(({ instructions }) => instructions)
    .find((instruction) => instruction.name === 'ADD' && instruction.sources.some((source) => gitSource.test(source)))
    ?.location.startLine;
  return {
    runs: stages.flatMap((stage) => runOf(stage, { platform, buildPlatform })),
    ...(gitLine === undefined ? {} : { gitLine }),
    ...(base === undefined ? {} : { base }),
  };
}

/** Stages stand on stages; circles were refused when they were resolved. */
function baseBelow(resolved: ResolvedStages, index: number): string | undefined {
  const base = resolved.stages.find(({ stage }) => stage.index === index)?.base;
  if (base?.kind === 'stage') return baseBelow(resolved, base.stage);
  if (base?.kind === 'scratch') return 'scratch';
  return base?.kind === 'image' ? base.reference : undefined;
}

function runOf(stage: ResolvedStage, { platform, buildPlatform }: CellMachines): readonly CellRun[] {
  const run = stage.instructions.find(({ name }) => name === 'RUN');
  if (run === undefined) return [];
  const kind = stage.platformKind;
  const fixed = stage.platform === undefined ? platform : formatPlatform(parsePlatform(stage.platform));
  const own = { target: platform, build: buildPlatform, fixed }[kind];
  return [{ line: run.location.startLine, platform: own, kind }];
}
