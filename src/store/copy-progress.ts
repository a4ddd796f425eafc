import type { RunEvent } from '../host/event.ts';
import type { Host } from '../host/host.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isConfigType, isIndexType, isLayerType, isManifestType } from '../oci/media-types.ts';
import type { ContentOutcome } from './copy-options.ts';

const stepBytes = 1024 * 1024;

export interface TransferOptions {
  readonly host: Host;
  readonly parentTask?: string;
  /** Whether somebody else emits the events of this transfer. */
  readonly isTold: boolean;
}

/** One piece of content on its way, as a task that is told about at most once a megabyte. */
export class TransferTask {
  readonly #id: string;
  readonly #host: Host;
  readonly #isTold: boolean;
  readonly #totalBytes: number;
  #doneBytes = 0;
  #toldBytes = 0;

  constructor(descriptor: Descriptor, options: TransferOptions) {
    this.#id = `copy-${options.host.randomHex(4)}-${descriptor.digest}`;
    this.#host = options.host;
    this.#isTold = options.isTold;
    this.#totalBytes = descriptor.size;
    this.#emit({
      kind: 'task-started',
      id: this.#id,
      title: `${nounOf(descriptor.mediaType)} ${descriptor.digest.slice(0, 19)}`,
      totalBytes: descriptor.size,
      ...(options.parentTask === undefined ? {} : { parent: options.parentTask }),
    });
  }

  /** Counts bytes that moved. */
  moved(byteCount: number): void {
    // After a fault the same bytes may move again.
    this.#doneBytes = Math.min(this.#totalBytes, this.#doneBytes + byteCount);
    if (this.#doneBytes < this.#totalBytes && this.#doneBytes - this.#toldBytes < stepBytes) return;
    this.#toldBytes = this.#doneBytes;
    this.#emit({ kind: 'task-progressed', id: this.#id, doneBytes: this.#doneBytes, totalBytes: this.#totalBytes });
  }

  /** The bytes move once more from the start. */
  restarted(): void {
    this.#doneBytes = 0;
    this.#toldBytes = 0;
  }

  ended(outcome: ContentOutcome): void {
    const shown = outcome === 'copied' ? 'done' : outcome === 'not-distributable' ? 'skipped' : 'cached';
    this.#emit({ kind: 'task-ended', id: this.#id, outcome: shown, detail: outcome });
  }

  failed(): void {
    this.#emit({ kind: 'task-ended', id: this.#id, outcome: 'failed' });
  }

  #emit(event: RunEvent): void {
    if (!this.#isTold) this.#host.emit(event);
  }
}

function nounOf(mediaType: string): string {
  if (isIndexType(mediaType)) return 'index';
  if (isManifestType(mediaType)) return 'manifest';
  if (isConfigType(mediaType)) return 'config';
  return isLayerType(mediaType) ? 'layer' : 'blob';
}
