import { LineSplitter } from '../../host/line-splitter.ts';
import type {
  ProgressLog,
  ProgressMessage,
  ProgressStatus,
  ProgressVertex,
  ProgressWarning,
} from './decode-progress.ts';

/** Lines of a step's output that are kept to be shown when it fails. */
const keptLines = 40;

/** One step of a build: an instruction, or what BuildKit does around them. */
export interface BuildStep {
  /** From 1, in the order they were heard of. */
  readonly number: number;
  readonly digest: string;
  readonly name: string;
  /** Digests of the steps that it needs. */
  readonly inputs: readonly string[];
  readonly state: 'waiting' | 'running' | 'done' | 'cached' | 'failed';
  readonly error?: string;
  /** The end of its output. */
  readonly log: readonly string[];
}

/** Called as steps go on. */
export interface StepListener {
  readonly started: (step: BuildStep) => void;
  readonly progressed: (step: BuildStep, bytes: { readonly done: number; readonly total?: number }) => void;
  /** Once a step, though BuildKit may take it up again. */
  readonly ended: (step: BuildStep) => void;
  readonly logged: (step: BuildStep, line: string) => void;
  readonly warned: (warning: ProgressWarning) => void;
}

interface KnownStep extends BuildStep {
  name: string;
  inputs: readonly string[];
  state: BuildStep['state'];
  error?: string;
  readonly log: string[];
  readonly lines: Map<number, LineSplitter>;
  readonly transfers: Map<string, ProgressStatus>;
}

/** What is known of the steps of one build, from the messages of its progress. */
export class BuildSteps {
  readonly #steps = new Map<string, KnownStep>();
  readonly #listener: StepListener;
  #failed: KnownStep | undefined;

  constructor(listener: StepListener) {
    this.#listener = listener;
  }

  /** In the order they were heard of. */
  get all(): readonly BuildStep[] {
    return [...this.#steps.values()];
  }

  /**
   * The step that failed last: others may have failed because of an earlier attempt at the same source. One that was cancelled is
   * taken only where no other failed.
   */
  get failed(): BuildStep | undefined {
    return this.#failed;
  }

  /** The steps of the Dockerfile that were done, and those of them that came from the cache. */
  get counts(): { readonly total: number; readonly cached: number } {
    const ended = this.all.filter(({ name, state }) => isInstruction(name) && state !== 'waiting');
    return { total: ended.length, cached: ended.filter(({ state }) => state === 'cached').length };
  }

  apply(message: ProgressMessage): void {
    for (const vertex of message.vertexes) this.#meet(vertex);
    for (const vertex of message.vertexes) this.#start(vertex);
    for (const status of message.statuses) this.#move(status);
    for (const log of message.logs) this.#log(log);
    for (const vertex of message.vertexes) this.#end(vertex);
    for (const warning of message.warnings) this.#listener.warned(warning);
  }

  /** The build has ended: what a step wrote without an end of line is told, and no step runs any more. */
  finish(): void {
    for (const step of this.#steps.values()) {
      flush(step);
      if (step.state !== 'running') continue;
      step.state = 'failed';
      this.#listener.ended(step);
    }
  }

  #meet({ digest, name, inputs }: ProgressVertex): void {
    const known = this.#steps.get(digest);
    if (known !== undefined) {
      known.name = name;
      known.inputs = inputs ?? known.inputs;
    } else {
      const number = this.#steps.size + 1;
      const step: KnownStep = {
        number,
        digest,
        name,
        inputs: inputs ?? [],
        state: 'waiting',
        log: [],
        lines: new Map(),
        transfers: new Map(),
      };
      this.#steps.set(digest, step);
    }
  }

  #start({ digest, started }: ProgressVertex): void {
    const step = this.#steps.get(digest);
    if (step?.state !== 'waiting' || started === undefined) return;
    step.state = 'running';
    this.#listener.started(step);
  }

  #end({ digest, completed, cached, error }: ProgressVertex): void {
    const step = this.#steps.get(digest);
    if (step === undefined) return;
    if (error !== undefined && error !== '') this.#fail(step, error);
    if (step.state !== 'running' || completed === undefined) return;
    flush(step);
    step.state = step.error !== undefined ? 'failed' : cached === true ? 'cached' : 'done';
    this.#listener.ended(step);
  }

  #fail(step: KnownStep, error: string): void {
    step.error = error;
    // One failure ends all that runs beside it, and is told before theirs.
    if (this.#failed === undefined || isCancelled(this.#failed) || !isCancelled(step)) this.#failed = step;
    // It was done before, and BuildKit had to take it up again.
    if (step.state === 'done' || step.state === 'cached') step.state = 'failed';
  }

  #move(status: ProgressStatus): void {
    const step = this.#steps.get(status.vertex);
    if (step === undefined) return;
    step.transfers.set(status.id, status);
    const transfers = [...step.transfers.values()];
    const done = transfers.reduce((sum, { current }) => sum + Math.max(0, current ?? 0), 0);
    const total = transfers.reduce((sum, one) => sum + Math.max(one.total ?? 0, one.current ?? 0, 0), 0);
    const isKnown = transfers.every((one) => (one.total ?? 0) > 0);
    this.#listener.progressed(step, { done, ...(isKnown ? { total } : {}) });
  }

  #log({ vertex, stream = 1, data }: ProgressLog): void {
    const step = this.#steps.get(vertex);
    if (step === undefined) return;
    const known = step.lines.get(stream);
    const lines = known ?? new LineSplitter((line) => this.#say(step, line));
    if (known === undefined) step.lines.set(stream, lines);
    lines.write(data);
  }

  #say(step: KnownStep, line: string): void {
    step.log.push(line);
    if (step.log.length > keptLines) step.log.shift();
    this.#listener.logged(step, line);
  }
}

/** Whether a step is one of the Dockerfile, such as `[base 1/3] RUN make`, and not one of BuildKit's own. */
export function isInstruction(name: string): boolean {
  return /^\[(?!internal\])[^\]]*\b\d+\/\d+\]/.test(name);
}

function flush(step: KnownStep): void {
  for (const lines of step.lines.values()) lines.end();
}

function isCancelled({ error = '' }: BuildStep): boolean {
  return /\bcontext canceled$/.test(error);
}
