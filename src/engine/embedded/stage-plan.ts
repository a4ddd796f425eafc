import { globalScope } from '../../dockerfile/global-scope.ts';
import type { StageInstruction } from '../../dockerfile/instruction.ts';
import { platformArgs } from '../../dockerfile/platform-args.ts';
import { type ResolvedStages, resolveStages, withTriggers } from '../../dockerfile/resolve-stages.ts';
import { atPlace, placeFault, placeOf } from '../../dockerfile/source-place.ts';
import type { ResolvedStage, StageSource } from '../../dockerfile/stage.ts';
import { Fault } from '../../errors/fault.ts';
import { type Platform, parsePlatform } from '../../oci/platform.ts';
import type { Cell } from '../../plan/cell.ts';
import { hostPlatform } from '../host-platform.ts';
import type { BaseImage } from './base-images.ts';
import type { BuildSession } from './build-session.ts';
import { type ContextSource, locateContext } from './named-context.ts';
import type { SolvedImage } from './solved-image.ts';
import { newerOf } from './transfer-part.ts';

/** What a stage stands on, opened. */
export type OpenedBase =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly stage: number }
  | { readonly kind: 'image'; readonly image: BaseImage }
  | { readonly kind: 'folder'; readonly folder: string; readonly name: string }
  | { readonly kind: 'built'; readonly image: SolvedImage };

/** Gives another image of the same build, for the same platform. @throws {Fault} CONTEXT_UNKNOWN and those of that image */
export type SolveTarget = (image: string) => Promise<SolvedImage>;

/** A cell that can be worked off: what it needs is there, and nothing in it is beyond this engine. */
export interface StagePlan {
  readonly resolved: ResolvedStages;
  /** By stage. */
  readonly bases: ReadonlyMap<number, OpenedBase>;
  readonly platform: Platform;
  readonly args: Readonly<Record<string, string>>;
  /** SOURCE_DATE_EPOCH, where it is set. */
  readonly epochSeconds: number | undefined;
  /** When the newest of the base images was made. */
  readonly baseSeconds: number | undefined;
}

const epochArg = 'SOURCE_DATE_EPOCH';

/**
 * Settles the stages of a cell and opens the images they stand on, before anything is made.
 * @throws {Fault} RUN_UNSUPPORTED, EPOCH_MALFORMED and those of the Dockerfile and of base images
 */
export async function planStages(cell: Cell, session: BuildSession, solveTarget: SolveTarget): Promise<StagePlan> {
  const { recipe } = cell;
  const { dockerfile } = session.dockerfile(recipe.dockerfile);
  const platform = parsePlatform(cell.platform);
  const args = buildArgs(recipe.args, session.host.env[epochArg]);
  const inputs = {
    buildArgs: args,
    platformArgs: platformArgs(platform, hostPlatform()),
    contexts: Object.keys(recipe.contexts),
    ...(recipe.target === undefined ? {} : { target: recipe.target }),
  };
  const epochSeconds = parseEpoch(globalScope(dockerfile, inputs).get(epochArg) ?? args[epochArg]);
  const opening = { cell, session, platform, solveTarget };
  let resolved = resolveStages(dockerfile, inputs);
  refuseRun(resolved);
  let bases = await openBases(resolved, opening);
  for (let added = addTriggers(resolved, bases); added !== undefined; added = addTriggers(resolved, bases)) {
    resolved = added;
    refuseRun(resolved);
    bases = await openBases(resolved, opening);
  }
  for (const name of resolved.unusedBuildArgs) {
    if (name !== epochArg) session.warn(`The build arg ${name} is used by no ARG of ${dockerfile.file}`);
  }
  return { resolved, bases, platform, args, epochSeconds, baseSeconds: newestBase(bases) };
}

/** As buildx does, the epoch of the environment is given to the build like an arg. */
function buildArgs(
  args: Readonly<Record<string, string>>,
  epoch: string | undefined,
): Readonly<Record<string, string>> {
  return epoch === undefined || epoch === '' || epochArg in args ? args : { ...args, [epochArg]: epoch };
}

function parseEpoch(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(seconds) && Math.abs(seconds) < 8_640_000_000_000) return seconds;
  throw new Fault('EPOCH_MALFORMED', `Cannot use ${epochArg} "${text}": expected a whole number of seconds since 1970`);
}

function newestBase(bases: ReadonlyMap<number, OpenedBase>): number | undefined {
  let newest: number | undefined;
  for (const base of bases.values()) {
    const createdMs = base.kind === 'image' ? Date.parse(base.image.config.created ?? '') : Number.NaN;
    if (!Number.isNaN(createdMs)) newest = newerOf(newest, Math.floor(createdMs / 1000));
  }
  return newest;
}

/** The triggers of base images that are not yet part of the stages. */
function addTriggers(resolved: ResolvedStages, bases: ReadonlyMap<number, OpenedBase>): ResolvedStages | undefined {
  for (const [stage, base] of bases) {
    const triggers = base.kind === 'image' ? (base.image.config.config?.OnBuild ?? []) : [];
    if (triggers.length > 0 && !resolved.triggers.has(stage)) return withTriggers(resolved, stage, triggers);
  }
  return undefined;
}

function refuseRun(resolved: ResolvedStages): void {
  for (const stage of resolved.stages) {
    const run = stage.instructions.find((instruction) => instruction.name === 'RUN');
    if (run !== undefined) throw runFault(resolved, run);
  }
}

function runFault({ dockerfile }: ResolvedStages, run: StageInstruction): Fault {
  return placeFault(placeOf(dockerfile, run), {
    code: 'RUN_UNSUPPORTED',
    action: `build ${dockerfile.file} without BuildKit`,
    reason: `a stage that the target needs runs a command, and the embedded engine runs none`,
    near: 'RUN',
    hint: 'Build with BuildKit, which runs commands; or prepare the files before the build and COPY them in',
  });
}

interface Opening {
  readonly cell: Cell;
  readonly session: BuildSession;
  readonly platform: Platform;
  readonly solveTarget: SolveTarget;
}

async function openBases(resolved: ResolvedStages, opening: Opening): Promise<ReadonlyMap<number, OpenedBase>> {
  const opened = await Promise.all(
    resolved.stages.map(async (stage) => [stage.stage.index, await openBase(stage, resolved, opening)] as const),
  );
  return new Map(opened);
}

async function openBase(stage: ResolvedStage, { dockerfile }: ResolvedStages, opening: Opening): Promise<OpenedBase> {
  const { base } = stage;
  if (base.kind === 'scratch' || base.kind === 'stage') return base;
  const place = placeOf(dockerfile, stage.stage.from);
  try {
    const platform = stage.platform === undefined ? opening.platform : parsePlatform(stage.platform);
    const source = sourceOf(base, opening.cell);
    if (source.kind === 'folder') return { ...source, name: stage.stage.from.base };
    if (source.kind === 'target') return { kind: 'built', image: await opening.solveTarget(source.image) };
    return { kind: 'image', image: await opening.session.bases.open(source.reference, platform) };
  } catch (error) {
    return atPlace(place, () => {
      throw error;
    });
  }
}

/** Where the files of a named context or of an image lie. @throws {Fault} CONTEXT_UNKNOWN */
export function sourceOf(source: Extract<StageSource, { kind: 'context' | 'image' }>, cell: Cell): ContextSource {
  if (source.kind === 'image') return { kind: 'image', reference: source.reference };
  return locateContext(source.name, cell.recipe.contexts[source.name] ?? '');
}
