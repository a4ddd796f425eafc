import { placeFault, placeOf } from '../../dockerfile/source-place.ts';
import type { ResolvedStage, StageSource } from '../../dockerfile/stage.ts';
import { Fault } from '../../errors/fault.ts';
import type { Cell } from '../../plan/cell.ts';
import type { BuildSession } from './build-session.ts';
import { baseState, type ImageState, scratchState } from './image-state.ts';
import { folderFinder, imageFinder, type SourceFinder } from './source-finder.ts';
import { type SolveTarget, type StagePlan, sourceOf } from './stage-plan.ts';
import type { TransferInstruction } from './transfer.ts';

export interface StageSourcesOptions {
  readonly cell: Cell;
  readonly session: BuildSession;
  readonly plan: StagePlan;
  readonly solveTarget: SolveTarget;
  /** A stage that was worked off. */
  readonly stateOf: (stage: number) => ImageState;
  /** Told the newest time among the files of another image of the build that is copied from. */
  readonly onNewest: (seconds: number | undefined) => void;
}

/** Where the instructions of a cell's stages look for what they copy. */
export class StageSources {
  readonly #options: StageSourcesOptions;

  constructor(options: StageSourcesOptions) {
    this.#options = options;
  }

  /** The finder of one COPY or ADD; a fault about a source points at it. */
  finder(stage: ResolvedStage, instruction: TransferInstruction): SourceFinder {
    const from = instruction.name === 'COPY' ? instruction.from : undefined;
    const source = from === undefined ? undefined : stage.sources.get(from);
    const find = source === undefined ? this.#contextFinder() : this.#finderOf(source);
    return async (path, copying) => {
      try {
        return await find(path, copying);
      } catch (error) {
        throw this.#pointingAt(path, instruction, error);
      }
    };
  }

  /** The finder of a folder that is stood upon. */
  folder(folder: string): SourceFinder {
    return folderFinder(this.#options.session, { folder }, this.#options.plan);
  }

  #contextFinder(): SourceFinder {
    const { cell, session, plan } = this.#options;
    const { context, dockerfile, contextIgnore = [] } = cell.recipe;
    return folderFinder(session, { folder: context, dockerfile, ignore: contextIgnore }, plan);
  }

  #finderOf(source: StageSource): SourceFinder {
    const { cell, session, plan, stateOf } = this.#options;
    if (source.kind === 'scratch') return imageFinder(session, () => Promise.resolve(scratchState(plan.platform)));
    if (source.kind === 'stage') return imageFinder(session, () => Promise.resolve(stateOf(source.stage)));
    const located = sourceOf(source, cell);
    if (located.kind === 'folder') return this.folder(located.folder);
    if (located.kind === 'target') return imageFinder(session, () => this.#openTarget(located.image));
    return imageFinder(session, () => this.#openImage(located.reference));
  }

  async #openTarget(name: string): Promise<ImageState> {
    const { state, newestSeconds } = await this.#options.solveTarget(name);
    this.#options.onNewest(newestSeconds);
    return state;
  }

  async #openImage(reference: string): Promise<ImageState> {
    const { session, plan } = this.#options;
    const image = await session.bases.open(reference, plan.platform);
    return baseState(image.config, image.layers, plan.platform);
  }

  #pointingAt(source: string, instruction: TransferInstruction, error: unknown): unknown {
    if (!(error instanceof Fault) || error.where.line !== undefined) return error;
    const { code, message, hint, cause, retryable } = error;
    const place = placeOf(this.#options.plan.resolved.dockerfile, instruction);
    const { where, frame } = placeFault(place, { reason: message, near: source });
    const shown = frame === undefined ? {} : { frame };
    return new Fault(code, message, { where: { ...error.where, ...where }, hint, cause, retryable, ...shown });
  }
}
