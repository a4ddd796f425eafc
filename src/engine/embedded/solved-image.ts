import type { ImageState } from './image-state.ts';

/** What the target stage of a cell came to: all layers made, config and manifest not yet written. */
export interface SolvedImage {
  readonly state: ImageState;
  /** The newest time among the files of the build context that the cell took. */
  readonly newestSeconds: number | undefined;
  readonly steps: { readonly total: number; readonly cached: number };
}
