import { isRemote } from '../dockerfile/describe-stage.ts';
import { expandInstruction } from '../dockerfile/expand-instruction.ts';
import type { AddInstruction, CopyInstruction, RunInstruction, StageInstruction } from '../dockerfile/instruction.ts';
import type { ResolvedStages } from '../dockerfile/resolve-stages.ts';
import { parseMount } from '../dockerfile/run-mount.ts';
import type { ResolvedStage } from '../dockerfile/stage.ts';
import { StageScope } from '../dockerfile/stage-scope.ts';

/** What one instruction takes out of the build context. */
export interface ContextSelection {
  /** A path or pattern, as COPY has it. */
  readonly source: string;
  readonly exclude: readonly string[];
  readonly parents: boolean;
}

/** What a Dockerfile needs from outside for one target. */
export interface NeededInputs {
  readonly selections: readonly ContextSelection[];
  /** Named contexts that are read, by their names as given. */
  readonly contexts: readonly string[];
  /** Images that are stood on or copied from. */
  readonly images: readonly NeededImage[];
  /** Why its result cannot be told from its inputs; none where it can. */
  readonly doubts: readonly string[];
}

export interface NeededImage {
  readonly reference: string;
  /** `FROM --platform`, expanded; absent: the platform that is built for. */
  readonly platform?: string;
  /** It is wanted for the machine that builds, whichever that will be. */
  readonly isForBuilder: boolean;
}

/** All of a folder. */
export const everything: ContextSelection = { source: '/', exclude: [], parents: false };

/**
 * What is read besides the Dockerfile. Where it cannot be told which files an instruction takes, it is all of them.
 *
 * @param environments The environment of the base image of a stage, as its config has it, by stage. A stage that stands on
 *   something else is not in it: then variables that no ARG sets are in doubt.
 */
export function neededInputs(
  resolved: ResolvedStages,
  environments: ReadonlyMap<number, readonly string[]>,
): NeededInputs {
  const scopes = new Map<number, StageScope>();
  const found: Found = { selections: new Map(), doubts: new Set() };
  for (const stage of resolved.stages) {
    const scope = openScope(stage, { resolved, environments, scopes });
    scopes.set(stage.stage.index, scope);
    for (const instruction of stage.instructions) readInstruction(instruction, scope, found);
    if (namesBuilder(stage.stage.from.base))
      found.doubts.add(`FROM ${stage.stage.from.base} depends on the machine that builds`);
  }
  const sources = resolved.stages.flatMap((stage) => [
    { source: stage.base, stage },
    ...[...stage.sources.values()].map((source) => ({ source, stage: undefined })),
  ]);
  return {
    selections: [...found.selections.values()],
    contexts: [...new Set(sources.flatMap(({ source }) => (source.kind === 'context' ? [source.name] : [])))],
    images: sources.flatMap(({ source, stage }) => (source.kind === 'image' ? [imageOf(source.reference, stage)] : [])),
    doubts: [...found.doubts],
  };
}

function imageOf(reference: string, stage: ResolvedStage | undefined): NeededImage {
  const isForBuilder = stage?.platformKind === 'build';
  const platform = isForBuilder ? undefined : stage?.platform;
  return { reference, isForBuilder, ...(platform === undefined ? {} : { platform }) };
}

interface Surroundings {
  readonly resolved: ResolvedStages;
  readonly environments: ReadonlyMap<number, readonly string[]>;
  readonly scopes: ReadonlyMap<number, StageScope>;
}

function openScope({ stage, base }: ResolvedStage, { resolved, environments, scopes }: Surroundings): StageScope {
  const parent = base.kind === 'stage' ? scopes.get(base.stage) : undefined;
  return new StageScope({
    environment: parent?.imageEnvironment() ?? environments.get(stage.index) ?? [],
    globals: resolved.globals,
    escape: resolved.dockerfile.escape,
    ...(parent === undefined ? {} : { parent }),
    ...(resolved.inputs.buildArgs === undefined ? {} : { buildArgs: resolved.inputs.buildArgs }),
  });
}

interface Found {
  readonly selections: Map<string, ContextSelection>;
  readonly doubts: Set<string>;
}

function readInstruction(written: StageInstruction, scope: StageScope, found: Found): void {
  if (written.name === 'ARG') scope.declare(written);
  if (written.name === 'ENV') setEnvironment(written, scope);
  if (written.name === 'COPY' && written.from === undefined) addTransfer(written, scope, found);
  if (written.name === 'ADD') addTransfer(written, scope, found);
  if (written.name === 'RUN') addMounts(written, scope, found);
}

function setEnvironment(written: Extract<StageInstruction, { name: 'ENV' }>, scope: StageScope): void {
  const expanded = expandInstruction(written, scope);
  if (expanded.name !== 'ENV') return;
  for (const { key, value } of expanded.pairs) scope.setEnvironment(key, value);
}

function addTransfer(written: CopyInstruction | AddInstruction, scope: StageScope, found: Found): void {
  for (const word of written.sources) {
    const source = settledWord(word, scope);
    if (written.name === 'ADD' && isRemote(source ?? word)) addRemote(written, source, found);
    else if (written.name === 'ADD' && source === undefined) found.doubts.add(`ADD ${word} may be a download`);
    else add(selectionOf(written, source, scope), found);
  }
}

function selectionOf(
  written: CopyInstruction | AddInstruction,
  source: string | undefined,
  scope: StageScope,
): ContextSelection {
  const exclude = written.exclude.map((pattern) => settledWord(pattern, scope));
  if (source === undefined) return everything;
  return {
    source,
    // A pattern in doubt leaves nothing out.
    exclude: exclude.every((pattern) => pattern !== undefined) ? exclude : [],
    parents: written.name === 'COPY' && written.parents,
  };
}

/** A download is pinned by its checksum, a git repository by a whole commit. */
function addRemote({ checksum }: AddInstruction, source: string | undefined, { doubts }: Found): void {
  if (checksum !== undefined && checksum !== '') return;
  const isPinned = source !== undefined && /(?:#|[?&](?:commit|checksum)=)[0-9a-f]{40}(?:[:&]|$)/.test(source);
  if (!isPinned) doubts.add('ADD fetches something that neither a checksum nor a whole commit pins');
}

function addMounts({ mounts }: RunInstruction, scope: StageScope, found: Found): void {
  for (const { text, from } of mounts) {
    if (from !== undefined) continue;
    const doubtful: string[] = [];
    const mount = parseMount(text, (word) => {
      const settled = settledWord(word, scope);
      if (settled === undefined) doubtful.push(word);
      return settled ?? word;
    });
    if (mount.type !== 'bind') continue;
    add(doubtful.length > 0 ? everything : { ...everything, source: mount.source ?? '/' }, found);
  }
}

function add(selection: ContextSelection, { selections }: Found): void {
  selections.set(JSON.stringify(selection), selection);
}

const variable = /\$\{?([A-Za-z_][A-Za-z0-9_]*)/g;

/** The word expanded; `undefined` where a variable in it is not known before the build, or names the machine that builds. */
function settledWord(word: string, scope: StageScope): string | undefined {
  if (!word.includes('$')) return word;
  const names = [...word.matchAll(variable)].map((match) => match[1] ?? '');
  const isKnown = !namesBuilder(word) && names.every((name) => scope.get(name) !== undefined);
  return isKnown ? scope.expand(word) : undefined;
}

function namesBuilder(word: string): boolean {
  return /\$\{?BUILD(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)\b/.test(word);
}
