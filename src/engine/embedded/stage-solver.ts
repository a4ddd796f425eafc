import { posix } from 'node:path';
import { expandInstruction } from '../../dockerfile/expand-instruction.ts';
import type { StageInstruction, WorkdirInstruction } from '../../dockerfile/instruction.ts';
import { atPlace, placeOf } from '../../dockerfile/source-place.ts';
import type { ResolvedStage } from '../../dockerfile/stage.ts';
import { StageScope } from '../../dockerfile/stage-scope.ts';
import { invariant } from '../../errors/invariant.ts';
import { parsePlatform } from '../../oci/platform.ts';
import type { Cell } from '../../plan/cell.ts';
import { applyConfig } from './apply-config.ts';
import type { BuildSession } from './build-session.ts';
import type { FileStep } from './file-step.ts';
import {
  baseState,
  type ImageState,
  scratchState,
  stageState,
  withConfig,
  withHistory,
  withLayer,
} from './image-state.ts';
import { makeDirectories } from './make-directories.ts';
import { resolveOwner } from './owner.ts';
import { resolvePath } from './resolve-path.ts';
import type { SolvedImage } from './solved-image.ts';
import type { SourceFinder } from './source-finder.ts';
import type { OpenedBase, SolveTarget, StagePlan } from './stage-plan.ts';
import { StageSources } from './stage-sources.ts';
import { describeTransfer, prepareTransfer, type TransferInstruction } from './transfer.ts';
import { newerOf } from './transfer-part.ts';

/** A stage that was worked off. */
interface SolvedStage {
  readonly state: ImageState;
  readonly scope: StageScope;
}

export interface SolverOptions {
  readonly plan: StagePlan;
  readonly solveTarget: SolveTarget;
}

/** Works off the stages of one cell, each behind those it needs. */
export class StageSolver {
  readonly #cell: Cell;
  readonly #session: BuildSession;
  readonly #plan: StagePlan;
  readonly #sources: StageSources;
  readonly #stages = new Map<number, SolvedStage>();
  #newestSeconds: number | undefined;
  #totalSteps = 0;
  #cachedSteps = 0;

