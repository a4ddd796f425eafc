import { createHash } from 'node:crypto';
import type { Compression } from '../../plan/cell.ts';
import type { FileTree } from './file-tree.ts';
import { chainOf, type ImageState } from './image-state.ts';
import type { ImageTrees } from './image-trees.ts';
import { compressionKey, type LayerMaker, type MadeLayer } from './layer-maker.ts';
import { LayerTree } from './layer-tree.ts';
import type { RunningStep } from './step-progress.ts';
import { type LayerEntry, layOutLayer } from './tar-layer.ts';

/** A step that changes files: COPY, ADD or WORKDIR. */
export interface FileStep {
  /** Everything but the image below that decides what the step does. */
  readonly operands: readonly unknown[];
  /** Whether the step looks at the image below; one that does not gives the same layer on all of them. */
  readonly usesBase: boolean;
  /** Makes the changes. `base` is absent where there is no image below. */
  readonly apply: (target: LayerTree, base: FileTree | undefined) => Promise<void>;
}

export interface FileStepOptions {
  readonly compression: Compression;
  readonly noCache: boolean;
  readonly epochSeconds?: number | undefined;
  readonly running: RunningStep;
}

const recordKind = 'steps';

/**
 * Works off steps that change files. A step is named by what it does, what it copies and what it stands on, so that a
 * step that was done before, by this or another build, is not even looked at; and one that gives a layer that is there
 * already, on another base, makes none.
 */
export class FileSteps {
  readonly #maker: LayerMaker;
  readonly #trees: ImageTrees;
  readonly #done = new Map<string, Promise<MadeLayer>>();

  constructor(maker: LayerMaker, trees: ImageTrees) {
    this.#maker = maker;
    this.#trees = trees;
  }

  /** The layer that a step makes on an image. */
  async run(state: ImageState, step: FileStep, options: FileStepOptions): Promise<MadeLayer> {
    const key = stepKey(state, step, options);
    const known = this.#done.get(key);
    if (known !== undefined) return { ...(await known), cached: true };
    const doing = this.#recallOrDo(key, state, { step, options });
    this.#done.set(key, doing);
    return doing;
  }

  async #recallOrDo(
    key: string,
    state: ImageState,
    { step, options }: { readonly step: FileStep; readonly options: FileStepOptions },
  ): Promise<MadeLayer> {
    const kept = options.noCache ? undefined : await this.#maker.recall(recordKind, key);
    if (kept !== undefined) return { ...kept, cached: true };
    const base = state.layers.length === 0 || !step.usesBase ? undefined : await this.#trees.open(state);
    const target = new LayerTree(base);
    await step.apply(target, base);
    const entries = layOutLayer(target.changes(), options);
    const { compression, noCache, running } = options;
    const layer = await this.#maker.make(entries, { compression, noCache, onBytes: running.progress });
    this.#maker.remember(recordKind, key, layer);
    if (step.usesBase) this.#keepTree(state, layer, { target, entries });
    return layer;
  }

  /** Saves whoever looks at the new image from reading the layer that was just written. */
  #keepTree(
    state: ImageState,
    { diffId }: MadeLayer,
    { target, entries }: { readonly target: LayerTree; readonly entries: readonly LayerEntry[] },
  ): void {
    target.settle(entries.flatMap(({ entry, node }) => (node === undefined ? [] : [[entry.path, node] as const])));
    this.#trees.keep(chainOf(state.chain, diffId), target);
  }
}

function stepKey(state: ImageState, step: FileStep, { compression, epochSeconds }: FileStepOptions): string {
  const base = step.usesBase ? state.chain : null;
  const facts = JSON.stringify([
    'polyarch step 1',
    base,
    step.operands,
    epochSeconds ?? null,
    compressionKey(compression),
  ]);
  return createHash('sha256').update(facts).digest('hex');
}
