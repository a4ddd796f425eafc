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

/**
 * The event with all its texts redacted. This is done before lines are cut to the width of a terminal or quoted as
 * JSON: a secret that was cut in two would not be known any more.
 */
export function redactEvent(event: ProgressEvent, redact: (text: string) => string): ProgressEvent {
  switch (event.kind) {
    case 'task-started':
      return { ...event, title: redact(event.title) };
    case 'task-progressed':
      return event;
    case 'task-ended':
      return event.detail === undefined ? event : { ...event, detail: redact(event.detail) };
    case 'log':
      return { ...event, text: redact(event.text) };
    case 'note':
      return { ...event, text: redact(event.text), ...(event.hint === undefined ? {} : { hint: redact(event.hint) }) };
  }
}