  constructor(cell: Cell, session: BuildSession, { plan, solveTarget }: SolverOptions) {
    this.#cell = cell;
    this.#session = session;
    this.#plan = plan;
    this.#sources = new StageSources({
      cell,
      session,
      plan,
      solveTarget,
      stateOf: (stage) => this.#stageAt(stage).state,
      onNewest: (seconds) => {
        this.#newestSeconds = newerOf(this.#newestSeconds, seconds);
      },
    });
  }

  /** @throws {Fault} those of the instructions, with file, line and column */
  async solve(): Promise<SolvedImage> {
    const { stages, target } = this.#plan.resolved;
    for (const stage of stages) this.#stages.set(stage.stage.index, await this.#solveStage(stage));
    const { state } = this.#stageAt(target);
    await this.#session.bases.ready(state.layers.map(({ descriptor }) => descriptor.digest));
    const steps = { total: this.#totalSteps, cached: this.#cachedSteps };
    return { state, newestSeconds: this.#newestSeconds, steps };
  }

  async #solveStage(stage: ResolvedStage): Promise<SolvedStage> {
    const { resolved, args } = this.#plan;
    const opened = this.#plan.bases.get(stage.stage.index);
    invariant(opened !== undefined, 'A stage was planned without its base');
    let state = await this.#startState(stage, opened);
    const parent = opened.kind === 'stage' ? { parent: this.#stageAt(opened.stage).scope } : {};
    const scope = new StageScope({
      environment: state.config.Env ?? [],
      ...parent,
      globals: resolved.globals,
      buildArgs: args,
      escape: resolved.dockerfile.escape,
    });
    for (const instruction of stage.instructions) {
      this.#session.host.signal.throwIfAborted();
      try {
        state = await this.#apply(state, instruction, { stage, scope });
      } catch (error) {
        atPlace(placeOf(resolved.dockerfile, instruction), () => {
          throw error;
        });
      }
    }
    return { state, scope };
  }

  #startState(stage: ResolvedStage, opened: OpenedBase): ImageState | Promise<ImageState> {
    const platform = stage.platform === undefined ? this.#plan.platform : parsePlatform(stage.platform);
    switch (opened.kind) {
      case 'scratch':
        return scratchState(platform);
      case 'stage':
        return stageState(this.#stageAt(opened.stage).state);
      case 'image':
        return baseState(opened.image.config, opened.image.layers, platform);
      case 'folder':
        return this.#copyFolder(scratchState(platform), opened);
      case 'built':
        this.#newestSeconds = newerOf(this.#newestSeconds, opened.image.newestSeconds);
        return stageState(opened.image.state);
    }
  }

  /** A folder as a base is an image with the folder's files and nothing else. */
  #copyFolder(state: ImageState, { folder, name }: Extract<OpenedBase, { kind: 'folder' }>): Promise<ImageState> {
    const createdBy = `FROM ${name}`;
    const copy = {
      location: { startLine: 1, endLine: 1 },
      original: createdBy,
      comments: [],
      name: 'COPY',
      sources: ['/'],
      inlineFiles: [],
      destination: '/',
      link: false,
      exclude: [],
      parents: false,
    } as const;
    return this.#transfer(state, { instruction: copy, finder: this.#sources.folder(folder), createdBy });
  }

  async #apply(
    state: ImageState,
    written: StageInstruction,
    { stage, scope }: { readonly stage: ResolvedStage; readonly scope: StageScope },
  ): Promise<ImageState> {
    const instruction = expandInstruction(written, scope);
    switch (instruction.name) {
      case 'RUN':
        invariant(false, 'A RUN came as far as being worked off');
        return state;
      case 'WORKDIR':
        return this.#workdir(state, instruction);
      case 'COPY':
      case 'ADD': {
        const finder = this.#sources.finder(stage, instruction);
        return this.#transfer(state, { instruction, finder, createdBy: describeTransfer(instruction) });
      }
      default:
        return applyConfig(state, instruction, scope);
    }
  }

  async #transfer(
    state: ImageState,
    {
      instruction,
      finder,
      createdBy,
    }: { readonly instruction: TransferInstruction; readonly finder: SourceFinder; readonly createdBy: string },
  ): Promise<ImageState> {
    const { modifiedSeconds } = this.#session.dockerfile(this.#cell.recipe.dockerfile);
    const place = { workingDirectory: state.config.WorkingDir ?? '/', dockerfileSeconds: modifiedSeconds };
    return this.#runStep(state, createdBy, async () => {
      const transfer = await prepareTransfer(instruction, place, (source) => finder(source, instruction));
      this.#newestSeconds = newerOf(this.#newestSeconds, transfer.newestSeconds);
      return transfer.step;
    });
  }

  async #workdir(state: ImageState, { path }: WorkdirInstruction): Promise<ImageState> {
    const current = state.config.WorkingDir ?? '';
    const WorkingDir = nextWorkingDirectory(current, path);
    const next = withConfig(state, { WorkingDir });
    if (WorkingDir === '/') return withHistory(next, 'WORKDIR /');
    const user = state.config.User ?? '';
    const step: FileStep = {
      operands: ['WORKDIR', WorkingDir, user],
      usesBase: true,
      apply: async (target, base) => {
        const owner = user === '' ? undefined : await resolveOwner(user, base);
        makeDirectories(target, resolvePath(target, WorkingDir), { owner });
      },
    };
    return this.#runStep(next, `WORKDIR ${WorkingDir}`, () => Promise.resolve(step));
  }

  async #runStep(state: ImageState, createdBy: string, prepare: () => Promise<FileStep>): Promise<ImageState> {
    const { image, variant, recipe } = this.#cell;
    const title = createdBy.replace(/ # buildkit$/, '');
    const running = this.#session.progress.begin(`step/${image}/${variant}/${title}`, title);
    this.#totalSteps += 1;
    try {
      const { compression, noCache } = recipe;
      const options = { compression, noCache, epochSeconds: this.#plan.epochSeconds, running };
      const { descriptor, diffId, cached } = await this.#session.steps.run(state, await prepare(), options);
      if (cached) this.#cachedSteps += 1;
      running.end(cached ? 'cached' : 'done');
      return withHistory(withLayer(state, { descriptor, diffId, cached, createdBy }), createdBy, true);
    } catch (error) {
      running.end('failed');
      throw error;
    }
  }

  #stageAt(index: number): SolvedStage {
    const solved = this.#stages.get(index);
    invariant(solved !== undefined, 'A stage was needed before it was worked off');
    return solved;
  }
}

/** An absolute path stays as it is written, a slash at its end too, as BuildKit leaves it. */
function nextWorkingDirectory(current: string, path: string): string {
  if (path.startsWith('/')) return path;
  const joined = posix.join('/', current, path).replace(/\/+$/, '');
  return joined === '' ? '/' : joined;
}
