/**
 * What happens while a run goes on. Libraries emit; only the command line renders.
 * A task has an id that is unique in the run; tasks may be nested by `parent`.
 */
export type RunEvent =
  | {
      readonly kind: 'task-started';
      readonly id: string;
      readonly title: string;
      readonly parent?: string;
      /** Expected size of the work in bytes, where it is known. */
      readonly totalBytes?: number;
    }
  | { readonly kind: 'task-progressed'; readonly id: string; readonly doneBytes: number; readonly totalBytes?: number }
  | {
      readonly kind: 'task-ended';
      readonly id: string;
      readonly outcome: 'done' | 'cached' | 'failed' | 'skipped';
      readonly detail?: string;
    }
  | { readonly kind: 'log'; readonly id: string; readonly text: string }
  | { readonly kind: 'note'; readonly level: 'info' | 'warning'; readonly text: string; readonly hint?: string };

/** Takes events in the order they happen; never throws. */
export type Emit = (event: RunEvent) => void;
