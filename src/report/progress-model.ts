import type { ProgressEvent } from './progress-event.ts';

/** The end of a task's log that is kept to be shown when it fails. */
const keptLogLines = 20;

/** A task that runs, or has just ended. Times are those that were passed in with the events, in milliseconds. */
export interface Task {
  readonly id: string;
  readonly title: string;
  readonly parent: string | undefined;
  readonly startedMs: number;
  readonly doneBytes: number;
  readonly totalBytes: number | undefined;
  readonly log: readonly string[];
}

export interface ProgressCounts {
  readonly started: number;
  readonly ended: number;
  readonly cached: number;
  readonly failed: number;
}

type TaskState = { -readonly [Key in keyof Task]: Task[Key] };

/** What runs now and what has been done, from the events of a run. Ended tasks are only counted. */
export class ProgressModel {
  readonly #running = new Map<string, TaskState & { log: string[] }>();
  #counts: ProgressCounts = { started: 0, ended: 0, cached: 0, failed: 0 };
  #startedMs: number | undefined;

  get counts(): ProgressCounts {
    return this.#counts;
  }

  /** When the first event came. */
  get startedMs(): number | undefined {
    return this.#startedMs;
  }

  /** In the order of their start. */
  get running(): readonly Task[] {
    return [...this.#running.values()];
  }

  /** A task that runs. */
  find(id: string): Task | undefined {
    return this.#running.get(id);
  }

  apply(event: ProgressEvent, nowMs: number): void {
    this.#startedMs ??= nowMs;
    switch (event.kind) {
      case 'task-started':
        this.#start(event, nowMs);
        break;
      case 'task-progressed':
        this.#progress(event);
        break;
      case 'task-ended':
        this.#end(event);
        break;
      case 'log':
        this.#keepLog(event.id, event.text);
        break;
      case 'note':
        break;
    }
  }

  #start(event: ProgressEvent & { kind: 'task-started' }, nowMs: number): void {
    const { id, title, parent, totalBytes } = event;
    this.#running.set(id, { id, title, parent, totalBytes, startedMs: nowMs, doneBytes: 0, log: [] });
    this.#counts = { ...this.#counts, started: this.#counts.started + 1 };
  }

  #progress({ id, doneBytes, totalBytes }: ProgressEvent & { kind: 'task-progressed' }): void {
    const task = this.#running.get(id);
    if (task === undefined) return;
    task.doneBytes = doneBytes;
    task.totalBytes = totalBytes ?? task.totalBytes;
  }

  #end({ id, outcome }: ProgressEvent & { kind: 'task-ended' }): void {
    if (!this.#running.delete(id)) return;
    const { started, ended, cached, failed } = this.#counts;
    this.#counts = {
      started,
      ended: ended + 1,
      cached: cached + (outcome === 'cached' ? 1 : 0),
      failed: failed + (outcome === 'failed' ? 1 : 0),
    };
  }

  #keepLog(id: string, text: string): void {
    const task = this.#running.get(id);
    if (task === undefined) return;
    task.log.push(...text.split('\n'));
    if (task.log.length > keptLogLines) task.log.splice(0, task.log.length - keptLogLines);
  }
}
