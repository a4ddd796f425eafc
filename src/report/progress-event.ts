/**
 * What progress is made of: the events that a host emits. The pure wing must not import the world, so the form stands
 * here again; where the two meet, the compiler holds them together.
 */
export type ProgressEvent =
  | {
      readonly kind: 'task-started';
      readonly id: string;
      readonly title: string;
      readonly parent?: string;
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
