import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type CompressionJob, compressBlock } from './compress-block.ts';

interface WaitingJob {
  readonly job: CompressionJob;
  readonly resolve: (compressed: Uint8Array) => void;
  readonly reject: (reason: unknown) => void;
}

/** A block so small that starting a thread would take longer than the work. */
const smallBytes = 256 * 1024;

/**
 * Worker threads that compress blocks. They start when there is work, one a core, stay for the next layer, and never
 * keep the process alive. Blocks are handed over without copying: a block given in must not be used again.
 */
export class CompressionPool {
  readonly #size: number;
  readonly #entry: URL | undefined;
  readonly #idle: Worker[] = [];
  readonly #busy = new Map<Worker, WaitingJob>();
  readonly #waiting: WaitingJob[] = [];

  /** `entry` is the worker's file; where it is undefined all work is done on the calling thread. */
  constructor(entry: URL | undefined = workerEntry(), size: number = availableParallelism()) {
    this.#entry = entry;
    this.#size = size;
  }

  /** Compresses one block; the bytes do not depend on the thread. */
  run(job: CompressionJob): Promise<Uint8Array> {
    const entry = this.#entry;
    if (entry === undefined || (job.block.length <= smallBytes && this.#idle.length === 0)) return compressBlock(job);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#assign(entry);
    });
  }

  /** Ends the threads that are idle; for tests and long-lived processes. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((worker) => worker.terminate()));
  }

  #assign(entry: URL): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop() ?? this.#start(entry);
      const next = worker === undefined ? undefined : this.#waiting.shift();
      if (worker === undefined || next === undefined) return;
      const block = ownedBytes(next.job.block);
      this.#busy.set(worker, next);
      worker.ref();
      worker.postMessage({ ...next.job, block }, [block.buffer]);
    }
  }

  #start(entry: URL): Worker | undefined {
    if (this.#busy.size + this.#idle.length === this.#size) return undefined;
    const worker = new Worker(entry, { execArgv: [] });
    worker.on('message', (compressed: Uint8Array) => {
      const done = this.#release(worker);
      worker.unref();
      this.#idle.push(worker);
      this.#assign(entry);
      done?.resolve(compressed);
    });
    worker.on('error', (reason: unknown) => {
      const failed = this.#release(worker);
      this.#assign(entry);
      failed?.reject(reason);
    });
    return worker;
  }

  #release(worker: Worker): WaitingJob | undefined {
    const job = this.#busy.get(worker);
    this.#busy.delete(worker);
    return job;
  }
}

/** The pool of this process. */
export const sharedPool = new CompressionPool();

/** Bytes that are a whole buffer of their own, so that it can be handed over. */
function ownedBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(bytes);
}

/**
 * The worker's file beside this one. TypeScript sources (a test runner's, on Node before 22.18) cannot be loaded by a
 * thread: then there is none.
 */
function workerEntry(): URL | undefined {
  if (import.meta.url.endsWith('.js')) return new URL('./compression-worker.js', import.meta.url);
  return 'typescript' in process.features && process.features.typescript !== false
    ? new URL('./compression-worker.ts', import.meta.url)
    : undefined;
}
