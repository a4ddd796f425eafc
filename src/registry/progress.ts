import type { Host } from '../host/host.ts';

export interface ProgressOptions {
  readonly host: Host;
  /** Unique in the run. */
  readonly id: string;
  readonly title: string;
  readonly totalBytes: number;
  readonly parent: string | undefined;
}

const smallestStepBytes = 256 * 1024;

/** Tells how far the transfer of one blob is: at most about a hundred times, and always at its end. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #stepBytes: number;
  #toldBytes = 0;

  constructor(options: ProgressOptions) {
    const { host, id, title, totalBytes, parent } = options;
    this.#options = options;
    this.#stepBytes = Math.max(smallestStepBytes, Math.floor(totalBytes / 100));
    host.emit({ kind: 'task-started', id, title, totalBytes, ...(parent === undefined ? {} : { parent }) });
  }

  /** The bytes that are done; fewer than before after a start from the beginning. */
  reached(doneBytes: number): void {
    const { totalBytes } = this.#options;
    if (doneBytes === this.#toldBytes) return;
    if (Math.abs(doneBytes - this.#toldBytes) < this.#stepBytes && doneBytes !== totalBytes) return;
    this.#toldBytes = doneBytes;
    const { host, id } = this.#options;
    host.emit({ kind: 'task-progressed', id, doneBytes, totalBytes });
  }

  end(outcome: 'done' | 'cached' | 'failed', detail?: string): void {
    const { host, id } = this.#options;
    host.emit({ kind: 'task-ended', id, outcome, ...(detail === undefined ? {} : { detail }) });
  }
}
