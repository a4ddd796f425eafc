import { Fault } from '../../errors/fault.ts';
import type { Cell } from '../../plan/cell.ts';
import type { BuildSession } from './build-session.ts';
import { locateContext } from './named-context.ts';
import type { SolvedImage } from './solved-image.ts';
import { planStages, type StagePlan } from './stage-plan.ts';
import { StageSolver } from './stage-solver.ts';

/** A cell whose layers are all made; only its config and manifest are not written yet. */
export interface SolvedCell {
  readonly cell: Cell;
  readonly plan: StagePlan;
  readonly image: SolvedImage;
  /** On the clock that only grows. */
  readonly startedMs: number;
}

/** Works off the cells of a build, each once, though others may stand on it by `target:NAME`. */
export class CellSolver {
  readonly #cells: readonly Cell[];
  readonly #session: BuildSession;
  readonly #planned = new Map<string, Promise<StagePlan>>();
  readonly #solved = new Map<string, Promise<SolvedCell>>();

  constructor(cells: readonly Cell[], session: BuildSession) {
    this.#cells = cells;
    this.#session = session;
  }

  /**
   * Settles the stages of a cell and finds the images it stands on; nothing is made yet, but images of the same build
   * that it stands on.
   * @throws {Fault} those of the Dockerfile and of base images
   */
  plan(cell: Cell): Promise<StagePlan> {
    const known = this.#planned.get(cell.id);
    if (known !== undefined) return known;
    const planning = planStages(cell, this.#session, (name) => this.#solveTarget(name, cell));
    this.#planned.set(cell.id, planning);
    return planning;
  }

  /** @throws {Fault} those of the Dockerfile and its steps */
  solve(cell: Cell): Promise<SolvedCell> {
    const known = this.#solved.get(cell.id);
    if (known !== undefined) return known;
    const solving = this.#work(cell);
    this.#solved.set(cell.id, solving);
    return solving;
  }

  async #work(cell: Cell): Promise<SolvedCell> {
    const startedMs = this.#session.host.clock.monotonicMs();
    const plan = await this.plan(cell);
    const solveTarget = (name: string): Promise<SolvedImage> => this.#solveTarget(name, cell);
    const image = await new StageSolver(cell, this.#session, { plan, solveTarget }).solve();
    return { cell, plan, image, startedMs };
  }

  async #solveTarget(name: string, cell: Cell): Promise<SolvedImage> {
    const needed = this.#cellOf(name, cell);
    if (this.#standsOn(needed, cell, new Set())) throw circleFault(name, cell);
    return (await this.solve(needed)).image;
  }

  /** Whether a cell is another one, or its named contexts lead there: two that wait for each other would wait for ever. */
  #standsOn(cell: Cell, other: Cell, seen: Set<string>): boolean {
    if (cell.id === other.id) return true;
    if (seen.has(cell.id)) return false;
    seen.add(cell.id);
    return Object.entries(cell.recipe.contexts).some(([name, value]) => {
      const source = value.startsWith('target:') ? locateContext(name, value) : undefined;
      return source?.kind === 'target' && this.#standsOn(this.#cellOf(source.image, cell), other, seen);
    });
  }

  #cellOf(name: string, { platform, variant }: Cell): Cell {
    const offered = this.#cells.filter((cell) => cell.image === name && cell.platform === platform);
    const chosen =
      offered.find((cell) => cell.variant === variant) ?? offered.find((cell) => cell.variant === '') ?? offered[0];
    if (chosen !== undefined) return chosen;
    throw new Fault(
      'CONTEXT_UNKNOWN',
      `Cannot use the build context "target:${name}": this build makes no "${name}" for ${platform}`,
    );
  }
}

function circleFault(name: string, { image }: Cell): Fault {
  return new Fault(
    'CONTEXT_UNKNOWN',
    `Cannot use the build context "target:${name}" in "${image}": the two images stand on each other`,
  );
}
