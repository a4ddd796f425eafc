import type { FromInstruction, StageInstruction } from './instruction.ts';

/** One build stage as written. */
export interface Stage {
  /** 0-based position in the Dockerfile. */
  readonly index: number;
  /** The name behind AS, in lower case. */
  readonly name?: string;
  readonly from: FromInstruction;
  readonly instructions: readonly StageInstruction[];
}

/** Where the files of a base, a `--from` or a mount come from. */
export type StageSource =
  | { readonly kind: 'scratch' }
  /** Another stage, by its index in the Dockerfile. */
  | { readonly kind: 'stage'; readonly stage: number }
  /** A named context (`--build-context`), by its name as given. */
  | { readonly kind: 'context'; readonly name: string }
  /** An image, as written, variables expanded. */
  | { readonly kind: 'image'; readonly reference: string };

/** A stage that the target needs, its references settled. */
export interface ResolvedStage {
  readonly stage: Stage;
  readonly base: StageSource;
  /** What is to be done: the triggers of the base, then the stage's own. Empty where a named context replaces the stage. */
  readonly instructions: readonly StageInstruction[];
  /**
   * `FROM --platform`, expanded, not yet normalised; absent: the platform that is built for. A stage on another stage has
   * that one's platform, whatever its own FROM says.
   */
  readonly platform?: string;
  /** What decides the platform: the one built for, the one that builds, or neither. */
  readonly platformKind: 'target' | 'build' | 'fixed';
  /** What each `--from` and mount `from` of the stage means, by the text as written. */
  readonly sources: ReadonlyMap<string, StageSource>;
}

/** The name of a stage in messages: its own, or `stage-N`. */
export function stageTitle(stage: Stage): string {
  return stage.name ?? `stage-${stage.index}`;
}
