import type { Dockerfile } from './dockerfile.ts';
import { goQuote } from './go-quote.ts';
import { placeFault, placeOf } from './source-place.ts';
import { type ResolvedStage, stageTitle } from './stage.ts';
import type { StageReference } from './stage-references.ts';

/** A stage of the file, needed or not, on its way to becoming resolved. */
export interface StageDraft {
  readonly resolved: ResolvedStage;
  readonly references: readonly StageReference[];
  /** Whether a named context stands for the whole stage, so that nothing in it is done. */
  readonly replaced: boolean;
}

/**
 * Refuses stages that read from each other in a circle, those that the target does not need too.
 * @throws {Fault} STAGE_CIRCULAR
 */
export function refuseCircles(drafts: readonly StageDraft[], dockerfile: Dockerfile): void {
  const done = new Set<StageDraft>();
  for (const start of drafts) {
    const closing = closingReference(start, drafts, { done, path: new Set() });
    if (closing === undefined) continue;
    throw placeFault(placeOf(dockerfile, closing.instruction), {
      code: 'STAGE_CIRCULAR',
      action: `build ${dockerfile.file}`,
      reason: `circular dependency detected on stage: ${stageTitle(start.resolved.stage)}`,
      near: closing.text,
    });
  }
}

/** The reference that closes a circle on the way from a stage; the way is kept on a list, since a file may be long. */
function closingReference(
  start: StageDraft,
  drafts: readonly StageDraft[],
  { done, path }: { readonly done: Set<StageDraft>; readonly path: Set<StageDraft> },
): StageReference | undefined {
  const open: { readonly draft: StageDraft; readonly left: StageReference[] }[] = [];
  enter(start);
  for (let step = open.at(-1); step !== undefined; step = open.at(-1)) {
    const reference = step.left.shift();
    const next = reference?.source.kind === 'stage' ? drafts[reference.source.stage] : undefined;
    if (reference === undefined) leave(step.draft);
    else if (next !== undefined && path.has(next)) return reference;
    else if (next !== undefined) enter(next);
  }
  return undefined;

  function enter(draft: StageDraft): void {
    if (done.has(draft)) return;
    done.add(draft);
    path.add(draft);
    open.push({ draft, left: [...draft.references] });
  }

  function leave(draft: StageDraft): void {
    path.delete(draft);
    open.pop();
  }
}

/**
 * Refuses a stage that reads from one that stands at its place or below.
 * @throws {Fault} STAGE_ORDER
 */
export function refuseForward(draft: StageDraft, drafts: readonly StageDraft[], dockerfile: Dockerfile): void {
  for (const { source, instruction, text } of draft.references) {
    if (source.kind !== 'stage' || source.stage < draft.resolved.stage.index) continue;
    if (drafts[source.stage]?.replaced === true) continue;
    const verb = instruction.name === 'RUN' ? 'mount' : 'copy';
    throw placeFault(placeOf(dockerfile, instruction), {
      code: 'STAGE_ORDER',
      action: `build ${dockerfile.file}`,
      reason:
        `cannot ${verb} from stage ${goQuote(text)}, ` +
        `it needs to be defined before current stage ${goQuote(stageTitle(draft.resolved.stage))}`,
      near: text,
    });
  }
}
