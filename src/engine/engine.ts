import type { Fault } from '../errors/fault.ts';
import type { Host } from '../host/host.ts';
import type { BuilderFacts } from '../plan/builder-facts.ts';
import type { Cell } from '../plan/cell.ts';
import type { Attempt } from '../plan/outcome.ts';
import type { Part } from '../plan/part.ts';
import type { ImageStore } from '../store/content-store.ts';

/** What became of one cell; a failed cell does not stop the others. */
export type CellResult =
  | { readonly kind: 'built'; readonly part: Part; readonly attempts?: readonly Attempt[] }
  | {
      readonly kind: 'failed';
      readonly cell: string;
      readonly fault: Fault;
      /** The tries before; absent where there was one only. */
      readonly attempts?: readonly Attempt[];
      /** What to type to try it by hand, quoted for a shell, without secrets. */
      readonly command?: string;
      /** The last lines of the log. */
      readonly logTail?: readonly string[];
    };

/** Opens the repository or layout that a base image lies in; `undefined` where this run cannot reach such a place. */
export type OpenImage = (reference: string) => Promise<ImageStore | undefined>;

export interface BuildOptions {
  readonly host: Host;
  /** The build cache folder, absolute; made where it is missing, safe to delete. */
  readonly cacheDirectory: string;
  readonly openImage: OpenImage;
  /** The builders that cells name. */
  readonly builders: readonly BuilderFacts[];
  /** The folder of the run, absolute: logs of cells go to `logs/` below it, parts that no registry holds to `content/`. */
  readonly runFolder: string;
  /** Called once a cell, as soon as it is finished. */
  readonly onResult: (result: CellResult) => void;
}

/** A place that builds cells. */
export interface Engine {
  readonly name: string;
  /**
   * Builds all the cells; resolves when each that was begun has been reported to `onResult`. Where a required cell turns
   * out impossible before anything is made, the others of its release are not begun. The store holds the content of
   * every part.
   */
  build(cells: readonly Cell[], options: BuildOptions): Promise<{ readonly store: ImageStore }>;
}
