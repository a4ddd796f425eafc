import { Fault } from '../errors/fault.ts';
import type { Dockerfile } from './dockerfile.ts';
import { familiarName } from './familiar-name.ts';
import { type BuildInputs, globalScope } from './global-scope.ts';
import { goQuote } from './go-quote.ts';
import { parseTrigger } from './parse-trigger.ts';
import type { ResolvedStage, Stage, StageSource } from './stage.ts';
import { stageBases } from './stage-base.ts';
import { refuseCircles, refuseForward, type StageDraft } from './stage-order.ts';
import { contextOf, outsideSource, referencesOf, type StageNames } from './stage-references.ts';
import { suggestion } from './suggestion.ts';
import { unusedBuildArgs } from './unused-build-args.ts';

/** A Dockerfile with one target and its inputs: which stages are needed, and what stands for what in them. */
export interface ResolvedStages {
  readonly dockerfile: Dockerfile;
  readonly inputs: BuildInputs;
  /** The variables of FROM, and what an ARG without a default inherits. */
  readonly globals: ReadonlyMap<string, string>;
  /** The index of the stage that is the result. */
  readonly target: number;
  /** The stages that the target needs, each behind those that it needs. */
  readonly stages: readonly ResolvedStage[];
  /** Build args that no ARG of the file declares. */
  readonly unusedBuildArgs: readonly string[];
  /** The triggers of base images that have been added, by stage. */
  readonly triggers: ReadonlyMap<number, readonly string[]>;
}

/**
 * Settles which stages the target needs and what their bases, `--from`s and mounts mean.
 * @throws {Fault} STAGE_UNKNOWN, STAGE_CIRCULAR, STAGE_ORDER, DOCKERFILE_SYNTAX, DOCKERFILE_EXPANSION
 */
export function resolveStages(dockerfile: Dockerfile, inputs: BuildInputs): ResolvedStages {
  return resolve(dockerfile, inputs, new Map());
}

/**
 * The same with the ONBUILD triggers of the image that a stage stands on, as its config lists them. They run before the
 * stage's own instructions and may need further stages.
 * @throws {Fault} as `resolveStages` and `parseTrigger`
 */
export function withTriggers(resolved: ResolvedStages, stage: number, expressions: readonly string[]): ResolvedStages {
  return resolve(resolved.dockerfile, resolved.inputs, new Map([...resolved.triggers, [stage, expressions]]));
}

function resolve(
  dockerfile: Dockerfile,
  inputs: BuildInputs,
  triggers: ReadonlyMap<number, readonly string[]>,
): ResolvedStages {
  const globals = globalScope(dockerfile, inputs);
  const names = stageNames(dockerfile, inputs);
  const drafts = draftStages({ dockerfile, inputs, globals, names, triggers });
  const target = targetOf(dockerfile, inputs, names);
  refuseCircles(drafts, dockerfile);
  const needed = reachable(drafts, target);
  const stages = drafts.filter(({ resolved }) => needed.has(resolved.stage.index));
  for (const draft of stages) refuseForward(draft, drafts, dockerfile);
  return {
    dockerfile,
    inputs,
    globals,
    target,
    stages: stages.map(({ resolved }) => resolved),
    unusedBuildArgs: unusedBuildArgs(
      dockerfile,
      inputs,
      drafts.flatMap(({ resolved }) => resolved.instructions),
    ),
    triggers,
  };
}

function stageNames(dockerfile: Dockerfile, inputs: BuildInputs): StageNames {
  const byName = new Map<string, number>();
  for (const { name, index } of dockerfile.stages) if (name !== undefined) byName.set(name, index);
  return { dockerfile, byName, contexts: new Map((inputs.contexts ?? []).map((name) => [familiarName(name), name])) };
}

interface Settings {
  readonly dockerfile: Dockerfile;
  readonly inputs: BuildInputs;
  readonly globals: ReadonlyMap<string, string>;
  readonly names: StageNames;
  readonly triggers: ReadonlyMap<number, readonly string[]>;
}

function draftStages({ dockerfile, inputs, globals, names, triggers }: Settings): readonly StageDraft[] {
  const earlier = new Map<string, number>();
  const drafts: StageDraft[] = [];
  for (const [index, from] of stageBases(dockerfile, inputs, globals).entries()) {
    const stage = dockerfile.stages[index];
    if (stage === undefined) break;
    const base = baseOf(stage, from.name, { earlier, names });
    const below = base.kind === 'stage' ? drafts[base.stage]?.resolved : undefined;
    const instructions = [
      ...triggersOf(stage, below, triggers).map((expression) => parseTrigger(expression, dockerfile, stage)),
      ...stage.instructions,
    ];
    const references = instructions.flatMap((instruction) => referencesOf(instruction, names));
    const { platform, platformKind } = below ?? from;
    const replaced = stage.name !== undefined && contextOf(stage.name, names) !== undefined;
    const resolved: ResolvedStage = {
      stage,
      base,
      instructions: replaced ? [] : instructions,
      ...(platform === undefined ? {} : { platform }),
      platformKind,
      sources: new Map(references.toReversed().map(({ text, source }) => [text, source])),
    };
    drafts.push({ resolved, references: replaced ? [] : references, replaced });
    if (stage.name !== undefined) earlier.set(stage.name, index);
  }
  return drafts;
}

function baseOf(
  stage: Stage,
  name: string,
  { earlier, names }: { readonly earlier: ReadonlyMap<string, number>; readonly names: StageNames },
): StageSource {
  const replacement = stage.name === undefined ? undefined : contextOf(stage.name, names);
  if (replacement !== undefined) return { kind: 'context', name: replacement };
  const below = earlier.get(name);
  return below === undefined ? outsideSource(name, names) : { kind: 'stage', stage: below };
}

/** The ONBUILDs of the stage below, or those of the image as its config lists them. */
function triggersOf(
  stage: Stage,
  below: ResolvedStage | undefined,
  added: ReadonlyMap<number, readonly string[]>,
): readonly string[] {
  if (below === undefined) return added.get(stage.index) ?? [];
  return below.instructions.flatMap((instruction) => (instruction.name === 'ONBUILD' ? [instruction.expression] : []));
}

function targetOf(dockerfile: Dockerfile, { target }: BuildInputs, names: StageNames): number {
  if (target === undefined || target === '') return dockerfile.stages.length - 1;
  const found = names.byName.get(target.toLowerCase());
  if (found !== undefined) return found;
  const known = [...names.byName.keys()];
  const reason = `target stage ${goQuote(target)} could not be found${suggestion(target.toLowerCase(), known)}`;
  throw new Fault('STAGE_UNKNOWN', `Cannot build ${dockerfile.file}: ${reason}`, {
    where: { file: dockerfile.file },
    hint: known.length === 0 ? 'No stage has a name; write FROM ... AS name' : `The stages are ${known.join(', ')}`,
  });
}

/** The stages that the instructions of a stage read from. */
function readFrom(draft: StageDraft): readonly number[] {
  return draft.references.flatMap(({ source }) => (source.kind === 'stage' ? [source.stage] : []));
}

function reachable(drafts: readonly StageDraft[], target: number): ReadonlySet<number> {
  const found = new Set<number>();
  const open = [target];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const draft = drafts[index];
    if (draft === undefined || found.has(index)) continue;
    found.add(index);
    if (draft.resolved.base.kind === 'stage') open.push(draft.resolved.base.stage);
    open.push(...readFrom(draft));
  }
  return found;
}
