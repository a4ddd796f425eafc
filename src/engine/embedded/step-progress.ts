import type { Emit } from '../../host/event.ts';

/** A step that is under way for one or more platforms. */
export interface RunningStep {
  readonly progress: (doneBytes: number, totalBytes: number) => void;
  readonly end: (outcome: 'done' | 'cached' | 'failed') => void;
}

interface StepGroup {
  active: number;
  worked: boolean;
  failed: boolean;
}

/** Tells of the steps of a build: one task for all platforms that take the same step, whatever their number. */
export class StepProgress {
  readonly #emit: Emit;
  readonly #groups = new Map<string, StepGroup>();
  readonly #finished = new Set<string>();

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  /** @param id Equal for platforms that take the same step. */
  begin(id: string, title: string): RunningStep {
    // A platform that comes late to a step that the others have done finds it in the cache.
    if (this.#finished.has(id)) return { progress: () => undefined, end: () => undefined };
    const group = this.#groups.get(id) ?? this.#start(id, title);
    group.active += 1;
    return {
      progress: (doneBytes, totalBytes) => {
        this.#emit({ kind: 'task-progressed', id, doneBytes, totalBytes });
      },
      end: (outcome) => {
        this.#leave(id, group, outcome);
      },
    };
  }

  #start(id: string, title: string): StepGroup {
    const group = { active: 0, worked: false, failed: false };
    this.#groups.set(id, group);
    this.#emit({ kind: 'task-started', id, title });
    return group;
  }

  #leave(id: string, group: StepGroup, outcome: 'done' | 'cached' | 'failed'): void {
    group.active -= 1;
    group.worked ||= outcome === 'done';
    group.failed ||= outcome === 'failed';
    if (group.active > 0) return;
    this.#groups.delete(id);
    this.#finished.add(id);
    this.#emit({ kind: 'task-ended', id, outcome: group.failed ? 'failed' : group.worked ? 'done' : 'cached' });
  }
}
