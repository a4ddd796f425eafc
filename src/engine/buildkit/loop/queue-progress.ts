import type { Emit } from '../../../host/event.ts';
import type { Cell } from '../../../plan/cell.ts';
import { describeTime } from './describe-time.ts';
import { formatPlace } from './place.ts';

/** Waiting cells that are named; of the others only the number is told, so that what runs stays in sight. */
const mostNamed = 5;
const rootId = 'cells';

/** Shows what of a run does not run yet: one task for the whole, and below it the cells that wait, each with what for. */
export class QueueProgress {
  readonly #emit: Emit;
  readonly #resting = new Map<string, string>();
  /** Titles by id. */
  #shown: ReadonlyMap<string, string> = new Map();

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  begin(cells: readonly Cell[]): void {
    const builders = new Set(cells.map(({ builder }) => builder)).size;
    this.#emit({
      kind: 'task-started',
      id: rootId,
      title: `${count(cells, 'cell')} on ${builders} builder${builders === 1 ? '' : 's'}`,
    });
  }

  /** The cell is tried again after a while. */
  rest({ id, limits }: Cell, { delayMs, retry }: { readonly delayMs: number; readonly retry: number }): void {
    this.#resting.set(id, `${id}: attempt ${retry + 1} of ${limits.retryCount + 1} in ${describeTime(delayMs)}`);
  }

  /** The cell runs, or has ended. */
  leave({ id }: Cell): void {
    this.#resting.delete(id);
  }

  /** Brings what is shown up to date with the cells that wait for a slot. */
  update(waiting: Iterable<Cell>, waitingCount: number): void {
    const wanted = new Map(Array.from(this.#resting, ([id, title]) => [`${rootId}/${id}`, title]));
    let named = 0;
    for (const cell of waiting) {
      if (wanted.size >= mostNamed) break;
      named += 1;
      wanted.set(`${rootId}/${cell.id}`, `${cell.id} waits for a slot of ${formatPlace(cell)}`);
    }
    if (waitingCount > named) wanted.set(`${rootId}/…`, `${waitingCount - named} more wait for a slot`);
    for (const [id, title] of this.#shown)
      if (wanted.get(id) !== title) this.#emit({ kind: 'task-ended', id, outcome: 'done' });
    for (const [id, title] of wanted)
      if (this.#shown.get(id) !== title) this.#emit({ kind: 'task-started', id, title, parent: rootId });
    this.#shown = wanted;
  }

  end(failedCount: number): void {
    this.update([], 0);
    this.#emit({
      kind: 'task-ended',
      id: rootId,
      outcome: failedCount === 0 ? 'done' : 'failed',
      ...(failedCount === 0 ? {} : { detail: `${failedCount} not built` }),
    });
  }
}

function count(list: readonly unknown[], noun: string): string {
  return `${list.length} ${noun}${list.length === 1 ? '' : 's'}`;
}
