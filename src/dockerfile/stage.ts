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
  /** `FROM --platform`, expanded; absent: the platform that is built for. */
  readonly platform?: string;
  /** What each `--from` and mount `from` of the stage means, by the text as written. */
  readonly sources: ReadonlyMap<string, StageSource>;
}
