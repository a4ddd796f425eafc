import { type BuildStep, isInstruction } from './build-steps.ts';

/**
 * The steps of the Dockerfile that each added a layer to the image, lowest first: those of the last stage, and of the stages that
 * it stands on by FROM, but not of those that it only copies from. BuildKit writes one entry of the image's history for each.
 */
export function imageSteps(steps: readonly BuildStep[]): readonly BuildStep[] {
  const graph = new StepGraph(steps);
  const own: BuildStep[] = [];
  let stage = graph.lastStage();
  const seen = new Set<string>();
  while (stage !== undefined && !seen.has(stage)) {
    seen.add(stage);
    const members = graph.stepsOf(stage);
    own.unshift(...members.filter(({ name }) => !/\] FROM /.test(name)));
    stage = graph.baseOf(members[0]);
  }
  return own;
}

class StepGraph {
  readonly #steps: ReadonlyMap<string, BuildStep>;
  readonly #instructions: readonly BuildStep[];

  constructor(steps: readonly BuildStep[]) {
    this.#steps = new Map(steps.map((step) => [step.digest, step]));
    this.#instructions = steps.filter(({ name }) => isInstruction(name));
  }

  /** The stage that no other step needs. */
  lastStage(): string | undefined {
    const needed = new Set(this.#instructions.flatMap((step) => this.#needsOf(step)).map(({ digest }) => digest));
    const last = this.#instructions.filter(({ digest }) => !needed.has(digest)).at(-1);
    return last === undefined ? undefined : stageOf(last);
  }

  stepsOf(stage: string): readonly BuildStep[] {
    return this.#instructions.filter((step) => stageOf(step) === stage).sort((a, b) => positionOf(a) - positionOf(b));
  }

  /** The stage that a stage's first step stands on. A COPY has its base before its source, and only the source on scratch. */
  baseOf(first: BuildStep | undefined): string | undefined {
    if (first === undefined || / FROM /.test(first.name)) return undefined;
    const [base, ...others] = first.inputs;
    if (base === undefined || (/\] (?:COPY|ADD) /.test(first.name) && others.length === 0)) return undefined;
    const [found] = this.#nearest(base);
    return found === undefined ? undefined : stageOf(found);
  }

  #needsOf(step: BuildStep): readonly BuildStep[] {
    return step.inputs.flatMap((input) => this.#nearest(input));
  }

  /** The instructions that lead to a step, through steps that are BuildKit's own. */
  #nearest(digest: string, seen: Set<string> = new Set()): readonly BuildStep[] {
    const step = this.#steps.get(digest);
    if (step === undefined || seen.has(digest)) return [];
    seen.add(digest);
    return isInstruction(step.name) ? [step] : step.inputs.flatMap((input) => this.#nearest(input, seen));
  }
}

/** `linux/arm64 base` of `[linux/arm64 base 2/3] RUN make`; empty where the only stage has no name. */
function stageOf({ name }: BuildStep): string {
  return /^\[(.*?)\s*\d+\/\d+\]/.exec(name)?.[1] ?? '';
}

function positionOf({ name }: BuildStep): number {
  return Number(/(\d+)\/\d+\]/.exec(name)?.[1] ?? 0);
}
