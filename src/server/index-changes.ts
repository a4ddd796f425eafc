import type { ChangeIndex } from './registry-storage.ts';
import type { RepositoryIndex } from './repository-index.ts';

interface Waiting {
  /** Applies the change; gives the index that it made, or undefined where it changed nothing. Never throws. */
  readonly apply: (index: RepositoryIndex) => Promise<RepositoryIndex | undefined>;
  /** Tells the caller how it ended, once the index is written. */
  readonly settle: () => void;
  readonly fail: (error: unknown) => void;
}

/** Runs what it is given while nobody else may change the index; `write` makes the new index durable. */
export type Exclusively = (apply: (index: RepositoryIndex) => Promise<RepositoryIndex | undefined>) => Promise<void>;

/**
 * The changes of one index. Those that wait while another is written are applied together and written once, so that
 * many clients that push at once wait for one disk write and not for one each. Each sees what those before it did.
 */
export class IndexChanges {
  readonly #exclusively: Exclusively;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(exclusively: Exclusively) {
    this.#exclusively = exclusively;
  }

  change<Result>(change: ChangeIndex<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      let outcome: { readonly result: Result } | { readonly error: unknown } | undefined;
      this.#waiting.push({
        apply: async (index) => {
          try {
            const { result, index: changed } = await change(index);
            outcome = { result };
            return changed;
          } catch (error) {
            outcome = { error };
            return undefined;
          }
        },
        settle: () => {
          if (outcome !== undefined && 'result' in outcome) resolve(outcome.result);
          else reject(toError(outcome?.error));
        },
        fail: (error) => reject(toError(error)),
      });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#runBatch();
    } finally {
      this.#running = undefined;
    }
  }

  async #runBatch(): Promise<void> {
    let batch: readonly Waiting[] = [];
    try {
      await this.#exclusively(async (before) => {
        batch = this.#waiting.splice(0);
        let index = before;
        for (const { apply } of batch) index = (await apply(index)) ?? index;
        return index === before ? undefined : index;
      });
      for (const { settle } of batch) settle();
    } catch (error) {
      // Where the lock itself could not be had, nobody was taken out of the queue yet.
      const failed = batch.length > 0 ? batch : this.#waiting.splice(0);
      for (const { fail } of failed) fail(error);
    }
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
